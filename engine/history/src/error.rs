//! What can go wrong with tables: each error says what, where, and what to do.

use std::path::PathBuf;

/// A row could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// Not a JSON object.
    #[error("the line is no JSON object: {0}")]
    Json(String),
    /// A field that does not fit its column.
    #[error("field `{field}`: {problem}")]
    Field {
        /// Its name.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// Tables could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Parquet refused.
    #[error("{}: {problem}", path.display())]
    Parquet {
        /// Where.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// The orders could not be folded from the shipments just written.
    #[error("orders cannot be folded from shipments: {0}")]
    Orders(#[from] QueryError),
    /// The tables just written cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// A file of a table could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what we write.
    #[error("{}: {problem}", path.display())]
    Parquet {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// A directory holds no tables that can be read.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing there.
    #[error("{} holds no tables (no manifest.json in it, nor in a directory below it); `milepost serve` and `milepost replay --out DIR` write them, and an engine that runs is asked by --url http://127.0.0.1:8080", path.display())]
    NoTables {
        /// Where.
        path: PathBuf,
    },
    /// A manifest that cannot be understood.
    #[error("{}: {problem}", path.display())]
    Manifest {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// A query was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Not one statement.
    #[error("expected one SQL statement, found {0}; ask one at a time")]
    Statements(usize),
    /// Not SQL.
    #[error("this is not SQL that can be read: {0}")]
    Syntax(String),
    /// It would change something.
    #[error("{0} is refused: tables are read-only here; SELECT, SHOW TABLES, DESCRIBE and EXPLAIN are allowed")]
    ReadOnly(String),
    /// No such table.
    #[error("no table `{name}`; there are: {}", tables.join(", "))]
    NoTable {
        /// The name asked for.
        name: String,
        /// Those there are.
        tables: Vec<String>,
    },
    /// No such column.
    #[error(
        "no column `{name}`{}; DESCRIBE lists the columns of a table",
        nearest_words(nearest)
    )]
    NoColumn {
        /// The name asked for.
        name: String,
        /// Names that look like it, the nearest first.
        nearest: Vec<String>,
    },
    /// The parcel's own place is meant, of rows that have none.
    #[error(
        "`{function}` reads local_zone and local_country where no place is named, and these rows do not have both; select them too, or name the place: local_time(t, 'Europe/Berlin'), business_days_between(a, b, 'DE', 'Europe/Berlin')"
    )]
    NoPlace {
        /// What was asked.
        function: &'static str,
    },
    /// It needs more memory than it may have.
    #[error("the query needs more than the {} MiB it may have; select fewer columns, filter, or raise the limit", bytes_max >> 20)]
    Memory {
        /// The limit.
        bytes_max: usize,
    },
    /// It took too long.
    #[error("the query was stopped after {ms_max} ms; filter more, or raise the limit")]
    Time {
        /// The limit.
        ms_max: u64,
    },
    /// Wrong in another way, in DataFusion's words.
    #[error("{0}")]
    Failed(String),
}

fn nearest_words(nearest: &[String]) -> String {
    if nearest.is_empty() {
        String::new()
    } else {
        format!("; the nearest are: {}", nearest.join(", "))
    }
}
