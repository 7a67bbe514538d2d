//! `milepost decode`: what a payload becomes. This is how one debugs a feed, and a mapping file of one's own.

mod numbers;
mod shown;

use crate::error::Usage;
use crate::{format_files, out};
use anyhow::{Context, Result, anyhow, bail};
use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Decoder, Defaults, Format, Given, Mapping, Scratch, split};
use shown::Sum;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  milepost decode event.json                             what it becomes, whatever format it is
  milepost decode event.json --json | milepost replay -  the same as canonical scans, one a line
  milepost decode push.json --formats my-formats/        with mapping files of one's own over ours
  milepost decode --list                                 the formats there are
  milepost decode --number 1Z7E4W200366104277            whose number it is, and why

Shown are, of each record, what happened, when (as it was written, and between which instants that
lies), where, the raw code, and why it is refused if it is. Codes that no row of the mapping knows
are counted at the end. Of a number, every carrier that writes such ones is shown: it is of one of
them only where nobody else does and a check digit holds.
Exit codes: 0 when every record was a scan, 1 when one was refused or nothing was one; of numbers, 1
when the carrier of one is not certain.";

/// Shows what a payload of a carrier or aggregator becomes: scans, times, unmapped codes, refusals.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Files to read; `-` is standard input.
    #[arg(required_unless_present_any = ["list", "number"], value_name = "FILE")]
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
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["files", "list"])]
    number: Vec<String>,
    /// Print the canonical scans, one JSON object a line; refusals go to standard error. Of numbers, an object each.
    #[arg(long)]
    json: bool,
    /// List the formats, and end.
    #[arg(long)]
    list: bool,
}

/// How a file is read.
enum How {
    /// Line by line.
    Lines(Format),
    /// Payload by payload.
    Mapped(Arc<Mapping>),
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if !args.number.is_empty() {
        return numbers::tell(&args.number, args.json);
    }
    let formats = format_files::load(args.formats.as_deref())?;
    if args.list {
        out::text(list(&formats))?;
        return Ok(ExitCode::SUCCESS);
    }
    let defaults = Defaults {
        carrier: args.carrier.clone().unwrap_or_default(),
        ..Defaults::default()
    };
    let mut sum = Sum::default();
    for path in &args.files {
        let bytes = read(path)?;
        let how = how(&args.format, &formats, &bytes).with_context(|| format!("{}", path.display()))?;
        let mut decoder = Decoder::new();
        let mut told = Vec::new();
        let mut take = |payload: usize, given: Given<'_, '_>| {
            let line = if args.json {
                shown::json(&given)
            } else {
                shown::text(payload, &given)
            };
            sum.add(&given);
            told.push((given.scan.is_ok(), line));
        };
        let title = match &how {
            How::Lines(format) => {
                lines(&mut decoder, *format, &bytes, &defaults, &mut take);
                format!("{}, a record a line", format.name())
            }
            How::Mapped(mapping) => {
                for (number, payload) in (1..).zip(mapping.payloads(&bytes)) {
                    let (bytes, scratch) = (payload, Scratch::new());
                    decoder.decode_payload(mapping, bytes, (&scratch, &defaults), &mut |given| take(number, given));
                }
                format!("{} ({})", mapping.title(), mapping.name())
            }
        };
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

fn lines(
    decoder: &mut Decoder,
    format: Format,
    bytes: &[u8],
    defaults: &Defaults,
    take: &mut dyn FnMut(usize, Given<'_, '_>),
) {
    decoder.begin(format);
    for line in split(bytes) {
        let scratch = Scratch::new();
        decoder.decode_shown(line.bytes, line.number, (&scratch, defaults), &mut |given| {
            take(1, given)
        });
    }
}

fn list(formats: &Formats) -> String {
    let ours = [
        ("canonical", "Milepost's own: one flat JSON object a line"),
        ("csv", "the same columns as comma-separated values"),
    ];
    let mapped = formats.iter().map(|mapping| (mapping.name(), mapping.title()));
    let rows = ours.into_iter().chain(mapped);
    rows.map(|(name, title)| format!("{name:<20} {title}\n")).collect()
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

fn how(name: &str, formats: &Formats, bytes: &[u8]) -> Result<How> {
    if let Some(format) = Format::ALL.into_iter().find(|format| format.name() == name) {
        return Ok(How::Lines(format));
    }
    if name != "auto" {
        let found = formats.get(name).map(Arc::clone);
        let unknown = || {
            Usage(format!(
                "there is no format `{name}`; `milepost decode --list` names them"
            ))
        };
        return Ok(How::Mapped(found.ok_or_else(unknown)?));
    }
    match &*formats.detect(bytes) {
        [one] => Ok(How::Mapped(Arc::clone(one))),
        [] => Format::of_shape(bytes).map(How::Lines).ok_or_else(|| {
            anyhow!("no format that is known looks like this; name it with --format, or describe it in a mapping file")
        }),
        several => {
            let names: Vec<&str> = several.iter().map(|mapping| mapping.name()).collect();
            bail!("it may be any of {}; name one with --format", names.join(", "))
        }
    }
}
