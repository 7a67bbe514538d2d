//! The ground that the end-to-end tests stand on: the program as its users get it, started as they start it, the log
//! that it reads, and what it has put out.

mod certificates;
mod cluster;
mod engine;
mod host_clock;
mod http;
mod link;
mod node;
mod outcome;
mod patience;
mod program;
mod role;
mod sent;
mod site;
mod wire;

pub use cluster::Cluster;
pub use engine::Engine;
pub use http::Answer;
pub use link::{Link, Way};
pub use node::Node;
pub use outcome::{CLOCK, Outcome, messages, read_back, saved_state, scans_of};
pub use patience::{now, until};
pub use program::{Said, milepost};
pub use role::{PASSWORD, Role};
pub use sent::{Sent, scans_wanted};
pub use site::Site;
pub use wire::{Came, Told, Wire};
