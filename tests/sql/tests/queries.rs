//! Every file of `queries/` is asked twice: of Parquet files and of the live state. The answers must be those written
//! there. `UPDATE_EXPECT=1` writes what is answered into the files instead; read the difference before you keep it.

use milepost_history::{Catalog, Limits, QueryError};
use milepost_test_sql::World;
use sqllogictest::{DBOutput, DefaultColumnType, Runner};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SEED: u64 = 7;

struct Tables {
    catalog: Arc<Catalog>,
    runtime: tokio::runtime::Runtime,
}

impl Tables {
    fn of(catalog: &Arc<Catalog>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        Self {
            catalog: Arc::clone(catalog),
            runtime,
        }
    }
}

impl sqllogictest::DB for Tables {
    type Error = QueryError;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, QueryError> {
        let limits = Limits {
            threads: 2,
            ..Limits::default()
        };
        let answer = self.runtime.block_on(self.catalog.query(sql, &limits))?;
        let types = answer
            .columns()
            .into_iter()
            .map(|(_, name)| column_type(&name))
            .collect();
        Ok(DBOutput::Rows {
            types,
            rows: answer.cells()?,
        })
    }

    fn engine_name(&self) -> &'static str {
        "milepost"
    }
}

/// T text, I whole number, R number with fraction, ? anything else.
fn column_type(name: &str) -> DefaultColumnType {
    match name {
        "VARCHAR" => DefaultColumnType::Text,
        "BIGINT" => DefaultColumnType::Integer,
        "DOUBLE" => DefaultColumnType::FloatingPoint,
        _ => DefaultColumnType::Any,
    }
}

fn files() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let entries = std::fs::read_dir(&dir).expect("the folder of queries");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "slt"));
    files.sort();
    assert!(!files.is_empty(), "no queries in {}", dir.display());
    files
}

fn hold(catalog: Catalog) {
    let catalog = Arc::new(catalog);
    let mut failures = Vec::new();
    for file in files() {
        let mut runner = Runner::new(|| async { Ok(Tables::of(&catalog)) });
        runner.with_column_validator(sqllogictest::strict_column_validator);
        if let Err(error) = runner.run_file(&file) {
            failures.push(error.to_string());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn rewrite(catalog: Catalog) {
    let catalog = Arc::new(catalog);
    for file in files() {
        let mut runner = Runner::new(|| async { Ok(Tables::of(&catalog)) });
        let update = runner.update_test_file(
            &file,
            "\t",
            sqllogictest::default_validator,
            sqllogictest::default_normalizer,
            sqllogictest::strict_column_validator,
        );
        futures::executor::block_on(update).expect("the file can be rewritten");
    }
}

#[test]
fn files_answer_as_written() {
    let dir = std::env::temp_dir().join(format!("milepost-sql-{}", std::process::id()));
    let world = World::new(SEED);
    let generation = world.stored(&dir).expect("the tables are written");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        rewrite(Catalog::open(&generation).expect("the tables just written"));
    }
    hold(Catalog::open(&dir).expect("the tables just written"));
    std::fs::remove_dir_all(&dir).expect("the tables can go");
}

/// A question that is measured but not held could become quick by becoming wrong.
#[test]
fn the_questions_that_are_measured_are_held_here() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let held = std::fs::read_to_string(here.join("queries/analyst.slt")).expect("the analyst's questions");
    let measured = std::fs::read_dir(here.join("../../benches/queries")).expect("the questions of the benchmark");
    let mut count = 0;
    for entry in measured {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "sql") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a question");
        let (_comment, question) = text.split_once('\n').expect("a comment, and the question below it");
        assert!(
            held.contains(question.trim()),
            "{} is not held as it stands",
            path.display()
        );
        count += 1;
    }
    assert_eq!(count, 5);
}

#[test]
fn the_live_state_answers_as_files_do() {
    hold(World::new(SEED).live());
}
