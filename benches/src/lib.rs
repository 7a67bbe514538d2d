//! Benchmarks of every stage.
