//! `milepost sql`: a question to the tables in files, or to the live state of a running engine.

pub(crate) mod live;
mod prompt;
mod statements;

use crate::clock::Stopwatch;
use crate::config::Config;
use crate::error::Usage;
use crate::out;
use crate::questions::Questions;
use anyhow::Context;
use clap::ValueEnum;
use live::Live;
use milepost_history::{Answer, Catalog, Format, ShipmentPart, Table};
use milepost_model::Column;
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tempfile::NamedTempFile;
use tokio::runtime::Runtime;

const EXAMPLES: &str = "\
Examples:
  milepost sql \"SHOW TABLES\"
  milepost sql \"DESCRIBE shipments\"
  milepost sql \"SELECT carrier, health, count(*) FROM shipments GROUP BY ALL\" --data july
  milepost sql \"SELECT * FROM delays WHERE closed_at IS NULL\" --url http://127.0.0.1:8080
  milepost sql \"SELECT * FROM unmapped_codes ORDER BY scans DESC\"    what mapping files do not know
  milepost sql \"SELECT * FROM jobs\" --format parquet > jobs.parquet
  milepost sql                    a prompt: statements end with ; and \\q ends it
  milepost sql < questions.sql    statements from standard input; the first that fails ends it
  milepost sql --time < questions.sql > answers.txt    how long each took, on standard error

Tables in files show the instant at which they were written, `now()` included; --url asks the engine.";

/// Asks SQL over shipments, orders, scans, delays, jobs and rejects. Nothing can be changed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// One statement. Without it: a prompt on a terminal, otherwise statements from standard input.
    statement: Option<String>,
    #[command(flatten)]
    tables: Tables,
    /// How the answer is written.
    #[arg(long, value_enum, default_value_t = Wanted::Table)]
    format: Wanted,
    /// Tell on standard error how long each answer took; `\timing` at the prompt.
    #[arg(long)]
    time: bool,
}

/// Which tables are asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Tables {
    /// Directory with tables: a `replay --out`, or one with generations. Without it: `tables.dir` of the settings.
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    pub(crate) data: Option<PathBuf>,
    /// Ask the running engine at this address instead of files.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// File with the token that the running engine asks for.
    #[arg(long, value_name = "FILE", requires = "url")]
    pub(crate) token_file: Option<PathBuf>,
    /// Settings; without it milepost.toml in the working directory, if it is there.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// How answers are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Shown {
    wanted: Wanted,
    timed: bool,
}

/// How the answer is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Wanted {
    /// Columns under each other.
    Table,
    /// One JSON object per line.
    Json,
    /// With a header.
    Csv,
    /// One Parquet file.
    Parquet,
}

impl Wanted {
    /// The name that the HTTP interface knows.
    const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }

    fn format(self) -> Format {
        match self {
            Self::Table => Format::Table {
                width: terminal_width(),
            },
            Self::Json => Format::Json,
            Self::Csv => Format::Csv,
            Self::Parquet => Format::Parquet,
        }
    }
}

/// Characters in a line of the terminal; 0 when nobody looks.
fn terminal_width() -> usize {
    let size = if out::is_terminal() {
        terminal_size::terminal_size()
    } else {
        None
    };
    size.map_or(0, |(width, _)| usize::from(width.0))
}

/// An answer as bytes for standard output, and how long it took.
struct Answered {
    bytes: Vec<u8>,
    seconds: f64,
}

impl Answered {
    fn show(&self, shown: Shown) -> anyhow::Result<()> {
        out::bytes(&self.bytes)?;
        if shown.timed {
            eprintln!("time: {:.3} ms", self.seconds * 1e3);
        }
        Ok(())
    }
}

/// Who answers.
pub(crate) enum Source {
    Files {
        catalog: Box<Catalog>,
        questions: Questions,
        waiting: Runtime,
    },
    Live(Live),
}

impl Source {
    /// The rows of an answer, each as a JSON object.
    pub(crate) fn rows(&self, statement: &str) -> anyhow::Result<Vec<serde_json::Value>> {
        let bytes = self.bytes(statement, Wanted::Json)?;
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines
            .map(|line| serde_json::from_slice(line).context("an answer is one JSON object in a line"))
            .collect()
    }

    /// Shows rows as texts, unknown values as empty ones; of files however many there are.
    pub(crate) fn each(&self, columns: &[&str], from: &str, show: &mut dyn FnMut(&[&str])) -> anyhow::Result<()> {
        let statement = format!("SELECT {} FROM {from}", columns.join(", "));
        match self {
            Self::Files { catalog, waiting, .. } => Ok(waiting.block_on(catalog.each(&statement, show))?),
            Self::Live(_) => {
                for row in self.rows(&statement)? {
                    let text = |column: &&str| match row.get(*column) {
                        Some(serde_json::Value::String(text)) => text.clone(),
                        Some(serde_json::Value::Null) | None => String::new(),
                        Some(other) => other.to_string(),
                    };
                    let texts: Vec<String> = columns.iter().map(text).collect();
                    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                    show(&texts);
                }
                Ok(())
            }
        }
    }

    /// Whether it can be asked which jobs there were.
    pub(crate) fn has_jobs(&self) -> bool {
        match self {
            Self::Files { catalog, .. } => catalog.tables().contains(&Table::Jobs),
            Self::Live(_) => false,
        }
    }

    /// Its shipments, to be read on many threads. A running engine is asked for these columns, and its answer is kept in
    /// a file, which goes with what is given beside the parts.
    pub(crate) fn shipment_parts(
        &self,
        columns: &[Column],
    ) -> anyhow::Result<(Vec<ShipmentPart>, Option<NamedTempFile>)> {
        match self {
            Self::Files { catalog, .. } => Ok((catalog.shipment_parts()?, None)),
            Self::Live(_) => {
                let names: Vec<&str> = columns.iter().map(|column| column.name()).collect();
                let answer = self.bytes(&format!("SELECT {} FROM shipments", names.join(", ")), Wanted::Parquet)?;
                let mut file = NamedTempFile::new().context("no temporary file")?;
                file.write_all(&answer).context("a temporary file cannot be written")?;
                Ok((ShipmentPart::of_file(file.path())?, Some(file)))
            }
        }
    }

    fn ask(&self, statement: &str, wanted: Wanted) -> anyhow::Result<Answered> {
        let watch = Stopwatch::start();
        let bytes = self.bytes(statement, wanted)?;
        let seconds = watch.seconds();
        Ok(Answered { bytes, seconds })
    }

    fn bytes(&self, statement: &str, wanted: Wanted) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Files {
                catalog,
                questions,
                waiting,
            } => {
                let asked = questions.ask(questions.place()?, Catalog::clone(catalog), statement.to_owned());
                let answer: Answer = waiting.block_on(asked)?;
                if answer.truncated() && wanted != Wanted::Table {
                    eprintln!(
                        "warning: there are more than {} rows; raise `rows_max` in [sql]",
                        questions.limits().rows_max
                    );
                }
                Ok(answer.write(wanted.format())?)
            }
            Self::Live(live) => live.ask(statement, wanted.name()),
        }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.format == Wanted::Parquet && out::is_terminal() {
        return Err(Usage::error(
            "Parquet is not for a terminal; write it to a file: milepost sql … > answer.parquet",
        ));
    }
    let source = args.tables.open()?;
    let shown = Shown {
        wanted: args.format,
        timed: args.time,
    };
    match &args.statement {
        Some(statement) => source.ask(statement, shown.wanted)?.show(shown)?,
        None if std::io::stdin().is_terminal() => prompt::run(&source, shown)?,
        None => answer_input(&source, shown)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Tables {
    /// Those of a directory.
    pub(crate) fn of_dir(&self, dir: &Path) -> Self {
        Self {
            data: Some(dir.to_owned()),
            url: None,
            token_file: None,
            config: self.config.clone(),
        }
    }

    /// What to call them, where they are named.
    pub(crate) fn name(&self) -> String {
        let dir = self.data.as_ref().map(|dir| dir.display().to_string());
        self.url.clone().or(dir).unwrap_or_default()
    }

    pub(crate) fn open(&self) -> anyhow::Result<Source> {
        if let Some(url) = &self.url {
            return Ok(Source::Live(Live::new(url, self.token_file.as_deref())?));
        }
        let config = Config::load(self.config.as_deref())?;
        let dir = self.data.as_ref().unwrap_or(&config.tables.dir);
        if dir.is_file() {
            return Err(Usage::error(format!(
                "{0} is a file, and --data takes a directory of tables: `milepost replay {0} --out DIR` makes one of scans",
                dir.display()
            )));
        }
        let waiting = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .context("no thread can be started")?;
        let catalog = Box::new(Catalog::open(dir)?);
        Ok(Source::Files {
            catalog,
            questions: Questions::new(config.sql, 1)?,
            waiting,
        })
    }
}

/// Every statement of standard input, in order.
fn answer_input(source: &Source, shown: Shown) -> anyhow::Result<()> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("standard input cannot be read")?;
    let found = statements::split(&text);
    if found.is_empty() {
        return Err(Usage::error(
            "no statement was given, neither as an argument nor on standard input",
        ));
    }
    if found.len() > 1 && shown.wanted == Wanted::Parquet {
        return Err(Usage::error("Parquet is one answer in one file; ask one statement"));
    }
    for statement in found {
        let answer = source
            .ask(statement, shown.wanted)
            .with_context(|| format!("in: {}", first_line(statement)))?;
        answer.show(shown)?;
    }
    Ok(())
}

fn first_line(statement: &str) -> &str {
    statement.lines().next().unwrap_or_default()
}
