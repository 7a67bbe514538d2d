//! The edges: carrier formats, the log.
