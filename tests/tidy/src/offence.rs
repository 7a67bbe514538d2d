//! What a check returns: where the tree breaks a rule, what is wrong there, what to do.

use std::fmt;

/// One place where the tree breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offence {
    /// Path from the root of the repository.
    pub path: String,
    /// Line, from 1; 0 where the whole file is meant.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub todo: String,
}

impl Offence {
    /// An offence of a whole file.
    pub fn of_file(path: &str, what: impl Into<String>, todo: impl Into<String>) -> Offence {
        Offence::at(path, 0, what, todo)
    }

    /// An offence at a line.
    pub fn at(path: &str, line: usize, what: impl Into<String>, todo: impl Into<String>) -> Offence {
        Offence {
            path: path.to_owned(),
            line,
            what: what.into(),
            todo: todo.into(),
        }
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}; {}", self.path, self.what, self.todo),
            line => write!(f, "{}:{line}: {}; {}", self.path, self.what, self.todo),
        }
    }
}

/// All offences, one a line, in the order of the tree.
pub fn report(mut offences: Vec<Offence>) -> String {
    offences.sort();
    offences.dedup();
    offences.iter().map(|offence| format!("{offence}\n")).collect()
}
