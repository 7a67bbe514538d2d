//! Two judges, one meaning: random conditions over random rows, asked of the compiled rule and of DataFusion, must get the
//! same answer, unknown included. `SEED` chooses others, `CONDITIONS` how many.

mod author;

use author::{Author, COUNTRIES, Chance, WORDS, ZONES};
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

/// A shipment that nobody has seen.
struct Shipment {
    now: Timestamp,
    status: Status,
    values: Vec<Value<'static>>,
}

/// What a text column may say.
fn words_of(column: Column) -> &'static [&'static str] {
    if matches!(column, Column::LocalZone | Column::Region) {
        &ZONES
    } else if matches!(column, Column::LocalCountry | Column::OriginCountry) {
        &COUNTRIES
    } else {
        &WORDS
    }
}

impl Shipment {
    fn random(number: usize, chance: &mut Chance) -> Self {
        let now = Timestamp::from_millis(NOW + chance.between(-400, 400) * HOUR_MS + chance.between(-3, 3));
        let status = chance.pick(Status::ALL);
        let value = |column: &Column| {
            let known = chance.below(5) > 0;
            match column.kind() {
                ColumnKind::Text if known => Value::Text(chance.pick(words_of(*column))),
                ColumnKind::Int if known => Value::Int(chance.between(-3, 12)),
                ColumnKind::Float if known => Value::Float(chance.pick(&[0.0, 0.25, 0.5, 0.7, 0.95, 1.0, 2.0])),
                ColumnKind::Bool if known => Value::Bool(chance.below(2) == 0),
                ColumnKind::Interval if known => {
                    let unit = chance.pick(&[1, 1000, MINUTE_MS, HOUR_MS, DAY_MS]);
                    Value::Interval(chance.between(-3, 90) * unit)
                }
                ColumnKind::Time if known => {
                    let unit = chance.pick(&[1, MINUTE_MS, HOUR_MS, DAY_MS, 90 * DAY_MS]);
                    Value::Time(Timestamp::from_millis(NOW + chance.between(-30, 30) * unit))
                }
                ColumnKind::Text
                | ColumnKind::Int
                | ColumnKind::Float
                | ColumnKind::Bool
                | ColumnKind::Interval
                | ColumnKind::Time => Value::Null,
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
    let (mut pairs, mut local, mut told) = ([0_usize; 3], 0, String::new());
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
        if condition.contains("local_time(") || condition.contains("business_") {
            local += answers.len();
        }
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
    drop(writeln!(
        std::io::stderr(),
        "false, true, unknown: {pairs:?}; of local or business time: {local}"
    ));
    assert!(
        pairs.iter().all(|count| *count > 1000),
        "all three answers are met: {pairs:?}"
    );
    assert!(local * 4 > ROWS, "{local} pairs of local or business time");
}
