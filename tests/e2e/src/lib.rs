//! The ground that the end-to-end tests stand on: the program as its users get it, started as they start it, the log
//! that it reads, and what it has put out.

mod engine;
mod http;
mod outcome;
mod patience;
mod program;
mod sent;
mod site;

pub use engine::Engine;
pub use http::Answer;
pub use outcome::{Outcome, read_back};
pub use patience::until;
pub use program::{Said, milepost};
pub use sent::{Sent, scans_wanted};
pub use site::Site;
