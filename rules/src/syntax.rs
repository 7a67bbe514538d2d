//! From bytes to a syntax tree that remembers where everything stood: YAML, the keys of a rule file, SQL expressions.

pub(crate) mod csv;
pub(crate) mod file;
pub(crate) mod keys;
pub(crate) mod shapes;
pub(crate) mod source;
pub(crate) mod sql;
pub(crate) mod words;
pub(crate) mod yaml;
