//! The language of stories, and its teller. A story is told line by line; what the engine said is written under the line
//! that made it speak, so that a story that holds comes out exactly as it went in.
//!
//! ```text
//! parcel 1Z999AA10123456784 carrier=ups     the number, and columns of every scan from here on
//! start 2026-03-02T00:00:00Z                what 0h is
//! dates 2026 -05:00                         times by the calendar, and the offset written behind them (none: none)
//! clock event 6h                            the latest scan less 6h is the time; else the log's own time is
//! word OD out_for_delivery carrier_code=OD  a short name of a scan
//! place D1 Louisville,KY,40213,US,slic:4009 a short name of a place: city, region, postal code, country, facility
//! rules rules/library/stalled.yaml          a file of the repository; or nothing, and lines of YAML after bars
//! | rules: …
//! at 0h scan in_transit @D1 attempt=2       a record happens and is heard at once
//! at 9h OD of 2h                            a record of 2h is heard at 9h
//! at 9h raw {"tracking_number": …}          a line as it is
//! at 9h tick                                time passes; `restart` saves the engine and starts it anew
//! at 9h switch                              the rules written last come into force in place of the first
//! -> opened stalled at 36h: no scan for 36h what the engine said
//! expect status=in_transit open=stalled@36h the row as of now, open delays, bounds of the newest scan's time;
//!                                           `expect journey 0 …` asks for an older one
//! any order                                 all so far, told in every other order, comes to the same
//! ```

use crate::orders;
use crate::scan_line::{Columns, Glossary};
use crate::times::{self, Calendar};
use crate::words::{quote, split};
use crate::world::{Cell, DelayRow, KeptRow, Message, Row, Said, Told, World};
use milepost_connectors::carriers::Defaults;
use milepost_core::Clock;
use milepost_model::{Column, Timestamp};
use milepost_rules::{RuleSet, SourceFile};
use serde_json::{Map, Value};
use std::fmt::Write;
use std::sync::Arc;

/// What is wrong with a story, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoryError {
    /// Line, from 1.
    pub line: usize,
    /// What.
    pub what: String,
}

/// One line of a story with what was said under it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Passage {
    /// Its line in the script, from 1.
    pub line: usize,
    /// The line, and the `->` lines under it.
    pub text: String,
}

/// The script as passages: each line with the `->` lines under it.
#[must_use]
pub fn passages(script: &str) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    for (line, text) in (1..).zip(script.lines()) {
        match passages.last_mut() {
            Some(last) if text.trim_start().starts_with("->") => {
                last.text.push('\n');
                last.text.push_str(text);
            }
            _ => passages.push(Passage {
                line,
                text: text.to_owned(),
            }),
        }
    }
    passages
}

/// Tells a story: the same script, with what the engine really said.
///
/// # Errors
/// Where a line is not understood, or orders disagree.
pub fn tell(script: &str) -> Result<Vec<Passage>, StoryError> {
    tell_in(script, &mut Canonical, SHUFFLES)
}

/// Shuffled orders that each story is told in.
const SHUFFLES: usize = 1000;

/// Tells a story in that format, `any order` in so many shuffled ones. What the format has no word for is not said; time
/// passes.
///
/// # Errors
/// As for [`tell`].
pub fn tell_in(script: &str, tongue: &mut dyn Tongue, shuffles: usize) -> Result<Vec<Passage>, StoryError> {
    let mut teller = Teller::new(tongue, shuffles);
    let mut told = passages(script);
    for passage in &mut told {
        let line = passage.text.lines().next().unwrap_or_default().to_owned();
        let said = teller.hear(&line, passage.line).map_err(|what| StoryError {
            line: passage.line,
            what,
        })?;
        passage.text = said;
    }
    Ok(told)
}

/// A format in which a story can be told.
pub trait Tongue {
    /// The message that brings a record; `None` when the format has no word for it.
    fn say(&mut self, record: &Map<String, Value>) -> Option<Told>;

    /// What the feed adds.
    fn defaults(&self) -> Defaults {
        Defaults::default()
    }
}

/// Canonical lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Canonical;

impl Tongue for Canonical {
    fn say(&mut self, record: &Map<String, Value>) -> Option<Told> {
        Some(Told::Line(Value::Object(record.clone()).to_string()))
    }
}

struct Teller<'t> {
    tongue: &'t mut dyn Tongue,
    shuffles: usize,
    calendar: Calendar,
    glossary: Glossary,
    parcel: Columns,
    clock: Option<Clock>,
    yaml: String,
    yaml_line: usize,
    /// Made by the first line that needs it; rules and clock are settled then.
    world: Option<World>,
    rules: Option<Arc<RuleSet>>,
    heard: Vec<Told>,
    delays: Vec<DelayRow>,
}

impl<'t> Teller<'t> {
    fn new(tongue: &'t mut dyn Tongue, shuffles: usize) -> Self {
        Self {
            tongue,
            shuffles,
            calendar: Calendar::default(),
            glossary: Glossary::default(),
            parcel: Columns::default(),
            clock: None,
            yaml: String::new(),
            yaml_line: 0,
            world: None,
            rules: None,
            heard: Vec::new(),
            delays: Vec::new(),
        }
    }

    fn hear(&mut self, line: &str, number: usize) -> Result<String, String> {
        if let Some(yaml) = line.strip_prefix('|') {
            self.yaml.push_str(yaml.strip_prefix(' ').unwrap_or(yaml));
            self.yaml.push('\n');
            return Ok(line.to_owned());
        }
        let words = split(line);
        let Some((verb, rest)) = words.split_first() else {
            return Ok(line.to_owned());
        };
        match verb.as_str() {
            "parcel" => self.parcel(rest)?,
            "start" => {
                self.calendar.start = rest.first().map_or(Err("a time is missing".to_owned()), |at| {
                    Timestamp::parse(at).map_err(|error| format!("`{at}` {error}"))
                })?
            }
            "dates" => {
                self.calendar.by_date = true;
                self.calendar.year = rest.first().cloned().ok_or("the year is missing")?;
                self.calendar.zone = rest.get(1).cloned().unwrap_or_default();
            }
            "clock" => self.clock = Some(event_clock(rest)?),
            "word" => {
                let (name, meaning) = rest.split_first().ok_or("the word is missing")?;
                self.glossary.scans.insert(name.clone(), meaning.to_vec());
            }
            "place" => {
                let (name, parts) = rest.split_first().ok_or("the name of the place is missing")?;
                self.glossary.places.insert(name.clone(), parts.join(" "));
            }
            "rules" => {
                self.yaml_line = number;
                if self.world.is_some() {
                    // Those that come later, by `at ... switch`.
                    self.yaml.clear();
                }
                for path in rest {
                    self.yaml.push_str(&from_the_repository(path)?);
                }
            }
            "at" => return self.at(line, rest),
            "expect" => return self.expect(line, rest),
            "any" => self.any_order()?,
            other => {
                return Err(format!(
                    "`{other}` begins no line of a story; see tests/story/src/story.rs"
                ));
            }
        }
        Ok(line.to_owned())
    }

    fn parcel(&mut self, rest: &[String]) -> Result<(), String> {
        let (number, columns) = rest.split_first().ok_or("the tracking number is missing")?;
        self.parcel = Columns::default();
        self.parcel.set("tracking_number", number);
        self.parcel.add(columns, &self.glossary)
    }

    fn world(&mut self) -> Result<&mut World, String> {
        if self.world.is_none() {
            let rules = Arc::new(
                compile(&self.yaml).map_err(|error| format!("the rules after line {}: {error}", self.yaml_line))?,
            );
            self.rules = Some(Arc::clone(&rules));
            let world = World::new(rules, self.clock.unwrap_or(Clock::Log));
            self.world = Some(world.with_defaults(self.tongue.defaults()));
        }
        self.world.as_mut().ok_or_else(|| "made above".to_owned())
    }

    fn at(&mut self, line: &str, rest: &[String]) -> Result<String, String> {
        let now = self.world()?.now();
        let now = if now == Timestamp::MIN {
            self.calendar.start
        } else {
            now
        };
        let (when, taken) = self.calendar.read(rest, now)?;
        let rest = rest.get(taken..).unwrap_or_default();
        let said = match rest.first().map(String::as_str) {
            Some("tick") => self.world()?.tick(when.at),
            Some("switch") => {
                let rules = Arc::new(compile(&self.yaml)?);
                self.rules = Some(Arc::clone(&rules));
                self.world()?.switch(when.at, rules)
            }
            Some("restart") => {
                self.world()?.restart();
                Vec::new()
            }
            Some("raw") => {
                let json = line.split_once(" raw ").map(|(_, json)| json.trim().to_owned());
                self.message(when.at, Told::Line(json.ok_or("the line is missing")?))?
            }
            Some(_) => {
                let of = rest.iter().position(|word| word == "of");
                let (scan, time) = rest.split_at(of.unwrap_or(rest.len()));
                let mut written = when.written;
                if let Some((_, time)) = time.split_first() {
                    let (occurred, taken) = self.calendar.read(time, now)?;
                    if taken < time.len() {
                        return Err("nothing may stand behind the time after `of`".to_owned());
                    }
                    written = occurred.written;
                }
                let mut columns = self.parcel.clone();
                columns.set("occurred_at", &written);
                columns.add(scan, &self.glossary)?;
                match self.tongue.say(columns.record()) {
                    Some(told) => self.message(when.at, told)?,
                    None => self.world()?.tick(when.at),
                }
            }
            None => return Err("what happens is missing: a scan, tick, switch, restart or raw".to_owned()),
        };
        self.answer(line, &said)
    }

    fn message(&mut self, at: Timestamp, told: Told) -> Result<Vec<Said>, String> {
        let said = told.heard_by(self.world()?, at);
        self.heard.push(told);
        Ok(said)
    }

    /// The line, and under it the delays that opened and closed, the jobs, and what was refused.
    fn answer(&mut self, line: &str, said: &[Said]) -> Result<String, String> {
        let mut text = line.to_owned();
        let delays = self.world()?.delays();
        for delay in &delays {
            let before = self.delays.iter().find(|kept| {
                (&kept.number, kept.epoch, &kept.rule, kept.episode)
                    == (&delay.number, delay.epoch, &delay.rule, delay.episode)
            });
            self.delay(&mut text, before, delay);
        }
        self.delays = delays;
        for said in said {
            match said {
                Said::Job(job) => write!(text, "\n-> {}", job_words(&job.json)).map_err(|e| e.to_string())?,
                Said::Refused(reason, hint) => {
                    write!(text, "\n-> refused {reason}: {hint}").map_err(|e| e.to_string())?;
                }
            }
        }
        Ok(text)
    }

    fn delay(&self, text: &mut String, before: Option<&DelayRow>, delay: &DelayRow) {
        let name = format!("{}#{}", delay.rule, delay.episode);
        let opened = self.calendar.show(delay.opened_at);
        match before {
            None => {
                let _ = write!(text, "\n-> opened {name} at {opened}: {}", delay.because);
            }
            Some(before) if before.opened_at != delay.opened_at => {
                let _ = write!(text, "\n-> moved {name} to {opened}");
            }
            Some(_) => {}
        }
        if let Some((closed, ending)) = delay.closed
            && before.is_none_or(|before| before.closed != delay.closed)
        {
            let _ = write!(text, "\n-> closed {name} at {}, {ending:?}", self.calendar.show(closed));
        }
    }

    fn expect(&mut self, line: &str, rest: &[String]) -> Result<String, String> {
        let now = self.world()?.now();
        let number = self
            .parcel
            .text("tracking_number")
            .replace([' ', '.', '-'], "")
            .to_uppercase();
        let mut rows = self.world()?.rows(now);
        rows.retain(|row| row.text(Column::TrackingNumber) == number);
        let journey = rest
            .get(1)
            .filter(|_| rest.first().is_some_and(|word| word == "journey"));
        let row = match journey {
            Some(epoch) => rows.iter().find(|row| self.show(row.get(Column::Epoch)) == *epoch),
            None => rows.last(),
        };
        let row = row.ok_or_else(|| format!("nothing is known of {number} here"))?;
        let head = line.len() - line.trim_start_matches("expect").trim_start().len();
        let mut text = line.get(..head).unwrap_or("expect ").to_owned();
        let keys = rest.iter().skip(if journey.is_some() { 2 } else { 0 });
        let mut words: Vec<String> = journey.map(|epoch| format!("journey {epoch}")).into_iter().collect();
        for key in keys {
            let name = key.split_once('=').map_or(key.as_str(), |(name, _)| name);
            words.push(format!("{name}={}", quote(&self.fact(name, row)?)));
        }
        text.push_str(&words.join(" "));
        if !text.starts_with("expect ") {
            text.insert(6, ' ');
        }
        Ok(text)
    }

    fn fact(&self, name: &str, row: &Row) -> Result<String, String> {
        if name == "open" {
            let open = self
                .delays
                .iter()
                .filter(|delay| delay.closed.is_none() && delay.number == row.text(Column::TrackingNumber));
            let open: Vec<String> = open
                .map(|delay| format!("{}@{}", delay.rule, self.calendar.show(delay.opened_at)))
                .collect();
            return Ok(if open.is_empty() {
                "none".to_owned()
            } else {
                open.join(",")
            });
        }
        if name == "bounds" {
            let scans = self.world.as_ref().map(World::scans).unwrap_or_default();
            let newest = scans
                .iter()
                .rfind(|scan| scan.number == row.text(Column::TrackingNumber) && !scan.retracted);
            let show = |scan: &KeptRow| {
                [scan.time.earliest, scan.time.latest]
                    .map(|at| self.calendar.show(at))
                    .join(" to ")
            };
            return Ok(newest.map_or_else(|| "none".to_owned(), show));
        }
        let column = Column::parse(name).ok_or_else(|| {
            let names: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
            format!("`{name}` is no column; write open, bounds, {}", names.join(", "))
        })?;
        Ok(self.show(row.get(column)))
    }

    fn show(&self, cell: &Cell) -> String {
        match cell {
            Cell::Null => "none".to_owned(),
            Cell::Text(text) => text.clone(),
            Cell::Bool(truth) => truth.to_string(),
            Cell::Int(number) => number.to_string(),
            Cell::Float(number) => number.to_string(),
            Cell::Time(at) => self.calendar.show(*at),
            Cell::Interval(millis) => times::show_duration(*millis),
        }
    }

    fn any_order(&mut self) -> Result<(), String> {
        let now = self.world()?.now();
        let expected = self.world()?.outcome(now);
        let rules = self.rules.clone().ok_or("made with the world")?;
        let world = || World::new(Arc::clone(&rules), Clock::Log).with_defaults(self.tongue.defaults());
        orders::check(&world, (&self.heard, self.shuffles), now, &expected)
    }
}

/// A file of rules, by its path in the repository.
fn from_the_repository(path: &str) -> Result<String, String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))
}

fn event_clock(words: &[String]) -> Result<Clock, String> {
    match words {
        [kind, lateness] if kind == "event" => Ok(Clock::Event {
            lateness_ms: times::duration(lateness)?,
            jump_max_ms: times::duration("62d")?,
        }),
        _ => Err("write `clock event 6h`, or leave the line out for the log's clock".to_owned()),
    }
}

/// The rules of a story.
///
/// # Errors
/// What the compiler says of them.
pub fn compile(yaml: &str) -> Result<RuleSet, String> {
    if yaml.is_empty() {
        return Ok(RuleSet::empty());
    }
    let file = SourceFile {
        name: "rules",
        text: yaml,
    };
    RuleSet::compile(&[file]).map_err(|found| {
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        found.join("\n")
    })
}

/// A job in few words.
fn job_words(json: &str) -> String {
    let job: Value = serde_json::from_str(json).unwrap_or_default();
    let text = |name: &str| job.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let episode = job.get("episode").and_then(Value::as_i64).unwrap_or_default();
    format!(
        "job {} {}#{episode} {}: {}",
        text("notice"),
        text("rule"),
        text("step"),
        text("because")
    )
}
