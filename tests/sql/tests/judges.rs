//! Two judges, one meaning: random conditions over random rows, asked of the compiled rule and of DataFusion, must get the
//! same answer, unknown included. `SEED` chooses others, `CONDITIONS` how many.

use milepost_history::{Catalog, Collector, Limits, ShipmentRow, Table};
use milepost_model::{Column, ColumnKind, DAY_MS, Facts, HOUR_MS, MINUTE_MS, Status, Timestamp, Value};
use milepost_rules::{Program, RuleSet, SourceFile};
use std::fmt::Write as _;
use std::io::Write as _;

/// Rows that each condition is asked about.
const ROWS: usize = 200;
/// Conditions of a usual run.
const CONDITIONS: usize = 150;
/// Wednesday, 2026-03-04, noon.
const NOW: i64 = 1_772_625_600_000;

/// Chance that repeats.
struct Chance(u64);

impl Chance {
    fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % below.max(1) as u64).expect("small")
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        *of.get(self.below(of.len())).expect("something to pick from")
    }

    fn between(&mut self, least: i64, most: i64) -> i64 {
        least + i64::try_from(self.below(usize::try_from(most - least + 1).expect("a range"))).expect("small")
    }
}

const TEXTS: [Column; 5] = [
    Column::Carrier,
    Column::City,
    Column::Region,
    Column::Service,
    Column::Merchant,
];
const INTS: [Column; 4] = [Column::Scans, Column::Attempts, Column::Exceptions, Column::Legs];
const TIMES: [Column; 5] = [
    Column::PromisedAt,
    Column::StatusSince,
    Column::EstimatedUntil,
    Column::FirstScanAt,
    Column::LastScanAt,
];
const INTERVALS: [Column; 4] = [Column::Silence, Column::Dwell, Column::Overdue, Column::LastGap];
const FLAGS: [Column; 3] = [Column::DelayNotice, Column::Unusual, Column::Reopened];
const WORDS: [&str; 9] = ["ups", "UPS", "Louisville", "K\u{f6}ln", "KY", "", "100%", "a_b", "it's"];
const OPS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];

/// Conditions as an author might write them, and worse.
struct Author(Chance);

impl Author {
    fn condition(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.plain();
        }
        match self.0.below(14) {
            0..=2 => format!("({} AND {})", self.condition(depth - 1), self.condition(depth - 1)),
            3..=5 => format!("({} OR {})", self.condition(depth - 1), self.condition(depth - 1)),
            6 => format!("NOT ({})", self.condition(depth - 1)),
            7 => {
                let is = self.0.pick(&[
                    "IS TRUE",
                    "IS NOT TRUE",
                    "IS FALSE",
                    "IS NOT FALSE",
                    "IS UNKNOWN",
                    "IS NOT UNKNOWN",
                ]);
                format!("({}) {is}", self.condition(depth - 1))
            }
            8 => format!(
                "CASE WHEN {} THEN {} WHEN {} THEN {} ELSE {} END",
                self.condition(depth - 1),
                self.plain(),
                self.plain(),
                self.condition(depth - 1),
                self.plain()
            ),
            9 => format!("coalesce({}, {})", self.condition(depth - 1), self.plain()),
            _ => self.plain(),
        }
    }

    fn plain(&mut self) -> String {
        let op = self.0.pick(&OPS);
        match self.0.below(16) {
            0 => format!("{} {op} {}", self.int(2), self.int(1)),
            1 | 2 => format!("{} {op} {}", self.interval(2), self.interval(1)),
            3 | 4 => format!("{} {op} {}", self.time(2), self.time(1)),
            5 => format!("{} {op} {}", self.text(1), self.text(1)),
            6 => format!("{} BETWEEN {} AND {}", self.int(1), self.int(0), self.int(0)),
            7 => format!("{} NOT BETWEEN {} AND {}", self.time(1), self.time(1), self.time(0)),
            8 => {
                let not = self.0.pick(&["", "NOT "]);
                format!(
                    "{} {not}IN ({}, {}, {})",
                    self.text(1),
                    self.word(),
                    self.word(),
                    self.word()
                )
            }
            9 => format!(
                "{} IN ({}, {})",
                self.int(1),
                self.0.between(-3, 6),
                self.0.between(0, 9)
            ),
            10 => {
                let status = self.0.pick(Status::ALL).as_str();
                let other = self.0.pick(Status::ALL).as_str();
                self.0
                    .pick(&[
                        format!("status = '{status}'").as_str(),
                        format!("status IN ('{status}', '{other}')").as_str(),
                        format!("status NOT IN ('{status}', '{other}')").as_str(),
                    ])
                    .to_owned()
            }
            11 => {
                let is = self.0.pick(&["IS NULL", "IS NOT NULL"]);
                match self.0.below(4) {
                    0 => format!("{} {is}", self.text(1)),
                    1 => format!("{} {is}", self.int(1)),
                    2 => format!("{} {is}", self.interval(1)),
                    _ => format!("{} {is}", self.time(1)),
                }
            }
            12 => self.0.pick(&FLAGS).name().to_owned(),
            13 => {
                let pattern = self.0.pick(&[
                    "%", "_PS", "u%", "Louis%", "%\u{f6}%", "__", "100\\%", "%\\_%", "", "%i%l%e",
                ]);
                let like = self.0.pick(&["LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE"]);
                format!("{} {like} '{pattern}'", self.text(1))
            }
            14 => {
                let is = self.0.pick(&["IS DISTINCT FROM", "IS NOT DISTINCT FROM"]);
                match self.0.below(3) {
                    0 => format!("({} {is} {})", self.int(1), self.int(1)),
                    1 => format!("({} {is} {})", self.text(1), self.text(1)),
                    _ => format!("({} {is} {})", self.time(1), self.time(1)),
                }
            }
            _ => format!("starts_with({}, {})", self.text(1), self.text(0)),
        }
    }

    fn word(&mut self) -> String {
        format!("'{}'", self.0.pick(&WORDS).replace('\'', "''"))
    }

    fn text(&mut self, depth: usize) -> String {
        let column = self.0.pick(&TEXTS).name().to_owned();
        if depth == 0 {
            let word = self.word();
            return self.0.pick(&[column.as_str(), word.as_str()]).to_owned();
        }
        match self.0.below(8) {
            0 => format!("lower({column})"),
            1 => format!("upper({column})"),
            2 => format!("coalesce({column}, {})", self.word()),
            3 => format!("nullif({column}, {})", self.word()),
            4 => format!(
                "CASE WHEN {} THEN {column} ELSE {} END",
                self.0.pick(&FLAGS).name(),
                self.word()
            ),
            5 => format!("greatest({column}, {})", self.0.pick(&TEXTS).name()),
            _ => column,
        }
    }

    fn int(&mut self, depth: usize) -> String {
        let column = self.0.pick(&INTS).name().to_owned();
        if depth == 0 {
            let number = self.0.between(-5, 12).to_string();
            return self.0.pick(&[column.as_str(), number.as_str()]).to_owned();
        }
        match self.0.below(12) {
            0 => format!("({} + {})", self.int(depth - 1), self.int(0)),
            1 => format!("({} - {})", self.int(depth - 1), self.int(0)),
            2 => format!("({} * {})", self.int(depth - 1), self.int(0)),
            3 => format!("({} / {})", self.int(depth - 1), self.0.between(1, 5)),
            4 => format!("({} % {})", self.int(depth - 1), self.0.between(1, 5)),
            5 => format!("abs({})", self.int(depth - 1)),
            6 => format!("({column} * 1.5)"),
            7 => format!("greatest({}, {})", self.int(0), self.int(0)),
            8 => format!("nullif({}, {})", self.int(0), self.0.between(0, 4)),
            9 => {
                let fields = [
                    "year", "month", "day", "hour", "minute", "second", "dow", "isodow", "doy", "week", "quarter",
                    "isoyear",
                ];
                format!("extract({} FROM {})", self.0.pick(&fields), self.time(depth - 1))
            }
            10 => format!("extract(epoch FROM {})", self.0.pick(&INTERVALS).name()),
            _ => column,
        }
    }

    fn interval(&mut self, depth: usize) -> String {
        let column = self.0.pick(&INTERVALS).name().to_owned();
        if depth == 0 {
            let length = self.length();
            return self.0.pick(&[column.as_str(), length.as_str()]).to_owned();
        }
        match self.0.below(9) {
            0 => format!("({} + {})", self.interval(depth - 1), self.interval(0)),
            1 => format!("({} - {})", self.interval(depth - 1), self.interval(0)),
            2 => format!("({} - {})", self.0.pick(&TIMES).name(), self.time(0)),
            3 => format!("coalesce({column}, {})", self.length()),
            4 => format!(
                "CASE WHEN {} THEN {column} ELSE {} END",
                self.0.pick(&FLAGS).name(),
                self.length()
            ),
            5 => format!("least({column}, {})", self.0.pick(&INTERVALS).name()),
            _ => column,
        }
    }

    fn length(&mut self) -> String {
        let number = self.0.between(-3, 90);
        let unit = self.0.pick(&["hours", "minutes", "days", "seconds"]);
        format!("INTERVAL '{number} {unit}'")
    }

    fn time(&mut self, depth: usize) -> String {
        let column = self.0.pick(&TIMES).name().to_owned();
        if depth == 0 {
            return self
                .0
                .pick(&[
                    column.as_str(),
                    "now",
                    "TIMESTAMP '2026-03-04T12:00:00Z'",
                    "DATE '2026-03-05'",
                ])
                .to_owned();
        }
        match self.0.below(9) {
            0 => format!("({} + {})", self.time(depth - 1), self.length()),
            1 => format!("({} - {})", self.time(depth - 1), self.interval(0)),
            2 | 3 => {
                let unit = self
                    .0
                    .pick(&["second", "minute", "hour", "day", "week", "month", "quarter", "year"]);
                format!("date_trunc('{unit}', {})", self.time(depth - 1))
            }
            4 => format!("coalesce({column}, {})", self.time(0)),
            5 => format!("greatest({column}, {})", self.0.pick(&TIMES).name()),
            6 => "now".to_owned(),
            _ => column,
        }
    }
}

/// A shipment that nobody has seen.
struct Shipment {
    now: Timestamp,
    status: Status,
    values: Vec<Value<'static>>,
}

impl Shipment {
    fn random(number: usize, chance: &mut Chance) -> Self {
        let now = Timestamp::from_millis(NOW + chance.between(-400, 400) * HOUR_MS + chance.between(-3, 3));
        let status = chance.pick(Status::ALL);
        let value = |column: &Column| {
            let known = chance.below(5) > 0;
            match column.kind() {
                ColumnKind::Text if known => Value::Text(chance.pick(&WORDS)),
                ColumnKind::Int if known => Value::Int(chance.between(-3, 12)),
                ColumnKind::Bool if known => Value::Bool(chance.below(2) == 0),
                ColumnKind::Interval if known => {
                    let unit = chance.pick(&[1, 1000, MINUTE_MS, HOUR_MS, DAY_MS]);
                    Value::Interval(chance.between(-3, 90) * unit)
                }
                ColumnKind::Time if known => {
                    let unit = chance.pick(&[1, MINUTE_MS, HOUR_MS, DAY_MS, 90 * DAY_MS]);
                    Value::Time(Timestamp::from_millis(NOW + chance.between(-30, 30) * unit))
                }
                ColumnKind::Text | ColumnKind::Int | ColumnKind::Bool | ColumnKind::Interval | ColumnKind::Time => {
                    Value::Null
                }
            }
        };
        let mut values: Vec<Value<'static>> = Column::ALL.iter().map(value).collect();
        for (column, value) in [
            (Column::Status, Value::Text(status.as_str())),
            (Column::Records, Value::Int(i64::try_from(number).expect("small"))),
        ] {
            if let Some(slot) = values.get_mut(column as usize) {
                *slot = value;
            }
        }
        Self { now, status, values }
    }
}

impl Facts for Shipment {
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

fn compiled(condition: &str) -> Result<Program, String> {
    let text = format!("rules:\n- notice: it\n  when: |\n    {condition}\n");
    let file = SourceFile {
        name: "it.yaml",
        text: &text,
    };
    let set = RuleSet::compile(&[file])
        .map_err(|errors| errors.iter().map(|error| format!("{error}\n")).collect::<String>())?;
    Ok(set.rules().first().expect("one rule").when.clone())
}

/// What DataFusion answers for each row, in their order.
fn asked(catalog: &Catalog, condition: &str, runtime: &tokio::runtime::Runtime) -> Result<Vec<Option<bool>>, String> {
    let sql =
        format!("SELECT records, ({condition}) AS it FROM (SELECT *, as_of AS now FROM shipments) ORDER BY records");
    let limits = Limits {
        threads: 1,
        ..Limits::default()
    };
    let answer = runtime
        .block_on(catalog.query(&sql, &limits))
        .map_err(|error| error.to_string())?;
    let cells = answer.cells().map_err(|error| error.to_string())?;
    let read = |row: &Vec<String>| match row.get(1).map(String::as_str) {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    };
    Ok(cells.iter().map(read).collect())
}

fn number_of(name: &str, usual: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

#[test]
fn the_compiled_rule_and_datafusion_agree() {
    let seed = number_of("SEED", 1);
    let mut chance = Chance(seed as u64);
    let shipments: Vec<Shipment> = (0..ROWS).map(|number| Shipment::random(number, &mut chance)).collect();
    let mut collector = Collector::new(Table::Shipments);
    shipments
        .iter()
        .for_each(|shipment| collector.push(&ShipmentRow(shipment)));
    let catalog = Catalog::live(Timestamp::from_millis(NOW), vec![collector.finish()]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let mut author = Author(chance);
    let (mut pairs, mut told) = ([0_usize; 3], String::new());
    for number in 0..number_of("CONDITIONS", CONDITIONS) {
        let condition = author.condition(number % 4);
        let rule = compiled(&condition);
        let answers = asked(&catalog, &condition, &runtime);
        let (rule, answers) = match (rule, answers) {
            (Ok(rule), Ok(answers)) => (rule, answers),
            (Err(refused), _) => {
                let _ = writeln!(told, "refused as a rule: {condition}\n{refused}");
                continue;
            }
            (_, Err(error)) => {
                let _ = writeln!(told, "refused as SQL: {condition}\n{error}");
                continue;
            }
        };
        assert_eq!(answers.len(), shipments.len(), "{condition}");
        for (shipment, answer) in shipments.iter().zip(&answers) {
            let value = rule.value(shipment);
            let kind = value.map_or(2, usize::from);
            *pairs.get_mut(kind).expect("three kinds") += 1;
            if value != *answer {
                let values: Vec<String> = rule
                    .columns()
                    .map(|column| format!("{} = {:?}", column.name(), shipment.value(column)))
                    .collect();
                let _ = writeln!(
                    told,
                    "{condition}\n  rule {value:?}, SQL {answer:?} where now = {}, {}",
                    shipment.now,
                    values.join(", ")
                );
                break;
            }
        }
    }
    assert!(
        told.is_empty(),
        "SEED={seed}: {} findings\n{told}",
        told.lines().count()
    );
    // Shown with `--nocapture`, and when it fails.
    drop(writeln!(std::io::stderr(), "false, true, unknown: {pairs:?}"));
    assert!(
        pairs.iter().all(|count| *count > 1000),
        "all three answers are met: {pairs:?}"
    );
}
