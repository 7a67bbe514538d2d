//! Tests: sql.
