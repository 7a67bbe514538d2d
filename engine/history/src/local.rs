//! Local and business time in SQL, with the meaning that rules give them: `local_time(t, zone)`,
//! `business_days_between(a, b, country, zone)` and `business_hours_between(a, b, country, zone)`. What of the place a
//! statement leaves out is the parcel's own, and filled in before (`own_place`).

use crate::intervals::{LENGTH, instant};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, DurationMillisecondArray, Int64Array, StringViewArray, TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, TimestampMillisecondType};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use milepost_calendar::{Clock, Country, Local, zone_named};
use milepost_model::Zone;
use std::sync::Arc;

/// A function of local or business time.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct LocalFunction {
    asks: Asks,
    signature: Signature,
    documentation: Documentation,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Asks {
    Wall,
    Days,
    Time,
}

/// The functions, in the order of their arguments: times, then the country, then the zone.
pub(crate) fn functions() -> [LocalFunction; 3] {
    [
        LocalFunction::new(
            Asks::Wall,
            "The wall clock at an instant, written as an instant: at the parcel, or in the zone that is named.",
            "local_time(time[, zone])",
        ),
        LocalFunction::new(
            Asks::Days,
            "The local dates after that of `from`, up to and including that of `to`, that are business days.",
            "business_days_between(from, to[, country[, zone]])",
        ),
        LocalFunction::new(
            Asks::Time,
            "The time that passed between two instants on business days, all 24 hours of them.",
            "business_hours_between(from, to[, country[, zone]])",
        ),
    ]
}

impl Asks {
    const fn name(self) -> &'static str {
        match self {
            Self::Wall => "local_time",
            Self::Days => "business_days_between",
            Self::Time => "business_hours_between",
        }
    }

    const fn gives(self) -> fn() -> DataType {
        match self {
            Self::Wall => instant,
            Self::Days => || DataType::Int64,
            Self::Time => || LENGTH,
        }
    }

    /// How many of the arguments are times, and how many there are at most.
    const fn arguments(self) -> (usize, usize) {
        match self {
            Self::Wall => (1, 2),
            Self::Days | Self::Time => (2, 4),
        }
    }
}

impl LocalFunction {
    fn new(asks: Asks, description: &str, syntax: &str) -> Self {
        let section = DocSection {
            include: true,
            label: "Time and Date Functions",
            description: None,
        };
        Self {
            asks,
            signature: Signature::user_defined(Volatility::Immutable),
            documentation: Documentation::builder(section, description, syntax).build(),
        }
    }

    fn answer(&self, arrays: &[ArrayRef]) -> Result<ArrayRef> {
        let (times, _) = self.asks.arguments();
        let (times, places) = arrays.split_at(times.min(arrays.len()));
        let texts: Vec<&StringViewArray> = places.iter().map(|array| array.as_string_view()).collect();
        let instants: Vec<&TimestampMillisecondArray> = times
            .iter()
            .map(|array| array.as_primitive::<TimestampMillisecondType>())
            .collect();
        Ok(match (self.asks, instants.as_slice(), texts.as_slice()) {
            (Asks::Wall, [at], [zones]) => {
                let mut zone = Remembered::new(zone_named);
                let walls = (0..at.len()).map(|row| {
                    let (at, zone) = (cell(at, row)?, zone.of(text(zones, row)?)?);
                    Clock::of(zone).wall(at)
                });
                Arc::new(walls.collect::<TimestampMillisecondArray>().with_data_type(instant()))
            }
            (Asks::Days, [from, to], [countries, zones]) => {
                let counts = between(from, to, (countries, zones), |place, from, to| {
                    Some(place.days_between(from, to))
                });
                Arc::new(counts.into_iter().collect::<Int64Array>())
            }
            (Asks::Time, [from, to], [countries, zones]) => {
                let lengths = between(from, to, (countries, zones), Local::time_between);
                Arc::new(lengths.into_iter().collect::<DurationMillisecondArray>())
            }
            (Asks::Wall | Asks::Days | Asks::Time, _, _) => {
                return exec_err!("{} is asked without a place", self.asks.name());
            }
        })
    }
}

fn cell(times: &TimestampMillisecondArray, row: usize) -> Option<i64> {
    times.is_valid(row).then(|| times.value(row))
}

fn text(texts: &StringViewArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

const fn is_time_like(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Null | DataType::Timestamp(..) | DataType::Date32 | DataType::Date64
    )
}

const fn is_text_like(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Null | DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8
    )
}

/// Row by row what lies between two times at a place; unknown where a time or the zone is.
fn between(
    from: &TimestampMillisecondArray,
    to: &TimestampMillisecondArray,
    (countries, zones): (&StringViewArray, &StringViewArray),
    measured: impl Fn(Local, i64, i64) -> Option<i64>,
) -> Vec<Option<i64>> {
    let mut zone = Remembered::new(zone_named);
    let mut country = Remembered::new(Country::known);
    let rows = (0..from.len()).map(|row| {
        let (from, to) = (cell(from, row)?, cell(to, row)?);
        let zone: Zone = zone.of(text(zones, row)?)?;
        let country = text(countries, row).and_then(|code| country.of(code));
        measured(Local::new(country.unwrap_or_default(), zone), from, to)
    });
    rows.collect()
}

/// What a text means, looked up again only when another one comes.
struct Remembered<'t, T> {
    meaning: fn(&str) -> Option<T>,
    last: Option<(&'t str, Option<T>)>,
}

impl<'t, T: Copy> Remembered<'t, T> {
    const fn new(meaning: fn(&str) -> Option<T>) -> Self {
        Self { meaning, last: None }
    }

    fn of(&mut self, text: &'t str) -> Option<T> {
        match self.last {
            Some((last, meaning)) if last == text => meaning,
            Some(_) | None => {
                let meaning = (self.meaning)(text);
                self.last = Some((text, meaning));
                meaning
            }
        }
    }
}

impl ScalarUDFImpl for LocalFunction {
    fn name(&self) -> &'static str {
        self.asks.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok((self.asks.gives())())
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let name = self.asks.name();
        let (times, all) = self.asks.arguments();
        if !(times..=all).contains(&given.len()) {
            return plan_err!(
                "{name} does not take {} arguments: write {}",
                given.len(),
                self.documentation.syntax_example
            );
        }
        let mut taken = Vec::with_capacity(given.len());
        for (place, kind) in given.iter().enumerate() {
            let (fits, becomes, wanted) = if place < times {
                (is_time_like(kind), instant(), "a time")
            } else {
                (is_text_like(kind), DataType::Utf8View, "a text")
            };
            if !fits {
                return plan_err!("argument {} of {name} is {wanted}, and this is {kind}", place + 1);
            }
            taken.push(becomes);
        }
        Ok(taken)
    }

    /// What is named by a literal must exist, as in rules.
    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        let (times, all) = self.asks.arguments();
        for (place, literal) in arguments.scalar_arguments.iter().enumerate().skip(times) {
            let Some(Some(text)) = literal.and_then(ScalarValue::try_as_str) else {
                continue;
            };
            if place + 1 == all && zone_named(text).is_none() {
                return plan_err!("no time zone is called '{text}': write its IANA name, such as 'Europe/Berlin'");
            }
            if place + 1 < all && Country::known(text).is_none() {
                return plan_err!(
                    "no country is called '{text}': write its ISO 3166 code of two letters, such as 'DE'"
                );
            }
        }
        Ok(Arc::new(Field::new(self.name(), (self.asks.gives())(), true)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_one = arguments
            .args
            .iter()
            .all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let answer = self.answer(&arrays)?;
        if is_one {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?));
        }
        Ok(ColumnarValue::Array(answer))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
