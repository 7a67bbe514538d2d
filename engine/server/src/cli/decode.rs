//! `milepost decode`: what a payload becomes. This is how one debugs a feed, and a mapping file of one's own.

mod lists;
mod numbers;
mod shown;

use crate::error::Usage;
use crate::{format_files, out};
use anyhow::{Context, Result, anyhow};
use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Decoder, Defaults, Given, Mapping, Reading, Scratch, Shapeless, split};
use shown::Sum;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost decode event.json                             what it becomes, whatever format it is
  milepost decode event.json --json | milepost replay -  the same as canonical scans, one a line
  milepost decode push.json --formats my-formats/        with mapping files of one's own over ours
  milepost decode --list                                 the formats there are
  milepost decode --codes                                the statuses, codes and reasons there are
  milepost decode --number 1Z7E4W200366104277            whose number it is, and why

Shown are, of each record, what happened, when (as it was written, and between which instants that
lies), where, the raw code, and why it is refused if it is. Codes that no row of the mapping knows
are counted at the end, as are records that the mapping passes over. Of a number, every carrier that
writes such ones is shown: it is of one of them only where nobody else does and a check digit holds.
Exit codes: 0 when every record was a scan, or a payload is known and has no scans yet; 1 when one
was refused or nothing was one; of numbers, 1 when the carrier of one is not certain, 2 when one is
none.";

/// Shows what a payload of a carrier or aggregator becomes: scans, times, unmapped codes, refusals.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Files to read; `-` is standard input.
    #[arg(required_unless_present_any = ["list", "codes", "number"], value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The format, or auto: found by the shape of the payload.
    #[arg(long, default_value = "auto", value_name = "FORMAT")]
    format: String,
    /// Directory of mapping files (*.yaml), over those that come with the program.
    #[arg(long, value_name = "DIR")]
    formats: Option<PathBuf>,
    /// The carrier of records that do not say it.
    #[arg(long, value_name = "CARRIER", value_parser = super::replay::parse_carrier)]
    carrier: Option<String>,
    /// Tell whose tracking number this is, instead of reading files; may be given several times.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["files", "list", "codes"])]
    number: Vec<String>,
    /// Print the canonical scans, one JSON object a line; refusals go to standard error. Of numbers, formats and codes, an object each.
    #[arg(long)]
    json: bool,
    /// List the formats, and end.
    #[arg(long)]
    list: bool,
    /// List the statuses, codes and reasons that a mapping file may name, and what each means; and end.
    #[arg(long, conflicts_with = "list")]
    codes: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if !args.number.is_empty() {
        return numbers::tell(&args.number, args.json);
    }
    if args.codes {
        out::text(lists::codes(args.json))?;
        return Ok(ExitCode::SUCCESS);
    }
    let formats = format_files::load(args.formats.as_deref())?;
    if args.list {
        out::text(lists::formats(&formats, args.json))?;
        return Ok(ExitCode::SUCCESS);
    }
    let defaults = Defaults {
        carrier: args.carrier.clone().unwrap_or_default(),
        ..Defaults::default()
    };
    let mut sum = Sum::default();
    for path in &args.files {
        let bytes = read(path)?;
        let reading = reading(&args.format, &formats, &bytes).with_context(|| format!("{}", path.display()))?;
        let mut file = File {
            defaults: &defaults,
            is_json: args.json,
            sum: &mut sum,
            told: Vec::new(),
        };
        let title = file.decode(&reading, &bytes);
        let told = file.told;
        if !args.json {
            out::line(format!("{}: {title}", path.display()))?;
        }
        for (is_scan, line) in told {
            match (args.json, is_scan) {
                (true, false) => eprintln!("{}: {line}", path.display()),
                (true, true) | (false, _) => out::line(line)?,
            }
        }
    }
    if !args.json {
        out::text(sum.text())?;
    }
    Ok(ExitCode::from(u8::from(!sum.is_all_well())))
}

/// A file as it is decoded.
struct File<'a> {
    defaults: &'a Defaults,
    is_json: bool,
    sum: &'a mut Sum,
    /// What is said of each record, and whether it is a scan.
    told: Vec<(bool, String)>,
}

impl File<'_> {
    /// Decodes all of it, and says what it is.
    fn decode(&mut self, reading: &Reading, bytes: &[u8]) -> String {
        let mut decoder = Decoder::new();
        match reading {
            Reading::Lines(format) => {
                decoder.begin(*format);
                for line in split(bytes) {
                    let scratch = Scratch::new();
                    decoder.decode_shown(line.bytes, line.number, (&scratch, self.defaults), &mut |given| {
                        self.take(1, &given);
                    });
                }
                format!("{}, a record a line", format.name())
            }
            Reading::Payload(mapping) => {
                for (number, payload) in (1..).zip(mapping.payloads(bytes)) {
                    self.payload(&mut decoder, mapping, number, payload);
                }
                format!("{} ({})", mapping.title(), mapping.name())
            }
            Reading::PayloadALine(mapping) => {
                let lines = split(bytes).filter(|line| !line.bytes.trim_ascii().is_empty());
                for (number, line) in (1..).zip(lines) {
                    self.payload(&mut decoder, mapping, number, line.bytes);
                }
                format!("{} ({}), a payload a line", mapping.title(), mapping.name())
            }
        }
    }

    fn payload(&mut self, decoder: &mut Decoder, mapping: &Mapping, number: usize, payload: &[u8]) {
        let before = self.told.len();
        let scratch = Scratch::new();
        decoder.decode_payload(mapping, payload, (&scratch, self.defaults), &mut |given| {
            self.take(number, &given)
        });
        let passed = mapping.passed_over(payload);
        let line = self.sum.payload(number, self.told.len() == before, passed);
        // Of canonical scans there is nothing to say for it.
        self.told
            .extend(line.filter(|_| !self.is_json).map(|line| (true, line)));
    }

    fn take(&mut self, payload: usize, given: &Given<'_, '_>) {
        let line = if self.is_json {
            shown::json(given)
        } else {
            shown::text(payload, given)
        };
        self.sum.add(given);
        self.told.push((given.scan.is_ok(), line));
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("standard input cannot be read")?;
        return Ok(bytes);
    }
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn reading(name: &str, formats: &Formats, bytes: &[u8]) -> Result<Reading> {
    if name != "auto" {
        let unknown = |_| {
            Usage(format!(
                "there is no format `{name}`; `milepost decode --list` names them"
            ))
        };
        return Ok(Reading::of_name(name, formats).map_err(unknown)?.divided(bytes));
    }
    Reading::of_shape(bytes, formats).map_err(|shapeless| match shapeless {
        Shapeless::Unknown => {
            anyhow!("no format that is known looks like this; name it with --format, or describe it in a mapping file")
        }
        Shapeless::Several(names) => anyhow!("it may be any of {}; name one with --format", names.join(", ")),
    })
}
