//! A history of which only four instants of each parcel are known: a CSV file with a line for each, whose columns may have
//! other names. Each becomes the scans that say so.

use anyhow::{Context, Result, anyhow, bail};
use milepost_core::ScanBatch;
use milepost_model::{Place, Position, Scan, Status, Timestamp, TrackingNumber, Window};
use milepost_runtime::spares::{Lent, Spares};
use std::collections::BTreeMap;
use std::path::Path;

/// The columns of a file of parcels.
pub(super) const COLUMNS: [&str; 9] = [
    "order",
    "carrier",
    "service",
    "origin",
    "destination",
    "ordered_at",
    "shipped_at",
    "promised_at",
    "delivered_at",
];
/// Those without which nothing can be told.
const NEEDED: [&str; 4] = ["order", "shipped_at", "promised_at", "delivered_at"];

/// What was read.
pub(super) struct Parcels {
    pub(super) batch: Lent<ScanBatch>,
    /// Lines that could not be read: the number of the line, and why.
    pub(super) refused: Vec<(u64, String)>,
}

/// Reads a file of parcels. `names` are columns that have another name in the file.
pub(super) fn read(path: &Path, names: &BTreeMap<String, String>) -> Result<Parcels> {
    let cannot_read = || format!("cannot read {}", path.display());
    let mut file = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_path(path)
        .with_context(cannot_read)?;
    let columns = columns(file.headers().with_context(cannot_read)?, names)?;
    let mut parcels = Parcels {
        batch: Spares::new(1).lend(),
        refused: Vec::new(),
    };
    for (number, record) in (1u64..).zip(file.records()) {
        let added = record.context("it is no CSV").and_then(|record| {
            let texts = columns.map(|place| place.and_then(|place| record.get(place)).unwrap_or_default());
            add(number, texts, &mut parcels.batch)
        });
        if let Err(error) = added {
            parcels.refused.push((number, format!("{error:#}")));
        }
    }
    Ok(parcels)
}

/// Where each column stands.
fn columns(header: &csv::StringRecord, names: &BTreeMap<String, String>) -> Result<[Option<usize>; COLUMNS.len()]> {
    let mut places = [None; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let name = names.get(column).map_or(column, String::as_str);
        *place = header.iter().position(|known| known.eq_ignore_ascii_case(name));
        if place.is_none() && (NEEDED.contains(&column) || names.contains_key(column)) {
            let known: Vec<&str> = header.iter().collect();
            bail!(
                "the file has no column `{name}`; it has {}. Say with --column {column}=NAME what it is called",
                known.join(", ")
            );
        }
    }
    Ok(places)
}

/// Adds the scans of a parcel. Each has a number of its own: one order may have several.
fn add(number: u64, texts: [&str; COLUMNS.len()], batch: &mut ScanBatch) -> Result<()> {
    let [
        order,
        carrier,
        service,
        origin,
        destination,
        ordered_at,
        shipped_at,
        promised_at,
        delivered_at,
    ] = texts;
    let number = TrackingNumber::parse(format!("PARCEL{number}").as_bytes())
        .map_err(|error| anyhow!("a number that was made is none: {error}"))?;
    let times = [
        (Status::Announced, instant(ordered_at, "ordered_at")?, place(origin)),
        (Status::Accepted, instant(shipped_at, "shipped_at")?, place(origin)),
        (
            Status::Delivered,
            instant(delivered_at, "delivered_at")?,
            place(destination),
        ),
    ];
    let promised = instant(promised_at, "promised_at")?.map(|at| Window {
        from: at,
        until: at,
        latest: at,
    });
    for (status, at, place_of_scan) in times {
        let Some(at) = at else { continue };
        let scan = Scan {
            order_id: order,
            service,
            place: place_of_scan,
            destination: place(destination).known(),
            promised,
            ..Scan::new(number, if carrier.is_empty() { "carrier" } else { carrier }, status, at)
        };
        batch.push(Position::default(), &scan);
    }
    Ok(())
}

/// `BR-SP`, `BR` or nothing.
fn place(text: &str) -> Place<'_> {
    let (country, region) = text.split_once('-').unwrap_or((text, ""));
    Place {
        country,
        region,
        ..Place::default()
    }
}

/// An instant; without an offset it is one of UTC; nothing is none.
fn instant(text: &str, column: &str) -> Result<Option<Timestamp>> {
    if text.is_empty() {
        return Ok(None);
    }
    let written = text.replacen(' ', "T", 1);
    let tried = [written.clone(), format!("{written}Z"), format!("{written}T23:59:59Z")];
    let read = tried.iter().find_map(|text| Timestamp::parse(text).ok());
    read.map(Some)
        .with_context(|| format!("{column} `{text}` is no instant; write 2026-03-01T14:03:22Z, or 2026-03-01"))
}
