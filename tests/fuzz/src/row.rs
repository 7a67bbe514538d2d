//! A row of `shipments` in which any column may have any value.

use milepost_loadgen::rng::Rng;
use milepost_model::{Column, ColumnKind, DAY_MS, Facts, HOUR_MS, Status, Timestamp, Value};

/// Texts that columns of text hold.
const TEXTS: [&str; 12] = [
    "",
    "ups",
    "dhl",
    "ground",
    "DE",
    "US",
    "Berlin",
    "Europe/Berlin",
    "America/New_York",
    "carrier.missort",
    "it's",
    "\u{f6}\u{1f4e6}",
];

/// Numbers at which arithmetic ends.
const NUMBERS: [i64; 9] = [0, 1, -1, 2, 7, 1_000_000, -3_600_000, i64::MAX, i64::MIN];

/// Fractions at which arithmetic ends.
const FRACTIONS: [f64; 7] = [0.0, -0.0, 1.5, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, f64::NAN];

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    now: Timestamp,
    status: Status,
    values: Vec<Value<'static>>,
}

impl Row {
    /// The row of a number. That of 0 knows nothing but its status, every second one looks like life, others are wild.
    pub(crate) fn of(number: u64) -> Self {
        let mut chance = Rng::new(number, 0, 0);
        let status = *chance.pick(Status::ALL);
        let wild = number % 2 == 1;
        let now = Timestamp::from_millis(1_772_582_399_000 + chance.between(0, 400) * DAY_MS);
        let mut values = Vec::new();
        for column in Column::ALL {
            values.push(if *column == Column::Status {
                Value::Text(status.as_str())
            } else if number == 0 || chance.permille(200) {
                Value::Null
            } else {
                value(column.kind(), now, wild, &mut chance)
            });
        }
        Self { now, status, values }
    }

    /// The row as it is after some time without a scan.
    pub(crate) fn after(&self, millis: i64) -> Self {
        let mut later = self.clone();
        later.now = later.now.plus(millis);
        for (column, value) in Column::ALL.iter().zip(&mut later.values) {
            if let (true, Value::Interval(length)) = (column.grows(), &mut *value) {
                *length = length.saturating_add(millis);
            }
        }
        later
    }
}

fn value(kind: ColumnKind, now: Timestamp, wild: bool, chance: &mut Rng) -> Value<'static> {
    let number = if wild {
        *chance.pick(&NUMBERS)
    } else {
        chance.between(-3, 90) * HOUR_MS + chance.between(0, 1) * 1001
    };
    match kind {
        ColumnKind::Text => Value::Text(chance.pick::<&str>(&TEXTS)),
        ColumnKind::Bool => Value::Bool(chance.permille(500)),
        ColumnKind::Int if wild => Value::Int(number),
        ColumnKind::Int => Value::Int(chance.between(0, 5)),
        ColumnKind::Float if wild => Value::Float(*chance.pick(&FRACTIONS)),
        ColumnKind::Float => Value::Float(*chance.pick(&[0.0, 0.25, 0.5, 0.7, 1.0])),
        ColumnKind::Time if wild => Value::Time(Timestamp::from_millis(number)),
        ColumnKind::Time => Value::Time(now.plus(number)),
        ColumnKind::Interval => Value::Interval(number),
    }
}

impl Facts for Row {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn status(&self) -> Status {
        self.status
    }

    fn value(&self, column: Column) -> Value<'_> {
        self.values.get(column as usize).copied().unwrap_or(Value::Null)
    }
}
