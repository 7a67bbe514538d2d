//! The table of scans read back as scans, so that history can be replayed from it. A file has whole shipments one after the
//! other, the scans of each in the order of the fold. What does not stand in it: ids of events, and what a withdrawal named.

use crate::catalog::Catalog;
use crate::cells::BATCH_ROWS;
use crate::error::ReadError;
use crate::facts::open;
use crate::rows::{PRECISIONS, precision_name};
use crate::schema::Table;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{Date32Type, Field, Float64Type, Int64Type, TimestampMillisecondType};
use milepost_model::{
    Code, EstimateSource, Kind, Place, Reason, Scan, ScanTime, Status, TimeBasis, Timestamp, TrackingNumber, Window,
};
use std::path::PathBuf;
use std::sync::Arc;

/// Place of the column that says so. Columns are named by their places, as in [`crate::rows`].
const RETRACTED: usize = 47;

/// A file of the table of scans.
#[derive(Clone, Debug)]
pub struct ScanFile {
    path: PathBuf,
}

impl Catalog {
    /// The files of its table of scans; none where the rows do not lie in files.
    #[must_use]
    pub fn scan_files(&self) -> Vec<ScanFile> {
        let files = self.paths(Table::Scans).iter();
        files.map(|path| ScanFile { path: path.clone() }).collect()
    }
}

impl ScanFile {
    /// Rows that it has, those that were withdrawn included.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn rows(&self) -> Result<u64, ReadError> {
        let rows = open(&self.path)?.metadata().file_metadata().num_rows();
        Ok(rows.unsigned_abs())
    }

    /// Shows every scan that was not withdrawn.
    ///
    /// # Errors
    /// When it cannot be read, or was written before its columns said all that a scan is.
    pub fn each(&self, show: &mut dyn FnMut(&Scan<'_>)) -> Result<(), ReadError> {
        let wrong = |problem: String| ReadError::Parquet {
            path: self.path.clone(),
            problem,
        };
        let reader = open(&self.path)?.with_batch_size(BATCH_ROWS).build();
        for batch in reader.map_err(|error| wrong(error.to_string()))? {
            let batch = batch.map_err(|error| wrong(error.to_string()))?;
            let rows = Rows::of(&batch).map_err(wrong)?;
            for row in 0..batch.num_rows() {
                if !rows.flag(RETRACTED, row) {
                    show(&rows.scan(row).map_err(wrong)?);
                }
            }
        }
        Ok(())
    }
}

/// The columns of a batch, in the order of the table.
struct Rows(Vec<ArrayRef>);

impl Rows {
    fn of(batch: &RecordBatch) -> Result<Self, String> {
        let schema = Table::Scans.schema();
        let column = |field: &Arc<Field>| {
            let Some(column) = batch.column_by_name(field.name()) else {
                return Err(format!(
                    "there is no column {}: an older milepost wrote this; replay the scans again",
                    field.name()
                ));
            };
            cast(column, field.data_type()).map_err(|error| error.to_string())
        };
        Ok(Self(schema.fields().iter().map(column).collect::<Result<_, _>>()?))
    }

    /// The array of a column, if the row has a value in it.
    fn known(&self, place: usize, row: usize) -> Option<&ArrayRef> {
        self.0.get(place).filter(|array| array.is_valid(row))
    }

    fn text(&self, place: usize, row: usize) -> &str {
        let array = self.known(place, row);
        array.map_or("", |array| array.as_string::<i32>().value(row))
    }

    fn time(&self, place: usize, row: usize) -> Option<Timestamp> {
        let array = self.known(place, row)?;
        let millis = array.as_primitive::<TimestampMillisecondType>().value(row);
        Some(Timestamp::from_millis(millis))
    }

    fn flag(&self, place: usize, row: usize) -> bool {
        self.known(place, row)
            .is_some_and(|array| array.as_boolean().value(row))
    }

    fn float(&self, place: usize, row: usize) -> Option<f64> {
        Some(self.known(place, row)?.as_primitive::<Float64Type>().value(row))
    }

    /// A member of a closed list; nothing where nothing stands.
    fn member<T>(&self, place: usize, row: usize, parse: fn(&str) -> Option<T>) -> Result<Option<T>, String> {
        let text = self.text(place, row);
        if text.is_empty() {
            return Ok(None);
        }
        parse(text)
            .map(Some)
            .ok_or_else(|| format!("`{text}` is none of the values that this milepost knows"))
    }

    /// The window that ends there.
    fn window(&self, row: usize, [from, until, latest]: [usize; 3]) -> Option<Window> {
        let until = self.time(until, row)?;
        Some(Window {
            from: self.time(from, row).unwrap_or(until),
            until,
            latest: self.time(latest, row).unwrap_or(until),
        })
    }

    fn scan(&self, row: usize) -> Result<Scan<'_>, String> {
        let text = |place| self.text(place, row);
        let number = TrackingNumber::parse(text(1).as_bytes()).map_err(|error| format!("`{}`: {error}", text(1)))?;
        let status = self.member(5, row, Status::parse)?;
        let attempt = self
            .known(33, row)
            .map_or(0, |array| array.as_primitive::<Int64Type>().value(row));
        Ok(Scan {
            number,
            carrier: text(0),
            event_id: text(3),
            leg_carrier: text(36),
            service: text(37),
            order_id: text(38),
            merchant: text(39),
            source: text(40),
            kind: self.member(4, row, Kind::parse)?.unwrap_or_default(),
            status,
            code: self.member(6, row, Code::parse)?.unwrap_or_default(),
            carrier_code: text(7),
            reason: self.member(8, row, Reason::parse)?,
            time: self.written_time(row, status.map_or(0, Status::rank))?,
            recorded_at: self.time(16, row),
            place: Place {
                city: text(17),
                region: text(18),
                postal_code: text(19),
                country: text(20),
                facility: text(21),
            },
            destination: self.destination(row),
            promised: self.window(row, [28, 28, 48]),
            estimated: self.window(row, [29, 30, 49]),
            estimate_source: self
                .member(31, row, EstimateSource::parse)?
                .unwrap_or(EstimateSource::Carrier),
            pickup_until: self.window(row, [32, 32, 50]),
            attempt: u8::try_from(attempt).unwrap_or(u8::MAX),
            message: text(34),
            signed_by: text(35),
            next_carrier: text(41),
            next_tracking_number: text(42),
            carrier_shipment_id: text(43),
            shipped_on: self
                .known(44, row)
                .map(|array| array.as_primitive::<Date32Type>().value(row)),
            retracts: text(45),
            coordinates: self.float(26, row).zip(self.float(27, row)),
        })
    }

    fn destination(&self, row: usize) -> Option<Place<'_>> {
        let text = |place| self.text(place, row);
        let destination = Place {
            city: text(22),
            region: text(23),
            postal_code: text(24),
            country: text(25),
            facility: "",
        };
        (destination != Place::default()).then_some(destination)
    }

    fn written_time(&self, row: usize, rank: u8) -> Result<ScanTime, String> {
        let at = |place| self.time(place, row).ok_or("a scan has no time");
        let wall = self.known(12, row).ok_or("a scan has no wall clock")?;
        let precision = |text: &str| {
            PRECISIONS
                .into_iter()
                .find(|precision| precision_name(*precision) == text)
        };
        let time = ScanTime {
            wall_ms: wall.as_primitive::<TimestampMillisecondType>().value(row),
            earliest: at(10)?,
            latest: at(11)?,
            base: Timestamp::default(),
            precision: precision(self.text(13, row)).unwrap_or_default(),
            basis: self.member(14, row, TimeBasis::parse)?.unwrap_or_default(),
            dst_ambiguous: self.flag(15, row),
        };
        Ok(with_point(time, at(9)?, rank))
    }
}

/// The time with that sort point, which is what a table keeps of where it begins. A date that begins at its earliest reading
/// may have 23 or 25 hours.
fn with_point(time: ScanTime, point: Timestamp, rank: u8) -> ScanTime {
    let begun = |base| ScanTime { base, ..time };
    let earliest = begun(time.earliest);
    if earliest.point(rank) == point {
        return earliest;
    }
    let other = begun(time.earliest.plus(1));
    begun(other.base.plus(point.since(other.point(rank))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Collector;
    use crate::rows::ScanRow;
    use milepost_model::{DAY_MS, HOUR_MS, Precision};

    /// A scan that states everything.
    fn full(number: TrackingNumber, day: Timestamp) -> Scan<'static> {
        let window = |days: i64| {
            let until = day.plus(days * DAY_MS - 1);
            Some(Window {
                from: until,
                until,
                latest: until.plus(DAY_MS / 2),
            })
        };
        Scan {
            leg_carrier: "gls",
            destination: Some(Place {
                city: "Anchorage",
                region: "AK",
                postal_code: "99501",
                country: "US",
                facility: "",
            }),
            service: "ground",
            order_id: "SO-1",
            merchant: "acme",
            source: "feed",
            kind: Kind::Notice,
            code: Code::Delayed,
            carrier_code: "X1",
            reason: Reason::parse("nature.weather"),
            time: ScanTime {
                wall_ms: day.millis(),
                earliest: day,
                latest: day.plus(DAY_MS - 1),
                base: day,
                precision: Precision::Date,
                basis: TimeBasis::Place,
                dst_ambiguous: true,
            },
            recorded_at: Some(day.plus(5)),
            place: Place {
                city: "Louisville",
                region: "KY",
                postal_code: "40213",
                country: "US",
                facility: "f",
            },
            promised: window(3),
            estimated: window(4),
            estimate_source: EstimateSource::Model,
            pickup_until: window(9),
            attempt: 2,
            message: "late",
            signed_by: "A",
            next_carrier: "ups",
            next_tracking_number: "N",
            carrier_shipment_id: "c",
            shipped_on: Some(19_999),
            coordinates: Some((1.5, -2.5)),
            ..Scan::new(number, "ups", Status::Exception, day)
        }
    }

    #[test]
    fn a_scan_comes_back_as_it_went_in() {
        let number = TrackingNumber::parse(b"1Z999AA10123456784").expect("a number");
        let day = Timestamp::from_millis(20_000 * DAY_MS);
        let full = full(number, day);
        let plain = Scan {
            status: None,
            kind: Kind::Estimate,
            ..Scan::new(number, "ups", Status::Created, day.plus(7))
        };
        let mut collector = Collector::new(Table::Scans);
        for scan in [full, plain] {
            collector.push(&ScanRow {
                scan,
                epoch: 0,
                counted: true,
                retracted: false,
            });
        }
        let rows = collector.finish();
        let rows = Rows::of(rows.batches.first().expect("one batch")).expect("the table's own columns");
        assert_eq!(rows.scan(0), Ok(full));
        assert_eq!(rows.scan(1), Ok(plain));
        assert!(!rows.flag(47, 0) && rows.flag(46, 0));
    }

    #[test]
    fn a_time_is_found_again_by_its_point() {
        let day = Timestamp::from_millis(20_000 * DAY_MS);
        for (precision, earliest, latest, base) in [
            (Precision::Exact, 0, 0, 0),
            (Precision::Minute, -HOUR_MS, HOUR_MS, 0),
            (Precision::Date, 0, DAY_MS - 1, 0),
            // The clock was changed on that day.
            (Precision::Date, 0, 23 * HOUR_MS - 1, 0),
            (Precision::Date, 0, 25 * HOUR_MS - 1, 0),
            // The zone is not known.
            (Precision::Date, -14 * HOUR_MS, 36 * HOUR_MS - 1, 0),
        ] {
            for rank in [0, 34, 35, 54, 55, 90] {
                let time = ScanTime {
                    earliest: day.plus(earliest),
                    latest: day.plus(latest),
                    base: day.plus(base),
                    precision,
                    ..ScanTime::default()
                };
                let stored = ScanTime {
                    base: Timestamp::default(),
                    ..time
                };
                assert_eq!(with_point(stored, time.point(rank), rank), time, "{precision:?} {rank}");
            }
        }
    }
}
