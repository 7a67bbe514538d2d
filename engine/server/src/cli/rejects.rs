//! `milepost rejects`: refused records, why, and what to do; of a replay, or of the log of a running engine.

mod kept;

use crate::config::Config;
use crate::error::Usage;
use crate::out;
use clap::Subcommand;
use kept::{Kept, Reject};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost rejects ls                              the newest in the log that the settings name
  milepost rejects ls --out july --limit 0         all of a replay
  milepost rejects ls --reason bad_time --json
  milepost rejects show scan.17/88213              everything about the records of that message
  milepost rejects show scans.ndjson:17 --out july

While an engine has an embedded log open, it is asked itself:
  milepost sql \"SELECT * FROM rejects\" --url http://127.0.0.1:8080

Nothing that is refused is lost: the record stands in the message or file that is named, and here as
far as 4 KiB. Mend the source, or ask for a mapping, and send the record again; a repeated
scan changes nothing.";

/// Lists and shows refused records.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists refused records, the newest last.
    #[command(after_help = EXAMPLES)]
    Ls(Ls),
    /// Shows everything about the refused records of one place.
    #[command(after_help = EXAMPLES)]
    Show(Show),
}

#[derive(Debug, clap::Args)]
struct Ls {
    #[command(flatten)]
    whose: Whose,
    /// At most so many, the newest; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Only those refused for this reason, for example bad_time.
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Show {
    #[command(flatten)]
    whose: Whose,
    /// Where it stood: scan.17/88213 in the log; FILE:LINE, or LINE, in a replay.
    position: String,
}

/// Whose rejects.
#[derive(Debug, clap::Args)]
struct Whose {
    /// The output directory of a replay. Without it: the log that the settings name.
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    out: Option<PathBuf>,
    /// Settings; without it milepost.toml in the working directory, if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One JSON object per line.
    #[arg(long)]
    json: bool,
}

impl Whose {
    fn open(&self) -> anyhow::Result<Kept> {
        match &self.out {
            Some(dir) => Ok(Kept::of_replay(dir)),
            None => Kept::of_log(&Config::load(self.config.as_deref())?),
        }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Ls(ls) => list(ls),
        Command::Show(show_args) => show(show_args),
    }
}

fn list(args: &Ls) -> anyhow::Result<ExitCode> {
    if let Some(reason) = &args.reason {
        known_reason(reason)?;
    }
    let wanted = |reject: &Reject| args.reason.as_ref().is_none_or(|reason| *reason == reject.reason);
    let newest = args.whose.open()?.newest(args.limit, &wanted)?;
    if args.whose.json {
        newest.rejects.iter().try_for_each(|reject| out::line(&reject.json))?;
        return Ok(ExitCode::SUCCESS);
    }
    out::text(table(&newest.rejects))?;
    if newest.rejects.len() < newest.found {
        eprintln!(
            "the newest {} of {}; --limit 0 lists all",
            newest.rejects.len(),
            newest.found
        );
    } else if newest.found == 0 {
        eprintln!("nothing was refused");
    }
    Ok(ExitCode::SUCCESS)
}

fn known_reason(reason: &str) -> anyhow::Result<()> {
    use milepost_model::RejectReason;
    if RejectReason::parse(reason).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = RejectReason::ALL.iter().map(|known| known.as_str()).collect();
    let near = crate::settings::nearest(reason, names.iter().copied());
    let advice = near.map_or(format!("there are: {}", names.join(", ")), |name| {
        format!("did you mean `{name}`?")
    });
    Err(Usage::error(format!("there is no reason `{reason}`; {advice}")))
}

fn table(rejects: &VecDeque<Reject>) -> String {
    let place_width = rejects
        .iter()
        .map(|reject| reject.place.chars().count())
        .max()
        .unwrap_or(0);
    let reason_width = rejects.iter().map(|reject| reject.reason.len()).max().unwrap_or(0);
    let lines = rejects.iter().map(|reject| {
        format!(
            "{:place_width$}  {:reason_width$}  {}\n",
            reject.place,
            reject.reason,
            printable(&reject.hint)
        )
    });
    lines.collect()
}

fn show(args: &Show) -> anyhow::Result<ExitCode> {
    let found = args.whose.open()?.at(&args.position)?;
    if found.is_empty() {
        anyhow::bail!(
            "nothing was refused at {}; `milepost rejects ls` lists what was",
            args.position
        );
    }
    for reject in &found {
        if args.whose.json {
            out::line(&reject.json)?;
        } else {
            out::line(details(reject))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn details(reject: &Reject) -> String {
    let Reject {
        place,
        reason,
        hint,
        line,
        offset,
        length,
        excerpt,
        format,
        ..
    } = reject;
    let cut = if usize::try_from(*length).is_ok_and(|length| length > excerpt.len()) {
        ", cut"
    } else {
        ""
    };
    let format = if format.is_empty() {
        String::new()
    } else {
        format!("  format  {}\n", printable(format))
    };
    format!(
        "{place}\n{format}  reason  {reason}\n  hint    {}\n  record  line {line}, byte {offset}, {length} bytes{cut}\n  {}\n",
        printable(hint),
        printable(excerpt),
    )
}

/// Text of strangers on a terminal: what could steer it is shown, not sent.
fn printable(text: &str) -> String {
    let steers = |sign: char| {
        sign.is_control() || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let signs = text.chars().map(|sign| {
        if steers(sign) {
            sign.escape_default().to_string()
        } else {
            sign.to_string()
        }
    });
    signs.collect()
}
