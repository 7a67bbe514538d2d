//! `milepost rules explain`: for one shipment, which rules hold, which will if nothing comes, and what decides.

mod row;

use super::{Format, counted};
use crate::cli::{replay, sql};
use crate::error::{FAILED, Usage};
use crate::{out, rule_files};
use anyhow::{Result, bail};
use milepost_model::{Facts, Timestamp, TrackingNumber};
use milepost_rules::{Clause, Rule, RuleSet, value_text};
use row::{Open, Row};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost rules explain 1Z999AA10123456784 --data july
  milepost rules explain ups/1Z999AA10123456784 --rules rules/ --url http://127.0.0.1:8080
  milepost rules explain 1Z999AA10123456784 --scans scans.ndjson --rule stalled_in_transit
  milepost rules explain 1Z999AA10123456784 --data july --all --format json

The row of the shipment is read as of the instant of the tables, of the engine, or of the last scan of the file.
Exit codes: 0 explained, 1 no such shipment.";

/// Says for each rule whether it holds for a shipment, does not, or will, and which part of it decides.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The tracking number; with the carrier before it, CARRIER/NUMBER, where several have this number.
    shipment: String,
    /// Directory with rule files. Without it: `rules.dir` of the settings, else the rules that come with the program.
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Only the rule of this name.
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Also the rules that do not hold and will not.
    #[arg(long)]
    all: bool,
    /// File of canonical scans: the shipment as they leave it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "url"])]
    scans: Option<PathBuf>,
    #[command(flatten)]
    tables: sql::Tables,
    /// How the outcome is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let dir = match &args.rules {
        Some(dir) => Some(dir.clone()),
        None => crate::config::Config::load(args.tables.config.as_deref())?.rules_dir,
    };
    let rules = rule_files::load(dir.as_deref())?;
    let chosen = chosen(&rules, args.rule.as_deref())?;
    // The directory goes when the answer is there.
    let replayed = args
        .scans
        .as_ref()
        .map(|file| replay::aside(file, dir.clone()))
        .transpose()?;
    let source = match &replayed {
        Some(dir) => args.tables.of_dir(dir.path()).open()?,
        None => args.tables.open()?,
    };
    let (carrier, number) = match args.shipment.split_once('/') {
        Some((carrier, number)) => (Some(carrier), number),
        None => (None, args.shipment.as_str()),
    };
    let number = TrackingNumber::parse(number.as_bytes())
        .map_err(|error| Usage::error(format!("`{number}` is no tracking number: {error}")))?;
    let number = number.as_str();
    let found = Row::find(&source, carrier, number)?;
    let row = match found.as_slice() {
        [row] => row,
        [] => {
            out::line(format!("no shipment has the number {number}"))?;
            return Ok(ExitCode::from(FAILED));
        }
        several => bail!(
            "several shipments have this number; name the carrier: {}",
            several.iter().map(Row::name).collect::<Vec<_>>().join(", ")
        ),
    };
    let open = row.open_delays(&source)?;
    let explained: Vec<Explained<'_>> = chosen
        .iter()
        .map(|rule| Explained::of(rule, row, &open))
        .filter(|explained| args.all || args.rule.is_some() || explained.says != Says::No || explained.open.is_some())
        .collect();
    match args.format {
        Format::Text => out::text(text(row, &explained, chosen.len()))?,
        Format::Json => out::line(json(row, &explained))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn chosen<'r>(rules: &'r RuleSet, name: Option<&str>) -> Result<Vec<&'r Rule>> {
    let found = || {
        rules
            .rules()
            .iter()
            .filter(|rule| name.is_none_or(|name| rule.name == name))
    };
    if found().next().is_none() {
        let names: Vec<&str> = rules.rules().iter().map(|rule| rule.name.as_str()).collect();
        let name = name.unwrap_or_default();
        let advice = crate::settings::nearest(name, names.iter().copied())
            .map_or(format!("there are: {}", names.join(", ")), |near| {
                format!("did you mean {near}?")
            });
        return Err(Usage::error(format!("no rule is called {name}; {advice}")));
    }
    Ok(found().collect())
}

/// What a rule says of a shipment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Says {
    /// It holds; until then, if nothing comes.
    Holds {
        until: Option<Timestamp>,
    },
    /// It will hold from then on, if nothing comes.
    Will {
        at: Timestamp,
    },
    /// What time alone brings cannot be told from the row: it is looked at again and again.
    Unsure,
    No,
}

/// A rule and what it says.
struct Explained<'r> {
    rule: &'r Rule,
    says: Says,
    /// Its parts, with what each says: true, false or unknown.
    clauses: Vec<(&'r Clause, Option<bool>)>,
    because: String,
    /// Its episode that stands open in the tables.
    open: Option<&'r Open>,
}

impl<'r> Explained<'r> {
    fn of(rule: &'r Rule, row: &Row, open: &'r [Open]) -> Self {
        let (holds, next) = (rule.when.holds(row), rule.when.next_change(row));
        // A row of the tables does not tell how what drifts goes on.
        let is_told = !rule.when.sweeps() && !rule.when.drifts();
        let says = match (holds, next) {
            (true, until) => Says::Holds {
                until: until.filter(|_| is_told),
            },
            (false, Some(_)) if !is_told => Says::Unsure,
            (false, Some(at)) => Says::Will { at },
            (false, None) => Says::No,
        };
        let mut because = String::new();
        if holds {
            rule.because.render(row, &mut because);
        }
        Self {
            rule,
            says,
            clauses: rule
                .clauses
                .iter()
                .map(|clause| (clause, clause.program.value(row)))
                .collect(),
            because,
            open: open.iter().find(|open| open.rule == rule.name),
        }
    }

    /// One word, so that a reader finds it.
    const fn word(&self) -> &'static str {
        match self.says {
            Says::Holds { .. } => "holds",
            Says::Will { .. } => "will",
            Says::Unsure => "unsure",
            Says::No => "no",
        }
    }
}

fn values<'v>(clause: &Clause, row: &'v Row) -> impl Iterator<Item = (&'static str, String)> + use<'v> {
    let columns: Vec<_> = clause.program.columns().collect();
    columns
        .into_iter()
        .map(|column| (column.name(), value_text(row.value(column))))
}

fn text(row: &Row, explained: &[Explained<'_>], all: usize) -> String {
    let mut text = format!("{}: {} as of {}\n", row.name(), row.status(), row.now());
    for one in explained {
        let rule = one.rule;
        let _ = write!(text, "\n{:<7}{} ({}:{})", one.word(), rule.name, rule.file, rule.line);
        let _ = match one.says {
            Says::Holds { until: Some(until) } => write!(text, ", until {until} if nothing comes"),
            Says::Will { at } => write!(text, ", at {at} if nothing comes"),
            Says::Unsure if rule.when.sweeps() => write!(text, ", looked at every hour"),
            Says::Unsure => write!(text, ", looked at when what is foretold turns it, and once a day"),
            Says::Holds { until: None } | Says::No => Ok(()),
        };
        if let Some(open) = one.open {
            let _ = write!(text, "; open since {}, episode {}", open.since, open.episode);
        } else if rule.hold_ms > 0 {
            let held = value_text(milepost_model::Value::Interval(rule.hold_ms));
            let _ = write!(text, "; opens when it has held for {held}");
        }
        text.push('\n');
        for (clause, value) in &one.clauses {
            let sign = match value {
                Some(true) => "yes",
                Some(false) => "no",
                None => "unknown",
            };
            let known: Vec<String> = values(clause, row)
                .map(|(name, value)| format!("{name} = {value}"))
                .collect();
            let sides = clause.program.sides(row);
            let sides = sides.map_or(String::new(), |(left, right)| format!("{left} against {right}; "));
            let _ = writeln!(text, "  {sign:<8} {:<60} {sides}{}", clause.text, known.join(", "));
        }
        if !one.because.is_empty() {
            let _ = writeln!(text, "  because  {}", one.because);
        }
    }
    let others = all - explained.len();
    if others > 0 {
        let (rules, verb) = (counted(others, "other rule"), if others == 1 { "does" } else { "do" });
        let _ = writeln!(
            text,
            "\n{rules} {verb} not hold, and time alone will not change it; --all shows them"
        );
    }
    text
}

fn json(row: &Row, explained: &[Explained<'_>]) -> Value {
    let rules: Vec<Value> = explained
        .iter()
        .map(|one| {
            let at = match one.says {
                Says::Holds { until } => until,
                Says::Will { at } => Some(at),
                Says::Unsure | Says::No => None,
            };
            let clauses: Vec<Value> = one
                .clauses
                .iter()
                .map(|(clause, value)| {
                    let columns: Map<String, Value> = values(clause, row)
                        .map(|(name, value)| (name.to_owned(), value.into()))
                        .collect();
                    let sides = clause.program.sides(row).map(|(left, right)| [left, right]);
                    json!({"text": clause.text, "value": value, "sides": sides, "columns": columns})
                })
                .collect();
            json!({
                "rule": one.rule.name,
                "file": one.rule.file,
                "line": one.rule.line,
                "says": one.word(),
                "changes_at": at.map(|at| at.to_string()),
                "for_ms": one.rule.hold_ms,
                "clauses": clauses,
                "because": one.because,
                "open": one.open.map(|open| json!({ "episode": open.episode, "since": open.since.to_string() })),
            })
        })
        .collect();
    json!({"shipment": row.name(), "as_of": row.now().to_string(), "status": row.status().as_str(), "rules": rules})
}
