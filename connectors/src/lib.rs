//! The edges: carrier formats in, the log in and the jobs out. Each edge has the same anatomy: settings, build, run,
//! tests.

pub mod carriers;
pub mod log;
pub mod nats_server;
#[cfg(feature = "test-server")]
pub mod test_server;
