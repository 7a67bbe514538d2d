//! The judgement language: rule files parsed, checked, compiled and evaluated.
//!
//! A rule is a WHERE clause over the live `shipments`. The way of a rule is the order of the modules: `syntax` reads YAML
//! and SQL and remembers places, `check` knows names and types, `compile` makes a program, `eval` asks it about a row,
//! `horizon` tells when the answer can change by time alone, and `sieve` does both for all rules of a set at once.
//! README.md is the reference of the language.
#![no_std]
extern crate alloc;

mod calendar;
mod check;
mod compile;
mod duration;
mod errors;
mod eval;
mod fingerprint;
mod horizon;
mod layout;
mod library;
mod outline;
mod pages;
mod program;
mod rule;
mod schema;
mod set;
mod sieve;
mod story;
mod syntax;
mod template;
mod uses;

pub use errors::{Diagnostic, Fault, Severity};
pub use layout::{LayoutError, laid_out};
pub use library::library;
pub use outline::{Outline, outlines};
pub use pages::Page;
pub use program::Program;
pub use rule::{Backfill, Clause, Limit, Notify, Rule, RuleKind};
pub use schema::schema;
pub use set::{RuleSet, SourceFile};
pub use sieve::{Sieve, Sifted};
pub use story::{Expected, Field, FieldValue, Outcome, RuleTest, Step, StepKind};
pub use template::{Template, value_text};
