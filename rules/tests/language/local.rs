//! Local and business time: what the functions say, what is refused, and that the instants derived for them are those at which
//! ticking through weeks, minute by minute, finds the answer changed. `SEED` chooses other conditions, `CONDITIONS` how many.

use std::io::Write as _;

use milepost_model::{Column, DAY_MS, Facts, HOUR_MS, MINUTE_MS, Status, Timestamp, Value};
use milepost_rules::Program;

use crate::ahead::assert_turns;
use crate::row::{Row, condition, set_of, table};

/// Each line: expression, row, value.
const MEANINGS: &str = "
local_time(now) = TIMESTAMP '2026-03-04T13:00:00Z' | local_zone=Europe/Berlin | true
extract(hour FROM local_time(now)) = 17 | local_zone=Asia/Kolkata | true
extract(minute FROM local_time(now)) = 30 | local_zone=Asia/Kolkata | true
date_trunc('day', local_time(now)) = DATE '2026-03-05' | local_zone=Pacific/Auckland | true
local_time(now, 'America/New_York') = TIMESTAMP '2026-03-04T07:00:00Z' | local_zone=Asia/Kolkata | true
local_time(now, local_zone) = local_time(now) | local_zone=Asia/Kolkata | true
local_time(now, city) = now | city=europe/london | true
local_time(now) = now | | unknown
local_time(now, city) = now | city=Atlantis | unknown
local_time(promised_at) = now | local_zone=UTC | unknown
business_days_between(promised_at, now) = 3 | promised_at=2026-02-27T12:00:00Z local_zone=UTC | true
business_days_between(now, promised_at) = -3 | promised_at=2026-02-27T12:00:00Z local_zone=UTC | true
business_days_between(promised_at, now) = 2 | promised_at=2026-02-27T12:00:00Z local_zone=UTC local_country=SA | false
business_days_between(promised_at, now) = 4 | promised_at=2026-02-27T12:00:00Z local_zone=UTC local_country=SA | true
business_days_between(promised_at, now, 'SA') = 4 | promised_at=2026-02-27T12:00:00Z local_zone=UTC local_country=DE | true
business_days_between(promised_at, now, origin_country) = 4 | promised_at=2026-02-27T12:00:00Z local_zone=UTC origin_country=SA | true
business_days_between(promised_at, now, upper(city)) = 4 | promised_at=2026-02-27T12:00:00Z local_zone=UTC city=sa | true
business_days_between(promised_at, now, city) = 3 | promised_at=2026-02-27T12:00:00Z local_zone=UTC city=sa | true
business_days_between(promised_at, now, origin_country) = 3 | promised_at=2026-02-27T12:00:00Z local_zone=UTC local_country=SA | true
business_days_between(promised_at, now, 'DE', 'Pacific/Auckland') = 4 | promised_at=2026-02-27T10:00:00Z | true
business_days_between(promised_at, now) = 4 | promised_at=2026-02-27T12:00:00Z | unknown
business_days_between(promised_at, now) = 4 | local_zone=UTC | unknown
business_hours_between(promised_at, now) = INTERVAL '72 hours' | promised_at=2026-02-27T12:00:00Z local_zone=UTC | true
business_hours_between(now, promised_at) = INTERVAL '-72 hours' | promised_at=2026-02-27T12:00:00Z local_zone=UTC | true
business_hours_between(promised_at, now) = INTERVAL '60 hours' | promised_at=2026-02-28T12:00:00Z local_zone=UTC | true
business_hours_between(promised_at, now, 'US') = INTERVAL '12 hours' | promised_at=2026-02-16T02:00:00Z local_zone=UTC now=2026-02-17T12:00:00Z | true
";

#[test]
fn what_they_say() {
    for [expression, row, expected] in table(MEANINGS) {
        let found = match condition(expression).value(&Row::parse(row)) {
            Some(true) => "true",
            Some(false) => "false",
            None => "unknown",
        };
        assert_eq!(found, expected, "{expression} where {row}");
    }
}

/// Condition, row at [`crate::row::NOW`] (a Wednesday at noon), and when the answer changes.
const INSTANTS: &str = "
business_days_between(status_since, now) >= 4 | status_since=2026-03-04T11:00:00Z local_zone=Europe/Berlin | 2026-03-09T23:00:00.000Z
business_days_between(status_since, now) >= 4 | status_since=2026-04-02T11:00:00Z now=2026-04-02T11:00:00Z local_zone=Europe/Berlin local_country=DE | 2026-04-09T22:00:00.000Z
business_hours_between(status_since, now) > INTERVAL '72 hours' | status_since=2026-03-05T12:00:00Z local_zone=UTC | 2026-03-10T12:00:00.001Z
extract(hour FROM local_time(now)) BETWEEN 8 AND 19 | local_zone=Asia/Kolkata | 2026-03-04T14:30:00.000Z
extract(hour FROM local_time(now)) = 3 | local_zone=Europe/Berlin now=2026-03-29T00:30:00Z | 2026-03-29T01:00:00.000Z
local_time(now) >= TIMESTAMP '2026-03-29T02:30:00Z' | local_zone=Europe/Berlin now=2026-03-28T00:00:00Z | 2026-03-29T01:00:00.000Z
business_days_between(status_since, now) >= 2 | status_since=2026-03-01T12:00:00Z local_zone=UTC | never
business_days_between(status_since, now) BETWEEN 1 AND 2 | status_since=2026-02-27T12:00:00Z local_zone=UTC | never
business_days_between(status_since, now) IN (1, 2) | status_since=2026-02-27T12:00:00Z local_zone=UTC | never
business_days_between(status_since, now) IS NULL | status_since=2026-02-27T12:00:00Z local_zone=UTC | never
business_hours_between(now, status_since) * 2 < INTERVAL '-9 hours' | status_since=2026-02-27T12:00:00Z local_zone=UTC | never
date_trunc('day', local_time(now)) > local_time(status_since) | status_since=2026-02-27T12:00:00Z local_zone=Europe/Berlin | never
extract(hour FROM local_time(now)) = 9 AND business_days_between(status_since, now) = 2 | status_since=2026-02-27T12:00:00Z local_zone=UTC | never
business_hours_between(status_since, now) - silence < INTERVAL '-24 hours' | status_since=2026-03-04T12:00:00Z silence=0h local_zone=UTC | 2026-03-08T00:00:00.001Z
";

#[test]
fn when_they_change() {
    assert_turns(INSTANTS);
}

#[test]
fn places_that_do_not_exist_are_refused() {
    for (expression, message, help) in [
        (
            "local_time(now, 'Europe/Berln') > now",
            "no time zone is called 'Europe/Berln'",
            "did you mean 'Europe/Berlin'?",
        ),
        (
            "business_days_between(now, now, 'us') = 1",
            "no country is called 'us'",
            "did you mean 'US'?",
        ),
        (
            "business_days_between(now, now, 'UK') = 1",
            "no country is called 'UK'",
            "did you mean 'GB'?",
        ),
        (
            "business_days_between(now, now, 'USA') = 1",
            "no country is called 'USA'",
            "write its ISO 3166 code",
        ),
        (
            "business_hours_between(now) = silence",
            "`business_hours_between` does not take 1 arguments",
            "two times",
        ),
        (
            "local_time(silence) > now",
            "a time is needed here, and this is an interval",
            "",
        ),
    ] {
        let refused = set_of(expression).expect_err(expression);
        assert!(
            refused.contains(message) && refused.contains(help),
            "{expression}\n{refused}"
        );
    }
}

/// Chance that repeats.
struct Chance(u64);

impl Chance {
    fn below(&mut self, below: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((z ^ (z >> 31)) % below.unsigned_abs()).expect("small")
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let at = self.below(i64::try_from(of.len()).expect("few"));
        *of.get(usize::try_from(at).expect("small"))
            .expect("something to pick from")
    }

    fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below(most - least + 1)
    }
}

const OPS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];
const TIMES: [&str; 3] = ["promised_at", "status_since", "estimated_until"];
const ZONES: [&str; 10] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "America/St_Johns",
];
const COUNTRIES: [&str; 10] = ["US", "DE", "SA", "EG", "IN", "NP", "CN", "IR", "IL", "ZZ"];

/// Conditions on local and business time, and on time as it was before.
struct Author(Chance);

impl Author {
    fn condition(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.atom();
        }
        match self.0.below(9) {
            0..=2 => format!("({} AND {})", self.condition(depth - 1), self.condition(depth - 1)),
            3..=4 => format!("({} OR {})", self.condition(depth - 1), self.condition(depth - 1)),
            5 => format!("(NOT {})", self.condition(depth - 1)),
            6 => format!("(({}) IS NOT TRUE)", self.condition(depth - 1)),
            7 => format!(
                "(CASE WHEN {} THEN {} ELSE {} END)",
                self.atom(),
                self.condition(depth - 1),
                self.atom()
            ),
            _ => self.atom(),
        }
    }

    /// A country and a zone, or neither.
    fn place(&mut self) -> String {
        match self.0.below(6) {
            0 => format!(", '{}'", self.0.pick(&COUNTRIES[..9])),
            1 => ", origin_country".to_owned(),
            2 => format!(", local_country, '{}'", self.0.pick(&ZONES)),
            3 => format!(
                ", CASE WHEN silence > INTERVAL '3 days' THEN 'US' ELSE origin_country END, {}",
                "local_zone"
            ),
            _ => String::new(),
        }
    }

    fn zone(&mut self) -> String {
        match self.0.below(4) {
            0 => format!(", '{}'", self.0.pick(&ZONES)),
            1 => ", city".to_owned(),
            _ => String::new(),
        }
    }

    /// `now`, or something that moves with it.
    fn moving(&mut self) -> String {
        match self.0.below(8) {
            0 => format!("now - INTERVAL '{} hours'", self.0.between(-40, 40)),
            1 => "now + silence".to_owned(),
            2 => format!("greatest(now, {})", self.0.pick(&TIMES)),
            3 => format!("{} - silence", self.0.pick(&TIMES)),
            _ => "now".to_owned(),
        }
    }

    fn days(&mut self) -> String {
        let (time, moving, place) = (self.0.pick(&TIMES), self.moving(), self.place());
        match self.0.below(6) {
            0 => format!("business_days_between({moving}, {time}{place})"),
            1 => format!("abs(business_days_between({time}, {moving}{place}))"),
            2 => format!(
                "(business_days_between({time}, {moving}{place}) - business_days_between({}, now))",
                self.0.pick(&TIMES)
            ),
            _ => format!("business_days_between({time}, {moving}{place})"),
        }
    }

    fn hours(&mut self) -> String {
        let (time, moving, place) = (self.0.pick(&TIMES), self.moving(), self.place());
        match self.0.below(6) {
            0 => format!("business_hours_between({moving}, {time}{place})"),
            1 => format!("(business_hours_between({time}, {moving}{place}) - silence)"),
            2 => format!("business_hours_between({time}, {moving}{place}) * 2"),
            3 => format!("least(business_hours_between({time}, {moving}{place}), silence)"),
            _ => format!("business_hours_between({time}, {moving}{place})"),
        }
    }

    fn atom(&mut self) -> String {
        let op = self.0.pick(&OPS);
        let number = self.0.between(-12, 12);
        match self.0.below(13) {
            0..=2 => format!("{} {op} {number}", self.days()),
            3 => format!("{} IN ({number}, {})", self.days(), number + 2),
            4..=6 => format!(
                "{} {op} INTERVAL '{} minutes'",
                self.hours(),
                self.0.between(-9000, 12000)
            ),
            7 => {
                let (field, least, most) = self.0.pick(&[
                    ("hour", 0, 23),
                    ("isodow", 1, 7),
                    ("day", 1, 31),
                    ("minute", 0, 59),
                    ("doy", 1, 366),
                ]);
                let (bound, moving, zone) = (self.0.between(least, most), self.moving(), self.zone());
                format!("extract({field} FROM local_time({moving}{zone})) {op} {bound}")
            }
            8 => {
                let (from, zone) = (self.0.between(0, 12), self.zone());
                format!(
                    "extract(hour FROM local_time(now{zone})) BETWEEN {from} AND {}",
                    from + self.0.between(0, 12)
                )
            }
            9 => {
                let unit = self.0.pick(&["hour", "day", "week", "month"]);
                let (zone, time) = (self.zone(), self.0.pick(&TIMES));
                format!("date_trunc('{unit}', local_time(now{zone})) {op} date_trunc('{unit}', local_time({time}))")
            }
            10 => {
                let (zone, time) = (self.zone(), self.0.pick(&TIMES));
                format!("local_time(now{zone}) {op} local_time({time}) + INTERVAL '{number} hours'")
            }
            11 => format!("silence {op} INTERVAL '{} hours'", self.0.between(-20, 300)),
            _ => format!("extract(hour FROM now) {op} {}", self.0.between(0, 23)),
        }
    }
}

/// A row, and how long it has been looked at without a scan.
struct Later<'r> {
    row: &'r Row,
    by: i64,
}

impl Facts for Later<'_> {
    fn now(&self) -> Timestamp {
        self.row.now.plus(self.by)
    }

    fn status(&self) -> Status {
        self.row.status
    }

    fn value(&self, column: Column) -> Value<'_> {
        let value = self.row.value(column);
        if let Value::Interval(length) = value
            && column.grows()
        {
            return Value::Interval(length + self.by);
        }
        value
    }
}

fn random_row(chance: &mut Chance) -> Row {
    // From the autumn of 2024 to the summer of 2027, often shortly before the clocks are changed.
    let changes = [
        "2026-03-20T00:00:00Z",
        "2026-10-18T00:00:00Z",
        "2027-04-01T00:00:00Z",
        "2025-12-20T00:00:00Z",
    ];
    let near = Timestamp::parse(chance.pick(&changes))
        .expect("a time")
        .plus(chance.below(10 * DAY_MS));
    let any = Timestamp::parse("2024-09-01T00:00:00Z")
        .expect("a time")
        .plus(chance.below(1000) * DAY_MS);
    let any = any.plus(chance.below(DAY_MS));
    let now = chance.pick(&[near, any]);
    let mut row = Row::new(now, Status::InTransit);
    let is_known = |chance: &mut Chance| chance.below(12) > 0;
    for column in [Column::LocalZone, Column::City] {
        if is_known(chance) {
            row.set(column, Value::Text(chance.pick(&ZONES)));
        }
    }
    for column in [Column::LocalCountry, Column::OriginCountry] {
        if is_known(chance) {
            row.set(column, Value::Text(chance.pick(&COUNTRIES)));
        }
    }
    for column in [Column::PromisedAt, Column::StatusSince, Column::EstimatedUntil] {
        if is_known(chance) {
            let unit = chance.pick(&[1, MINUTE_MS, HOUR_MS]);
            row.set(
                column,
                Value::Time(now.plus(chance.between(-400 * HOUR_MS, 200 * HOUR_MS) / unit * unit)),
            );
        }
    }
    if is_known(chance) {
        row.set(Column::Silence, Value::Interval(chance.below(200 * HOUR_MS)));
    }
    row
}

/// How often the answer changes, and how often it was looked at too early: after 400 changes of its parts.
#[derive(Default)]
struct Found {
    changes: usize,
    early: usize,
}

/// Ticks through a row; gives what was derived, or what is wrong with it.
fn ticked(program: &Program, row: &Row, ticks: i64) -> Result<Found, String> {
    let at = |by: i64| Later { row, by };
    // The short way says the same, and is never later.
    let next_change = |by: i64| {
        let (exact, (holds, again)) = (program.next_change(&at(by)), program.look(&at(by)));
        let is_late = again.is_none_or(|again| exact.is_some_and(|exact| again > exact));
        if holds != program.holds(&at(by)) || (is_late && exact.is_some()) {
            return Err(format!(
                "a look at {} finds {holds}, and again {again:?}",
                row.now.plus(by)
            ));
        }
        Ok(exact)
    };
    let (mut holds, mut found) = (program.holds(&at(0)), Found::default());
    let mut derived = next_change(0)?;
    for tick in 0..=ticks {
        let by = tick * MINUTE_MS;
        while let Some(next) = derived.map(|next| next.since(row.now)).filter(|next| *next <= by) {
            let before = holds;
            holds = program.holds(&at(next));
            if before == holds {
                found.early += 1;
            } else if before == program.holds(&at(next - 1)) {
                found.changes += 1;
            } else {
                return Err(format!("it changes before {}", row.now.plus(next)));
            }
            derived = next_change(next)?;
        }
        if program.holds(&at(by)) != holds {
            return Err(format!("{} at {}, and derived was not", !holds, row.now.plus(by)));
        }
    }
    Ok(found)
}

#[test]
fn derived_instants_are_those_that_ticking_finds() {
    const ROWS: usize = 4;
    let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().expect(name));
    let (seed, conditions) = (number("SEED", 1), number("CONDITIONS", 60));
    let mut author = Author(Chance(seed));
    let (mut pairs, mut changing, mut swept, mut all, mut wrong) = (0, 0, 0, Found::default(), String::new());
    for place in 0..conditions {
        let expression = author.condition(u32::try_from(place % 3).expect("small"));
        let program = condition(&expression);
        // The least of what rises and what falls is looked at every hour, whatever the functions in it.
        if program.sweeps() {
            swept += 1;
            continue;
        }
        for _ in 0..ROWS {
            let row = random_row(&mut author.0);
            let ticks = author.0.between(3, 21) * 24 * 60;
            match ticked(&program, &row, ticks) {
                Ok(found) => {
                    pairs += 1;
                    changing += usize::from(found.changes > 0);
                    all.changes += found.changes;
                    all.early += found.early;
                }
                Err(error) => wrong += &format!("{expression}\n  {error}\n  {row:?}\n"),
            }
        }
    }
    assert!(wrong.is_empty(), "SEED={seed}\n{wrong}");
    // Shown with `--nocapture`, and when it fails.
    drop(writeln!(
        std::io::stderr(),
        "{pairs} pairs ticked through, {changing} of them change, {} instants, {} too early; {swept} conditions swept",
        all.changes,
        all.early
    ));
    assert!(
        swept * 10 < conditions,
        "{swept} of {conditions} conditions could not be bounded"
    );
    assert!(changing * 4 > pairs, "many of them change: {changing} of {pairs}");
    assert!(
        all.early * 50 < all.changes,
        "{} looks of {} too early",
        all.early,
        all.changes
    );
}
