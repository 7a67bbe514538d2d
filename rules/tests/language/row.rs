//! What the tests of the language share: a row that one line describes, and a condition that one line states.

use milepost_model::{Column, ColumnKind, Facts, HOUR_MS, Status, Timestamp, Value};
use milepost_rules::{Program, RuleSet, SourceFile};

/// The `now` of rows that do not state it.
pub(crate) const NOW: &str = "2026-03-04T12:00:00Z";

/// A row of `shipments`.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) now: Timestamp,
    pub(crate) status: Status,
    values: Vec<Value<'static>>,
    /// Columns that drift: what they are in each hour from that of `begin` on, the last for ever.
    hourly: Vec<(Column, Vec<Value<'static>>)>,
    begin: Timestamp,
}

impl Row {
    pub(crate) fn new(now: Timestamp, status: Status) -> Self {
        let mut row = Self {
            now,
            status,
            values: vec![Value::Null; Column::ALL.len()],
            hourly: Vec::new(),
            begin: now,
        };
        row.set(Column::Status, Value::Text(status.as_str()));
        row
    }

    pub(crate) fn set(&mut self, column: Column, value: Value<'static>) {
        let slot = self.values.get_mut(column as usize).expect("a place for each column");
        *slot = value;
    }

    /// The column drifts: these are its values in the hour of now, in the next and so on.
    pub(crate) fn drift(&mut self, column: Column, values: Vec<Value<'static>>) {
        assert!(column.drifts(), "{} does not drift", column.name());
        self.begin = self.now;
        self.hourly.push((column, values));
    }

    /// `status=in_transit silence=36h carrier=ups`; what is not named is unknown.
    pub(crate) fn parse(text: &'static str) -> Self {
        let mut row = Self::new(Timestamp::parse(NOW).expect("a time"), Status::InTransit);
        for word in text.split_whitespace() {
            let (name, value) = word.split_once('=').expect("name=value");
            if name == "now" {
                row.now = Timestamp::parse(value).expect("a time");
                continue;
            }
            let column = Column::parse(name).expect("a column");
            if column == Column::Status {
                row.status = Status::parse(value).expect("a status");
            }
            let value = match column.kind() {
                ColumnKind::Text => Value::Text(value),
                ColumnKind::Bool => Value::Bool(value == "true"),
                ColumnKind::Int => Value::Int(value.parse().expect("a whole number")),
                ColumnKind::Float => Value::Float(value.parse().expect("a number")),
                ColumnKind::Time => Value::Time(Timestamp::parse(value).expect("a time")),
                ColumnKind::Interval => Value::Interval(millis(value)),
            };
            row.set(column, value);
        }
        row
    }

    /// The row as it is after some time without a scan.
    pub(crate) fn after(&self, millis: i64) -> Self {
        let mut later = self.clone();
        later.now = later.now.plus(millis);
        for column in Column::ALL.iter().filter(|column| column.grows()) {
            if let Value::Interval(value) = self.value(*column) {
                later.set(*column, Value::Interval(value + millis));
            }
        }
        later
    }
}

fn millis(text: &str) -> i64 {
    let split = text.find(|sign: char| sign.is_ascii_alphabetic()).expect("a unit");
    let (number, unit) = text.split_at(split);
    let unit = match unit {
        "ms" => 1,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        other => panic!("the unit {other}"),
    };
    number.parse::<i64>().expect("a whole number") * unit
}

impl Facts for Row {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn status(&self) -> Status {
        self.status
    }

    fn value(&self, column: Column) -> Value<'_> {
        if column.drifts() {
            return self.value_after(column, 0);
        }
        self.values.get(column as usize).copied().unwrap_or(Value::Null)
    }

    fn value_after(&self, column: Column, by_ms: i64) -> Value<'_> {
        let Some((_, values)) = self.hourly.iter().find(|(known, _)| *known == column) else {
            return self.values.get(column as usize).copied().unwrap_or(Value::Null);
        };
        let hour = |at: Timestamp| at.millis().div_euclid(HOUR_MS);
        let passed = usize::try_from(hour(self.now.plus(by_ms)) - hour(self.begin)).expect("later");
        values.get(passed).or(values.last()).copied().unwrap_or(Value::Null)
    }
}

/// A set with one rule of that condition.
pub(crate) fn set_of(condition: &str) -> Result<RuleSet, String> {
    let text = format!(
        "rules:\n- notice: it\n  when: |\n    {}\n",
        condition.replace('\n', "\n    ")
    );
    compile(&text)
}

/// A set of one file.
pub(crate) fn compile(text: &str) -> Result<RuleSet, String> {
    let file = SourceFile {
        name: "rules.yaml",
        text,
    };
    RuleSet::compile(&[file]).map_err(|errors| errors.iter().map(|error| format!("{error}\n")).collect())
}

/// A condition, compiled.
pub(crate) fn condition(text: &str) -> Program {
    let set = set_of(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    set.rules().first().expect("one rule").when.clone()
}

/// The lines of a table with three columns.
pub(crate) fn table(text: &str) -> impl Iterator<Item = [&str; 3]> {
    text.trim().lines().map(|line| {
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        columns.try_into().unwrap_or_else(|_| panic!("three columns: {line}"))
    })
}
