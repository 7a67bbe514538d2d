//! The language of rules as its users meet it: what expressions mean, when they change, what mistakes look like, and
//! that everything we ship and print as an example is taken.

mod ahead;
mod carets;
mod drift;
mod layout;
mod lists;
mod local;
mod logic;
mod mistakes;
mod noise;
mod pages;
mod row;
mod schema;
mod scribble;
mod shipped;
mod sieve;
mod validate;
