//! `milepost estimate`: when a parcel would come that is shipped now, by each way to ship it.

use crate::cli::sql::live::Live;
use crate::clock;
use crate::config::Config;
use crate::error::{FAILED, Usage};
use crate::estimates::{Answer, Asked, date};
use crate::out;
use anyhow::{Context, Result};
use milepost_core::{Estimate, Learning, Mark};
use milepost_runtime::snapshots::Snapshots;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost estimate US-KY US-OH                       every service that ships there
  milepost estimate US-KY US-OH --carrier ups --service ground --json
  milepost estimate DE US-NY --ship-at 2026-12-18T16:40:00Z --cut-off 15:00
                                     ordered then, handed over at the next cut-off
  milepost estimate US-KY US-OH --url http://127.0.0.1:8080     what an engine knows

Half of all parcels like it have had their first visit on the day p50, nine of ten on the day
p90; all of it is learned from the scans that came in, as the newest snapshot has it. A lane is
from a region to a region by one service; where it has too few parcels, the estimate rests on
those from its origin to the country, or from country to country. Exit code 1 when nothing is
known.";

/// Tells when a parcel would come that is shipped now, by each service: what a checkout shows.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// From where: a country and a region, like US-KY, or a country.
    #[arg(value_name = "FROM")]
    from: String,
    /// To where.
    #[arg(value_name = "TO")]
    to: String,
    /// Only this carrier.
    #[arg(long)]
    carrier: Option<String>,
    /// Only this service.
    #[arg(long)]
    service: Option<String>,
    /// When it is handed over; with --cut-off, when it is ordered. Without it: now.
    #[arg(long, value_name = "TIME")]
    ship_at: Option<String>,
    /// Until which hour at the origin an order is handed over on the same business day.
    #[arg(long, value_name = "HH:MM")]
    cut_off: Option<String>,
    /// Ask a running engine at this address.
    #[arg(long, value_name = "URL", conflicts_with = "dir")]
    url: Option<String>,
    /// File with the token that the running engine asks for.
    #[arg(long, value_name = "FILE", requires = "url")]
    token_file: Option<PathBuf>,
    /// Directory of snapshots. Without it: `snapshots.dir` of the settings.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Settings; without it milepost.toml in the working directory, if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The answer as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let asked = Asked {
        from: args.from.clone(),
        to: args.to.clone(),
        carrier: args.carrier.clone(),
        service: args.service.clone(),
        ship_at: args.ship_at.clone(),
        cut_off: args.cut_off.clone(),
    };
    if let Some(url) = &args.url {
        let live = Live::new(url, args.token_file.as_deref())?;
        let body = live.get("/v1/estimate", &asked.query())?;
        out::line(String::from_utf8_lossy(&body).trim())?;
        return Ok(ExitCode::SUCCESS);
    }
    let learning = learned(args.dir.as_deref(), args.config.as_deref())?;
    let answer = asked.answer(learning.in_force(), clock::host_now());
    let answer = answer.map_err(|error| Usage::error(format!("{error:#}")))?;
    if answer.ways.is_empty() {
        eprintln!("{}", answer.nothing_known(&asked));
        return Ok(ExitCode::from(FAILED));
    }
    if args.json {
        out::line(answer.json(&asked))?;
    } else {
        out::text(table(&asked, &answer))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the newest snapshot that can be read has learned.
fn learned(dir: Option<&Path>, config: Option<&Path>) -> Result<Learning> {
    let config = Config::load(config)?;
    let dir = dir.unwrap_or(&config.snapshots.dir);
    let snapshots = Snapshots::on_host(dir, config.snapshots.keep);
    let newest = snapshots.list()?.into_iter().rev();
    let mut damaged = None;
    for dir in newest {
        match snapshots
            .manifest(&dir)
            .and_then(|manifest| snapshots.learning(&manifest))
        {
            Ok(learning) => return Ok(learning),
            Err(error) => damaged = damaged.or(Some(error)),
        }
    }
    let why = match damaged {
        Some(error) => error.context("no snapshot can be read"),
        None => anyhow::anyhow!("there is none"),
    };
    Err(why).with_context(|| {
        format!(
            "no snapshot in {} to learn from; run `milepost serve`, or ask a running engine with --url",
            dir.display()
        )
    })
}

fn table(asked: &Asked, answer: &Answer) -> String {
    let mut text = format!(
        "from {} to {}, handed over at {}\n\n{:<24} {:>10} {:>10} {:>7} {:>7} {:>7} {:>8} {:>9}  rests on\n",
        asked.from,
        asked.to,
        answer.handed_at,
        "service",
        "p50",
        "p90",
        "1 day",
        "2 days",
        "3 days",
        "cases",
        "in time"
    );
    for way in &answer.ways {
        let Estimate {
            lane,
            marks: [_, p50, p90],
            within_days: [_, one, two, three, ..],
            cases,
            rests_on,
            reliability,
        } = way;
        let day = |mark: &Option<Mark>| mark.map_or_else(|| "> 90 days".to_owned(), |mark| date(mark.day));
        let share = |share: f64| format!("{:.0} %", share * 100.0);
        let reliability = reliability.map_or_else(|| "–".to_owned(), share);
        text.push_str(&format!(
            "{:<24} {:>10} {:>10} {:>7} {:>7} {:>7} {:>8.0} {:>9}  {}\n",
            format!("{} {}", lane.carrier, lane.service),
            day(p50),
            day(p90),
            share(*one),
            share(*two),
            share(*three),
            cases,
            reliability,
            rests_on.as_str()
        ));
    }
    text
}
