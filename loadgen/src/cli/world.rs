//! `loadgen world`: settings from the command line, a world from the settings, out to where it is wanted.

use super::lines::WorldLines;
use super::summary::{Summary, Voice, progress};
use super::{Error, Stop, file};
use clap::{Args, ValueEnum};
use milepost_loadgen::world::calendar::{Civil, DAY_S, civil_from_days, days_from_civil};
use milepost_loadgen::world::carriers::{CARRIERS, find};
use milepost_loadgen::world::places::CityId;
use milepost_loadgen::world::settings::Jam;
use milepost_loadgen::{Cut, Faults, Format, Malformed, Payloads, Settings, Style};
use std::path::PathBuf;

/// What stands below the options of `loadgen world --help`.
pub(crate) const EXAMPLES: &str = "Examples:
  loadgen world --shipments 10000 --out world.ndjson
  loadgen world --shipments 1000 --format easypost --out pushes.ndjson
  loadgen world --shipments 1000 --format x12_214 --batch 100 --out batches.x12
  loadgen world --shipments 1000 --format ups_track_alert --nats nats://127.0.0.1:4222 --create";

/// What world, how spoiled, in which format, and where to.
#[derive(Debug, Args)]
pub(crate) struct WorldArgs {
    /// Shipments to begin.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=400_000_000))]
    shipments: u64,
    /// Days over which they begin.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: u32,
    /// The same seed gives the same bytes, for ever.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// First day, at midnight UTC.
    #[arg(long, default_value = "2026-02-02", value_parser = date)]
    start: i64,
    /// Stop at the end of the last day and leave shipments open.
    #[arg(long)]
    cut: bool,
    /// No hub jams, no storms, but for those named with `--jam`.
    #[arg(long)]
    calm: bool,
    /// A hub of a carrier stands still for some days: `ups@SDF:45+5` is that of UPS in Louisville, from day 45 for five days.
    /// Instead of those that the seed chooses; may be repeated.
    #[arg(long, value_name = "CARRIER@CITY:DAY+DAYS", value_parser = jam)]
    jam: Vec<HubJam>,
    #[command(flatten)]
    faults: FaultArgs,
    #[command(flatten)]
    format: FormatArgs,
    /// Fields in another order in every line.
    #[arg(long)]
    shuffle: bool,
    /// Some characters as JSON escapes.
    #[arg(long)]
    escapes: bool,
    /// Write lines to this file, or to standard output with `-`.
    #[arg(long, default_value = "-")]
    out: PathBuf,
    #[command(flatten)]
    nats: super::publish::NatsArgs,
    /// Lines in a second, open loop; without it as fast as possible.
    #[arg(long, value_parser = rate)]
    rate: Option<f64>,
    /// Write the manifest, counts and checksums of all that was sent, to this file.
    #[arg(long)]
    truth: Option<PathBuf>,
    /// Write one line of ground truth for each shipment to this file.
    #[arg(long)]
    truth_shipments: Option<PathBuf>,
}

/// How payloads are written.
#[derive(Debug, Args)]
struct FormatArgs {
    /// `canonical` lines; or payloads as carriers send them: `easypost`, `ups_track_alert`, `x12_214`, `epcis`. Each carries
    /// what it can, of the carriers that it is for; loadgen/README.md tells what.
    #[arg(long, default_value = "canonical", value_parser = format)]
    format: Format,
    /// Only the parcels of this carrier: `ups`, `dhl`, `china_post`.
    #[arg(long)]
    carrier: Option<String>,
    /// Records in an interchange of X12.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    batch: u16,
    /// EasyPost: of each parcel only the last event, with all its history, when everything is over.
    #[arg(long)]
    last_only: bool,
}

/// What goes wrong on the way, as shares of good scans.
#[derive(Debug, Args)]
struct FaultArgs {
    /// A set of rates to begin with.
    #[arg(long, value_enum, default_value_t = Preset::None)]
    faults: Preset,
    /// Never sent.
    #[arg(long, value_parser = share)]
    lost: Option<f64>,
    /// Copies for each scan; may be above 1.
    #[arg(long, value_parser = copies)]
    doubled: Option<f64>,
    /// Hours to days late.
    #[arg(long, value_parser = share)]
    late: Option<f64>,
    /// Overtaken by the next scan.
    #[arg(long, value_parser = share)]
    out_of_order: Option<f64>,
    /// Written by a clock that is hours off.
    #[arg(long, value_parser = share)]
    wrong_clock: Option<f64>,
    /// Malformed lines added for each good one.
    #[arg(long, value_parser = share)]
    malformed: Option<f64>,
    /// Kinds of malformed lines, each with an optional weight: `truncated,nul=3`. All ten without it.
    #[arg(long, value_delimiter = ',', value_parser = kind)]
    malformed_kinds: Vec<(Malformed, u32)>,
    /// Most lines of 10 MB.
    #[arg(long)]
    oversized_max: Option<u32>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Preset {
    None,
    Realistic,
    Harsh,
}

impl FaultArgs {
    fn faults(&self) -> Faults {
        let base = match self.faults {
            Preset::None => Faults::NONE,
            Preset::Realistic => Faults::REALISTIC,
            Preset::Harsh => Faults::HARSH,
        };
        let mut faults = Faults {
            lost: self.lost.unwrap_or(base.lost),
            doubled: self.doubled.unwrap_or(base.doubled),
            late: self.late.unwrap_or(base.late),
            out_of_order: self.out_of_order.unwrap_or(base.out_of_order),
            wrong_clock: self.wrong_clock.unwrap_or(base.wrong_clock),
            malformed: self.malformed.unwrap_or(base.malformed),
            oversized_max: self.oversized_max.unwrap_or(base.oversized_max),
            ..base
        };
        if !self.malformed_kinds.is_empty() {
            faults.malformed_weights = [0; 10];
            for (kind, weight) in &self.malformed_kinds {
                if let Some(slot) = faults.malformed_weights.get_mut(*kind as usize) {
                    *slot = *weight;
                }
            }
        }
        faults
    }
}

impl WorldArgs {
    fn settings(&self) -> Settings {
        Settings {
            seed: self.seed,
            shipments: self.shipments,
            days: self.days,
            start_s: self.start,
            cut: self.cut,
            jams: (self.calm || !self.jam.is_empty())
                .then(|| self.jam.iter().map(|jam| jam.from(self.start)).collect()),
            storms: self.calm.then(Vec::new),
            faults: self.faults.faults(),
            ..Settings::default()
        }
    }
}

/// Runs `loadgen world`.
pub(crate) fn run(args: &WorldArgs, stop: &Stop, voice: Voice) -> Result<(), Error> {
    let style = Style {
        shuffle: args.shuffle,
        escapes: args.escapes,
    };
    let payloads = args.payloads(style)?;
    let mut lines = WorldLines::new(args.settings(), payloads, args.truth_shipments.as_deref())?;
    let bar = progress(voice, args.shipments, "shipments");
    let (mut summary, failure) = send(args, &mut lines, stop, &bar)?;
    let manifest = lines.finish()?;
    if let Some(path) = &args.truth {
        std::fs::write(path, &manifest).map_err(|source| Error::Write {
            path: path.clone(),
            source,
        })?;
    }
    summary.manifest = Some(manifest);
    summary.tell(voice, args.writes_stdout());
    match failure {
        Some(error) => Err(error),
        None if stop.is_wished() => Err(Error::Stopped),
        None => Ok(()),
    }
}

/// The figures, and what failed after lines were sent: both are told.
fn send(
    args: &WorldArgs,
    lines: &mut WorldLines,
    stop: &Stop,
    bar: &indicatif::ProgressBar,
) -> Result<(Summary, Option<Error>), Error> {
    if args.nats.is_wanted() {
        return super::publish::publish(lines, &args.nats, args.rate, stop, bar);
    }
    Ok((file::write(lines, &args.out, args.rate, stop, bar)?, None))
}

impl WorldArgs {
    fn payloads(&self, style: Style) -> Result<Payloads, Error> {
        let FormatArgs {
            format,
            carrier,
            batch,
            last_only,
        } = &self.format;
        let is_canonical = *format == Format::Canonical;
        let usage = |what: &str| Err(Error::Usage(what.to_owned()));
        if !is_canonical && !style.is_plain() {
            return usage("--shuffle and --escapes dress canonical lines; leave them out, or --format");
        }
        if !is_canonical && self.nats.gathers() {
            return usage(
                "a message holds one payload of a carrier's format; leave out --per-message, use --batch with x12_214",
            );
        }
        if *last_only && *format != Format::EasyPost {
            return usage("--last-only is for --format easypost, whose events tell all that was");
        }
        let carrier = match carrier {
            None => None,
            Some(slug) => match find(slug) {
                Some((_, carrier)) => Some(carrier.slug),
                None => {
                    let known: Vec<&str> = CARRIERS.iter().map(|carrier| carrier.slug).collect();
                    return usage(&format!("`{slug}` is none of the carriers {}", known.join(", ")));
                }
            },
        };
        let cut = Cut {
            carrier,
            batch: usize::from(*batch),
            last_only: *last_only,
        };
        Ok(Payloads::new(*format, cut, style))
    }

    fn writes_stdout(&self) -> bool {
        if self.nats.is_wanted() {
            return false;
        }
        self.out == std::path::Path::new("-")
    }
}

fn date(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is not a date; write it as 2026-02-02");
    let parts: Vec<i64> = text
        .split('-')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| wrong())?;
    let [year, month, day] = parts.as_slice() else {
        return Err(wrong());
    };
    let (month, day) = (
        u8::try_from(*month).map_err(|_| wrong())?,
        u8::try_from(*day).map_err(|_| wrong())?,
    );
    let civil = Civil {
        year: *year,
        month,
        day,
    };
    if !(1980..=2190).contains(year) || !(1..=12).contains(&month) || civil_from_days(days_from_civil(civil)) != civil {
        return Err(wrong());
    }
    Ok(days_from_civil(civil) * DAY_S)
}

/// A jam in days of the world.
#[derive(Clone, Copy, Debug)]
struct HubJam {
    carrier: usize,
    city: CityId,
    day: i64,
    days: i64,
}

impl HubJam {
    fn from(self, start_s: i64) -> Jam {
        let from_s = start_s + self.day * DAY_S;
        Jam {
            carrier: self.carrier,
            city: self.city,
            from_s,
            until_s: from_s + self.days * DAY_S,
        }
    }
}

fn jam(text: &str) -> Result<HubJam, String> {
    let wrong = || format!("`{text}` is no jam; write it as ups@SDF:45+5, carrier, city of the hub, first day, days");
    let (slug, rest) = text.split_once('@').ok_or_else(wrong)?;
    let (city, days) = rest.split_once(':').ok_or_else(wrong)?;
    let (day, days) = days.split_once('+').ok_or_else(wrong)?;
    let (place, carrier) = find(slug).ok_or_else(|| {
        let known: Vec<&str> = CARRIERS.iter().map(|carrier| carrier.slug).collect();
        format!("`{slug}` is none of the carriers {}", known.join(", "))
    })?;
    if !carrier.hubs.contains(&city) {
        return Err(format!(
            "`{city}` is no hub of {slug}; its hubs are {}",
            carrier.hubs.join(", ")
        ));
    }
    let (day, days): (i64, i64) = day.parse().ok().zip(days.parse().ok()).ok_or_else(wrong)?;
    if !(0..=3_650).contains(&day) || !(1..=60).contains(&days) {
        return Err(format!(
            "`{text}`: the first day lies between 0 and 3650, the days between 1 and 60"
        ));
    }
    let city = CityId::find(city).ok_or_else(wrong)?;
    Ok(HubJam {
        carrier: place,
        city,
        day,
        days,
    })
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| format!("`{text}` is not a number"))?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err("a share lies between 0 and 1".to_owned())
    }
}

fn copies(text: &str) -> Result<f64, String> {
    let copies: f64 = text.parse().map_err(|_| format!("`{text}` is not a number"))?;
    if (0.0..=20.0).contains(&copies) {
        Ok(copies)
    } else {
        Err("copies for each scan lie between 0 and 20".to_owned())
    }
}

fn format(text: &str) -> Result<Format, String> {
    let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
    Format::parse(text).ok_or_else(|| format!("`{text}` is none of {}", names.join(", ")))
}

pub(super) fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| format!("`{text}` is not a number"))?;
    if rate > 0.0 && rate.is_finite() {
        Ok(rate)
    } else {
        Err("a rate is above 0".to_owned())
    }
}

fn kind(text: &str) -> Result<(Malformed, u32), String> {
    let (name, weight) = text.split_once('=').unwrap_or((text, "1"));
    let names: Vec<&str> = Malformed::ALL.iter().map(|kind| kind.as_str()).collect();
    let kind = Malformed::parse(name).ok_or_else(|| format!("`{name}` is none of {}", names.join(", ")))?;
    let weight = weight.parse().map_err(|_| format!("`{weight}` is not a weight"))?;
    Ok((kind, weight))
}
