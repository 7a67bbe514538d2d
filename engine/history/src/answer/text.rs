//! Values as people read them, and the table they stand in.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, DurationMillisecondType, SchemaRef, TimeUnit};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::DataFusionError;
use milepost_model::{DAY_MS, HOUR_MS, MINUTE_MS};

/// What stands for an unknown value.
const UNKNOWN: &str = "NULL";
/// No column is cut below this, or nothing can be read any more.
const WIDTH_MIN: usize = 8;

/// The name that SQL has for a type.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "Arrow's types; those that our tables do not have keep Arrow's name"
)]
pub(super) fn type_name(kind: &DataType) -> String {
    let name = match kind {
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => "VARCHAR",
        DataType::Boolean => "BOOLEAN",
        DataType::Int64 => "BIGINT",
        DataType::UInt64 => "BIGINT UNSIGNED",
        DataType::Float64 => "DOUBLE",
        DataType::Date32 => "DATE",
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP WITH TIME ZONE",
        DataType::Timestamp(_, None) => "TIMESTAMP",
        DataType::Duration(_) | DataType::Interval(_) => "INTERVAL",
        other => return other.to_string(),
    };
    name.to_owned()
}

/// Every value as text, row by row.
pub(super) fn cells(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Vec<Vec<String>>, DataFusionError> {
    let options = FormatOptions::default()
        .with_null(UNKNOWN)
        .with_timestamp_tz_format(Some(super::INSTANT))
        .with_timestamp_format(Some(super::WALL_CLOCK));
    let mut rows = Vec::new();
    for batch in batches {
        let mut fresh: Vec<Vec<String>> = (0..batch.num_rows())
            .map(|_| Vec::with_capacity(schema.fields().len()))
            .collect();
        for column in batch.columns() {
            let shown = if matches!(column.data_type(), DataType::Duration(_)) {
                lengths(column)?
            } else {
                let formatter = ArrayFormatter::try_new(column, &options)?;
                (0..column.len()).map(|row| formatter.value(row).to_string()).collect()
            };
            for (row, cell) in fresh.iter_mut().zip(shown) {
                row.push(cell);
            }
        }
        rows.append(&mut fresh);
    }
    Ok(rows)
}

fn lengths(column: &dyn Array) -> Result<Vec<String>, DataFusionError> {
    let millis = cast(column, &DataType::Duration(TimeUnit::Millisecond))?;
    let millis = millis.as_primitive::<DurationMillisecondType>();
    Ok(millis
        .iter()
        .map(|length| length.map_or_else(|| UNKNOWN.to_owned(), words))
        .collect())
}

/// `1d 12h`, `3m 20s`, `-2h`: the parts that are not zero, milliseconds as a fraction of the seconds.
fn words(millis: i64) -> String {
    let parts = parts(millis);
    let sign = if millis < 0 { "-" } else { "" };
    let mut shown: Vec<String> = [(parts.days, "d"), (parts.hours, "h"), (parts.minutes, "m")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if parts.has_seconds() || shown.is_empty() {
        shown.push(format!("{}s", parts.seconds()));
    }
    format!("{sign}{}", shown.join(" "))
}

/// ISO 8601, hours as the largest unit because a day is not always 24 of them: `PT36H`, `-PT2H30M`, `PT0S`.
pub(super) fn iso(millis: i64) -> String {
    let parts = parts(millis);
    let mut shown = String::from(if millis < 0 { "-PT" } else { "PT" });
    let hours = parts.days * 24 + parts.hours;
    if hours > 0 {
        shown.push_str(&format!("{hours}H"));
    }
    if parts.minutes > 0 {
        shown.push_str(&format!("{}M", parts.minutes));
    }
    if parts.has_seconds() || millis == 0 {
        shown.push_str(&format!("{}S", parts.seconds()));
    }
    shown
}

struct Parts {
    days: u64,
    hours: u64,
    minutes: u64,
    millis: u64,
}

const fn parts(millis: i64) -> Parts {
    let all = millis.unsigned_abs();
    Parts {
        days: all / DAY_MS.unsigned_abs(),
        hours: all % DAY_MS.unsigned_abs() / HOUR_MS.unsigned_abs(),
        minutes: all % HOUR_MS.unsigned_abs() / MINUTE_MS.unsigned_abs(),
        millis: all % MINUTE_MS.unsigned_abs(),
    }
}

impl Parts {
    const fn has_seconds(&self) -> bool {
        self.millis > 0
    }

    fn seconds(&self) -> String {
        let (whole, rest) = (self.millis / 1000, self.millis % 1000);
        if rest == 0 {
            whole.to_string()
        } else {
            format!("{whole}.{rest:03}")
        }
    }
}

/// Names, a rule, and rows; numbers to the right; no line wider than `width` if that can be had by cutting cells.
pub(super) fn layout(names: &[String], numbers: &[bool], rows: &[Vec<String>], width: usize) -> String {
    let widths = widths(names, rows, width);
    let mut table = line(names.iter().map(String::as_str), numbers, &widths);
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
    table.push_str(&rule.join("+"));
    table.push('\n');
    for row in rows {
        table.push_str(&line(row.iter().map(String::as_str), numbers, &widths));
    }
    table
}

/// Widths that the cells want, the widest columns narrowed until the line fits.
fn widths(names: &[String], rows: &[Vec<String>], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = names.iter().map(|name| name.chars().count()).collect();
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(one_line(cell).chars().count());
        }
    }
    let separators = widths.len() * 3;
    while width > 0 && widths.iter().sum::<usize>() + separators > width + 1 {
        let excess = widths.iter().sum::<usize>() + separators - width - 1;
        let Some(widest) = widths.iter_mut().max() else { break };
        if *widest <= WIDTH_MIN {
            break;
        }
        *widest = widest.saturating_sub(excess.min(4)).max(WIDTH_MIN);
    }
    widths
}

fn line<'a>(cells: impl Iterator<Item = &'a str>, numbers: &[bool], widths: &[usize]) -> String {
    let shown: Vec<String> = cells
        .zip(widths)
        .zip(numbers)
        .map(|((cell, width), number)| {
            let cell = cut(&one_line(cell), *width);
            if *number {
                format!(" {cell:>width$} ")
            } else {
                format!(" {cell:<width$} ")
            }
        })
        .collect();
    format!("{}\n", shown.join("|").trim_end())
}

/// A line break in a value must not break the table.
fn one_line(cell: &str) -> String {
    cell.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

fn cut(cell: &str, width: usize) -> String {
    if cell.chars().count() <= width {
        return cell.to_owned();
    }
    let kept: String = cell.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_well() {
        for (millis, in_words, in_iso) in [
            (0, "0s", "PT0S"),
            (36 * HOUR_MS, "1d 12h", "PT36H"),
            (-2 * HOUR_MS - 30 * MINUTE_MS, "-2h 30m", "-PT2H30M"),
            (200_000, "3m 20s", "PT3M20S"),
            (1_250, "1.250s", "PT1.250S"),
        ] {
            assert_eq!(words(millis), in_words, "{millis}");
            assert_eq!(iso(millis), in_iso, "{millis}");
        }
    }

    #[test]
    fn a_table_fits_its_width_by_cutting_the_widest_column() {
        let names = ["carrier".to_owned(), "scans".to_owned(), "message".to_owned()];
        let rows = [vec![
            "ups".to_owned(),
            "12".to_owned(),
            "Your parcel\nis delayed by weather in Louisville".to_owned(),
        ]];
        let wide = layout(&names, &[false, true, false], &rows, 0);
        assert_eq!(
            wide,
            " carrier | scans | message\n---------+-------+-------------------------------------------------\n \
             ups     |    12 | Your parcel is delayed by weather in Louisville\n"
        );
        let narrow = layout(&names, &[false, true, false], &rows, 40);
        assert!(narrow.lines().all(|line| line.chars().count() <= 40), "{narrow}");
        assert!(narrow.contains("Your parcel is dela…"), "{narrow}");
    }
}
