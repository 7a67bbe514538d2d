//! One suite over the three logs: what holds for one must hold for all; NATS is a real server.

mod bed;
mod embedded;
mod jobs;
mod nats;
mod order;
mod restart;
mod simulated;
