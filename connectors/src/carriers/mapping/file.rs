//! The file of a format: read, every name in it checked, everything that is wrong told at once.

use super::codes::{Codes, Row};
use super::moment::{Moment, Pattern};
use super::path::{Levels, Path};
use super::segments::Loops;
use super::value::{Change, Texts, Unknown, Value};
use super::yaml::{Body, Entry, Mistake, Mistakes, Yaml};
use super::{Condition, Expected, Level, Mapping, Records, Syntax, Table};
use crate::carriers::field::Field;
use crate::carriers::lexicon;
use crate::carriers::refusal::nearest;
use milepost_model::TimeBasis;
use std::collections::HashMap;
use std::sync::Arc;

/// What every path may begin with: the payload.
const DOCUMENT: &str = "document";

/// Reads a file.
pub(super) fn read(text: &str) -> Result<Mapping, Vec<Mistake>> {
    let root = Yaml::parse(text).map_err(|mistake| vec![mistake])?;
    let mut reader = Reader::default();
    let mapping = reader.mapping(&root);
    let mut mistakes = reader.mistakes.0;
    mistakes.sort();
    mistakes.dedup();
    match mapping {
        Some(mapping) if mistakes.is_empty() => Ok(mapping),
        Some(_) | None => Err(mistakes),
    }
}

#[derive(Default)]
struct Reader {
    mistakes: Mistakes,
    tables: HashMap<String, Arc<Texts>>,
    codes: HashMap<String, (Yaml, Arc<Codes>)>,
}

/// The keys of the file.
const FILE_KEYS: [&str; 10] = [
    "format", "title", "payload", "loops", "detect", "empty", "tables", "codes", "fields", "records",
];
const RECORDS_KEYS: [&str; 5] = ["each", "when", "unless", "codes", "fields"];
const CHANGE_KEYS: [&str; 9] = [
    "from",
    "as",
    "after_first",
    "after_last",
    "before_first",
    "before_last",
    "table",
    "else",
    "when",
];
const TIME_KEYS: [&str; 10] = [
    "date", "time", "written", "offset", "zone", "gmt_date", "gmt_time", "basis", "midnight", "when",
];

impl Reader {
    fn mapping(&mut self, root: &Yaml) -> Option<Mapping> {
        let entries = root.entries("the file", &mut self.mistakes);
        self.know(entries, "the file", &FILE_KEYS);
        let name = self.needed(entries, "format", root.line)?;
        let name_text = name.text("`format`", &mut self.mistakes).to_owned();
        if !crate::carriers::texts::is_slug(&name_text) || name_text.is_empty() {
            self.mistakes
                .add(name.line, "`format` is a word of small letters, digits and _");
        }
        let title = find(entries, "title").map_or("", |title| title.text("`title`", &mut self.mistakes));
        let syntax = self.syntax(entries, root.line);
        let loops = self.loops(entries, syntax);
        for table in find(entries, "tables").map_or(&[][..], |tables| tables.entries("`tables`", &mut self.mistakes)) {
            let found = self.table(table);
            self.tables.insert(table.key.clone(), Arc::new(found));
        }
        for codes in find(entries, "codes").map_or(&[][..], |codes| codes.entries("`codes`", &mut self.mistakes)) {
            let found = self.rows(&codes.value);
            self.codes.insert(codes.key.clone(), found);
        }
        let document = [Box::from(DOCUMENT)];
        let mut of_payload =
            |key| find(entries, key).map_or(Vec::new(), |found| self.conditions(found, Levels(&document)));
        let (detect, empty) = (of_payload("detect"), of_payload("empty"));
        let common = find(entries, "fields");
        let records = self.needed(entries, "records", root.line)?;
        let records = records
            .items()
            .iter()
            .map(|records| self.records(records, common))
            .collect();
        Some(Mapping {
            name: name_text,
            title: title.to_owned(),
            syntax: syntax?,
            loops,
            detect,
            empty,
            records,
        })
    }

    fn syntax(&mut self, entries: &[Entry], line: usize) -> Option<Syntax> {
        let payload = self.needed(entries, "payload", line)?;
        let known = [
            ("json", Syntax::Json),
            ("xml", Syntax::Xml),
            ("csv", Syntax::Csv),
            ("x12", Syntax::X12),
            ("edifact", Syntax::Edifact),
        ];
        let text = payload.text("`payload`", &mut self.mistakes);
        let found = known.iter().find(|(name, _)| *name == text).map(|(_, syntax)| *syntax);
        if found.is_none() {
            self.mistakes.add(
                payload.line,
                format!("`payload` is json, xml, csv, x12 or edifact, not `{text}`"),
            );
        }
        found
    }

    /// Segments that begin a loop, each with the segments that may stand in it.
    fn loops(&mut self, entries: &[Entry], syntax: Option<Syntax>) -> Loops {
        let mut loops = Loops::default();
        let Some(found) = find(entries, "loops") else {
            return loops;
        };
        if !matches!(syntax, Some(Syntax::X12 | Syntax::Edifact)) {
            self.mistakes.add(found.line, "only x12 and edifact have `loops`");
        }
        for Entry { key, value, .. } in found.entries("`loops`", &mut self.mistakes) {
            let segments = value.items().iter();
            let segments = segments.map(|name| name.text("a segment of a loop", &mut self.mistakes).into());
            loops.0.insert(key.as_str().into(), segments.collect());
        }
        loops
    }

    fn records(&mut self, records: &Yaml, common: Option<&Yaml>) -> Records {
        let entries = records.entries("each of `records`", &mut self.mistakes);
        self.know(entries, "`records`", &RECORDS_KEYS);
        let (mut levels, mut each) = (vec![Box::from(DOCUMENT)], Vec::new());
        for level in find(entries, "each").map_or(&[][..], Yaml::items) {
            for Entry { key, value, .. } in level.entries("each level of `each`", &mut self.mistakes) {
                each.extend(self.level(value, Levels(&levels)));
                levels.push(key.as_str().into());
            }
        }
        let levels = Levels(&levels);
        let when = self.when(entries, levels);
        let unless = find(entries, "unless").map_or(Vec::new(), |unless| self.conditions(unless, levels));
        let mut fields: Vec<(Field, Value)> = Vec::new();
        for set in common.into_iter().chain(find(entries, "fields")) {
            for (field, value) in self.fields(set, levels) {
                fields.retain(|(other, _)| *other != field);
                fields.push((field, value));
            }
        }
        let (mut raw, mut tables) = (Vec::new(), Vec::new());
        let codes = find(entries, "codes");
        for codes in codes.map_or(&[][..], Yaml::items) {
            tables.extend(self.codes_of(codes, levels, &mut raw));
        }
        let has = |field: Field| fields.iter().any(|(other, _)| *other == field);
        if !has(Field::TrackingNumber) {
            self.mistakes.add(
                records.line,
                "no `tracking_number` among the fields: whose scans are these?",
            );
        }
        if !has(Field::OccurredAt) {
            self.mistakes
                .add(records.line, "no `occurred_at` among the fields: when did it happen?");
        }
        if codes.is_none() && !has(Field::Status) && !has(Field::Code) {
            self.mistakes.add(
                records.line,
                "neither `codes` nor a field `status` or `code`: what happened?",
            );
        }
        Records::new(each, (when, unless), fields, (raw, tables))
    }

    /// A place, or `{ json: place }` where a text stands that is JSON again.
    fn level(&mut self, level: &Yaml, levels: Levels<'_>) -> Option<Level> {
        let (place, is_json) = match &level.body {
            Body::Map(entries) => {
                self.know(entries, "a level", &["json"]);
                (self.needed(entries, "json", level.line)?, true)
            }
            Body::Text(_) | Body::List(_) => (level, false),
        };
        let path = self.path(place, levels)?;
        Some(Level { path, is_json })
    }

    fn fields(&mut self, set: &Yaml, levels: Levels<'_>) -> Vec<(Field, Value)> {
        let mut fields = Vec::new();
        for entry in set.entries("`fields`", &mut self.mistakes) {
            let Some(field) = lexicon::FIELDS.find(&entry.key) else {
                let names = Field::ALL.iter().map(|field| field.name());
                let near = nearest(&entry.key, names).map_or(String::new(), |name| format!("; did you mean {name}?"));
                self.mistakes
                    .add(entry.line, format!("`{}` is no column of a scan{near}", entry.key));
                continue;
            };
            if let Some(value) = self.value(&entry.value, levels) {
                fields.push((field, value));
            }
        }
        fields
    }

    fn value(&mut self, value: &Yaml, levels: Levels<'_>) -> Option<Value> {
        let found = match &value.body {
            Body::Text(text) => match text.strip_prefix('=') {
                Some(constant) => Some(Value::Constant(constant.trim().into())),
                None => self.plain(value, text, levels),
            },
            Body::List(items) => {
                let values = items.iter().filter_map(|item| self.value(item, levels));
                Some(Value::First(values.collect()))
            }
            Body::Map(entries) if find(entries, "date").is_some() => {
                let moment = self.moment(entries, value.line, levels)?;
                Some(Value::Time(Box::new(moment)))
            }
            Body::Map(entries) if find(entries, "join").is_some() => {
                self.know(entries, "a joined value", &["join", "with", "when"]);
                let with = find(entries, "with").map_or(", ", |with| with.text("`with`", &mut self.mistakes));
                let paths = find(entries, "join").map_or(&[][..], Yaml::items).iter();
                let paths = paths.filter_map(|path| self.path(path, levels)).collect();
                Some(Value::Joined(paths, with.into()))
            }
            Body::Map(entries) => self.changed(entries, value.line, levels),
        }?;
        let when = match &value.body {
            Body::Map(entries) => self.when(entries, levels),
            Body::Text(_) | Body::List(_) => Vec::new(),
        };
        Some(if when.is_empty() {
            found
        } else {
            Value::When(when, Box::new(found))
        })
    }

    /// A place; a word that is none may be meant as it stands.
    fn plain(&mut self, value: &Yaml, text: &str, levels: Levels<'_>) -> Option<Value> {
        match Path::parse(text, levels) {
            Ok(path) => Some(Value::Plain(path)),
            Err(why) if text.contains(['.', '[', '|']) => {
                self.mistakes.add(value.line, why);
                None
            }
            Err(why) => {
                let what = format!("{why}; if it is always `{text}`, write `={text}`");
                self.mistakes.add(value.line, what);
                None
            }
        }
    }

    fn changed(&mut self, entries: &[Entry], line: usize, levels: Levels<'_>) -> Option<Value> {
        let is_of_times = |entry: &&Entry| {
            let key = entry.key.as_str();
            TIME_KEYS.contains(&key) && !CHANGE_KEYS.contains(&key)
        };
        if let Some(Entry { key, line, .. }) = entries.iter().find(is_of_times) {
            let what =
                format!("`{key}` belongs to a time, and a time is `{{ date: …, written: … }}`: its place is `date`");
            self.mistakes.add(*line, what);
            return None;
        }
        self.know(entries, "a value", &CHANGE_KEYS);
        let from = self.needed(entries, "from", line)?;
        let path = self.path(from, levels)?;
        let unknown = match find(entries, "else").map(|unknown| unknown.text("`else`", &mut self.mistakes)) {
            None | Some("same") => Unknown::Stays,
            Some("none") => Unknown::Goes,
            Some(other) => {
                self.mistakes
                    .add(line, format!("`else` is `same` or `none`, not `{other}`"));
                Unknown::Stays
            }
        };
        let mut changes = Vec::new();
        for Entry { key, value, line } in entries.iter().filter(|entry| entry.key != "when") {
            let text = value.text(key, &mut self.mistakes);
            match (key.as_str(), text) {
                ("as", "slug") => changes.push(Change::Slug),
                ("as", "upper") => changes.push(Change::Upper),
                ("as", "lower") => changes.push(Change::Lower),
                ("as", "gs1") => changes.push(Change::Gs1),
                ("as", "locode_country") => changes.push(Change::LocodeCountry),
                ("as", other) => self.mistakes.add(
                    *line,
                    format!("`as` is slug, upper, lower, gs1 or locode_country, not `{other}`"),
                ),
                ("after_first", sign) => changes.push(Change::AfterFirst(sign.into())),
                ("after_last", sign) => changes.push(Change::AfterLast(sign.into())),
                ("before_first", sign) => changes.push(Change::BeforeFirst(sign.into())),
                ("before_last", sign) => changes.push(Change::BeforeLast(sign.into())),
                ("table", name) => match self.tables.get(name) {
                    Some(table) => changes.push(Change::Table(Arc::clone(table), unknown)),
                    None => self
                        .mistakes
                        .add(*line, format!("there is no table `{name}` under `tables`")),
                },
                _known => {}
            }
        }
        Some(Value::Changed(path, changes))
    }

    fn moment(&mut self, entries: &[Entry], line: usize, levels: Levels<'_>) -> Option<Moment> {
        self.know(entries, "a time", &TIME_KEYS);
        let date = self.needed(entries, "date", line)?;
        let date = self.path(date, levels)?;
        let offset = find(entries, "offset").and_then(|offset| self.value(offset, levels));
        let zone = find(entries, "zone").and_then(|zone| self.value(zone, levels));
        let mut optional = |name: &str| find(entries, name).and_then(|path| self.path(path, levels));
        let time = optional("time");
        let (gmt_date, gmt_time) = (optional("gmt_date"), optional("gmt_time"));
        let mut written = Vec::new();
        for pattern in find(entries, "written").map_or(&[][..], Yaml::items) {
            match Pattern::parse(pattern.text("`written`", &mut self.mistakes)) {
                Ok(pattern) => written.push(pattern),
                Err(why) => self.mistakes.add(pattern.line, why),
            }
        }
        let basis = find(entries, "basis").and_then(|basis| {
            let text = basis.text("`basis`", &mut self.mistakes);
            let found = TimeBasis::ALL.iter().find(|known| known.as_str() == text).copied();
            if found.is_none() {
                let known: Vec<&str> = TimeBasis::ALL.iter().map(|basis| basis.as_str()).collect();
                self.mistakes.add(
                    basis.line,
                    format!("`{text}` is no basis; there are {}", known.join(", ")),
                );
            }
            found
        });
        let midnight = find(entries, "midnight").map(|midnight| midnight.text("`midnight`", &mut self.mistakes));
        if let Some(other) = midnight.filter(|midnight| *midnight != "is_day") {
            self.mistakes
                .add(line, format!("`midnight` is `is_day` or left out, not `{other}`"));
        }
        Some(Moment {
            date,
            time,
            written,
            offset,
            zone,
            gmt: gmt_date.map(|date| (date, gmt_time)),
            basis,
            midnight_is_day: midnight.is_some(),
        })
    }

    /// Codes by the name of a table, or written here. What their values are is added to `raw`.
    fn codes_of(&mut self, codes: &Yaml, levels: Levels<'_>, raw: &mut Vec<Path>) -> Option<Table> {
        let (from, codes) = match &codes.body {
            Body::Text(name) => match self.codes.get(name) {
                Some(found) => found.clone(),
                None => {
                    self.mistakes
                        .add(codes.line, format!("there is no `{name}` under `codes`"));
                    return None;
                }
            },
            Body::Map(_) | Body::List(_) => self.rows(codes),
        };
        let mut values = Vec::new();
        for path in from.items().iter().filter_map(|path| self.path(path, levels)) {
            let known = raw.iter().position(|other| *other == path);
            values.push(known.unwrap_or_else(|| {
                raw.push(path);
                raw.len() - 1
            }));
        }
        Some(Table { values, codes })
    }

    /// Where raw codes stand, and what each means.
    fn rows(&mut self, codes: &Yaml) -> (Yaml, Arc<Codes>) {
        let entries = codes.entries("`codes`", &mut self.mistakes);
        self.know(entries, "`codes`", &["from", "rows"]);
        let nothing = Yaml {
            line: codes.line,
            body: Body::List(Vec::new()),
        };
        let from = self.needed(entries, "from", codes.line).cloned().unwrap_or(nothing);
        let mut rows = Vec::new();
        for Entry { key, value, line } in
            find(entries, "rows").map_or(&[][..], |rows| rows.entries("`rows`", &mut self.mistakes))
        {
            match Row::parse(key, value.text("what a code means", &mut self.mistakes), *line) {
                Ok(row) => rows.push(row),
                Err(why) => self.mistakes.add(*line, why),
            }
        }
        let codes = Codes::new(rows, from.items().len()).unwrap_or_else(|mistakes| {
            for (line, what) in mistakes {
                self.mistakes.add(line, what);
            }
            Codes::default()
        });
        (from, Arc::new(codes))
    }

    fn table(&mut self, table: &Entry) -> Texts {
        let entries = table.value.entries("a table", &mut self.mistakes).iter();
        let pairs = entries.map(|entry| {
            let text = entry.value.text("a value of a table", &mut self.mistakes);
            (entry.key.to_lowercase().into(), text.into())
        });
        pairs.collect()
    }

    fn when(&mut self, entries: &[Entry], levels: Levels<'_>) -> Vec<Condition> {
        find(entries, "when").map_or(Vec::new(), |when| self.conditions(when, levels))
    }

    fn conditions(&mut self, conditions: &Yaml, levels: Levels<'_>) -> Vec<Condition> {
        let mut found = Vec::new();
        for Entry { key, value, line } in conditions.entries("a condition", &mut self.mistakes) {
            let expected = self.expected(value, levels);
            match (Path::parse(key, levels), expected) {
                (Ok(path), Some(expected)) => found.push(Condition { path, expected }),
                (Ok(_), None) => {}
                (Err(why), _) => self.mistakes.add(*line, why),
            }
        }
        found
    }

    /// A text or several, `*` for anything, the empty text for nothing, or the place where the same must stand.
    fn expected(&mut self, value: &Yaml, levels: Levels<'_>) -> Option<Expected> {
        if let Body::Map(entries) = &value.body {
            self.know(entries, "a condition", &["same_as"]);
            let other = self.needed(entries, "same_as", value.line)?;
            return self.path(other, levels).map(Expected::SameAs);
        }
        let texts = value.items().iter();
        let texts = texts.map(|text| text.text("a text to compare with", &mut self.mistakes).to_lowercase());
        let texts: Vec<String> = texts.collect();
        Some(match texts.as_slice() {
            [any] if any == "*" => Expected::Anything,
            [none] if none.is_empty() => Expected::Nothing,
            _several => Expected::OneOf(texts),
        })
    }

    fn path(&mut self, path: &Yaml, levels: Levels<'_>) -> Option<Path> {
        let text = path.text("a place in the payload", &mut self.mistakes);
        match Path::parse(text, levels) {
            Ok(path) => Some(path),
            Err(why) => {
                self.mistakes.add(path.line, why);
                None
            }
        }
    }

    fn needed<'y>(&mut self, entries: &'y [Entry], name: &str, line: usize) -> Option<&'y Yaml> {
        let found = find(entries, name);
        if found.is_none() {
            self.mistakes.add(line, format!("`{name}` is missing here"));
        }
        found
    }

    /// Refuses names that mean nothing.
    fn know(&mut self, entries: &[Entry], what: &str, known: &[&str]) {
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let near = nearest(&entry.key, known.iter().copied());
            let near = near.map_or(format!("there are {}", known.join(", ")), |near| {
                format!("did you mean {near}?")
            });
            self.mistakes.add(
                entry.line,
                format!("`{}` is nothing that {what} has; {near}", entry.key),
            );
        }
    }
}

fn find<'y>(entries: &'y [Entry], name: &str) -> Option<&'y Yaml> {
    let found = entries.iter().find(|entry| entry.key == name);
    found.map(|entry| &entry.value)
}
