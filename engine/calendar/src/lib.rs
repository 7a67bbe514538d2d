//! The calendar: places to zones, zones to wall clocks, countries to business days.
//!
//! What it knows is compiled into the program: the zone database, the places, the holidays. The same question has the same
//! answer on every machine, whatever its clock and its files. What a question needs of these tables is read at its first
//! mention and kept: a zone's changes of the clock take some 0.6 million instructions and 11 KB, the days of a country 0.2
//! million and 1.2 KB. After that a question is one or two searches, and counts days by words.
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod book;
mod clock;
mod countries;
mod days;
mod local;
mod places;
mod zones;

pub use book::Country;
pub use clock::{CLOCK_CHANGES_UNTIL, Clock};
pub use days::Days;
pub use local::Local;
pub use places::{home_zone, zones_of_place};
pub use zones::{by_name as zone_named, name as zone_name, names as zone_names};
