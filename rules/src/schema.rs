//! The JSON Schema of rule files (draft 2020-12), for editors: made from the tables that the reader of files follows. It
//! knows the form of a file; what stands in conditions, and what other files have, only `check` knows.

mod json;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use milepost_model::{Code, Column, EstimateSource, Health, Kind, Reason, Status};

use crate::rule::{Backfill, Limit};
use crate::story::{FIELDS, FieldTakes, OUTCOMES};
use crate::syntax::file::{ESCALATIONS_MAX, LIST_ITEMS_MAX};
use crate::syntax::shapes::{CSV_LIST, DELAY, FILE, NOTICE, NOTIFY, Shape, TEST, Takes};
use json::Json;

/// Names of rules and notices.
const NAME: &str = "[a-z][a-z0-9_.-]{0,63}";

/// Names of expressions and lists.
const WORD: &str = "^[a-z][a-z0-9_]{0,63}$";

/// A length of time in one word.
const OFFSET: &str = "(?:0|(?:[0-9]+(?:ms|[dhms]))+)";

/// A length of time.
const DURATION: &str = "^\\s*(?:0|(?:[0-9]+(?:ms|[dhms])\\s*)+)\\s*$";

/// The schema as text.
#[must_use]
pub fn schema() -> String {
    let definitions = [
        ("delay", of_shape(&DELAY)),
        ("notice", of_shape(&NOTICE)),
        ("notify", of_shape(&NOTIFY)),
        ("test", of_shape(&TEST)),
        ("shipment", shipment()),
        ("condition", scalar().with("minLength", 1)),
        ("duration", duration()),
        ("word", word()),
        ("story", text().with("pattern", story())),
        ("expect", nullable("string").with("pattern", expect())),
        ("sentence", scalar().with("minLength", 1).with("pattern", sentence())),
    ];
    let schema = Json::map()
        .with("$schema", "https://json-schema.org/draft/2020-12/schema")
        .with("title", "Milepost rule file")
        .with(
            "description",
            "Rules over live shipments. `milepost rules help` is the reference.",
        );
    // A file with nothing but comments is a rule file, too.
    let schema = with_keys(schema.with("type", list(&["object", "null"])), &FILE);
    let definitions = definitions
        .into_iter()
        .fold(Json::map(), |map, (name, value)| map.with(name, value));
    let mut out = String::new();
    schema.with("$defs", definitions).write(&mut out, 0);
    out.push('\n');
    out
}

fn of_shape(shape: &Shape) -> Json {
    with_keys(Json::map().with("type", "object"), shape)
}

fn with_keys(json: Json, shape: &Shape) -> Json {
    let keys = shape.keys.iter();
    let properties = keys.clone().fold(Json::map(), |map, key| {
        // The description stands first: it is what an editor shows.
        map.with(
            key.name,
            Json::map().with("description", key.says).and(under(key.takes)),
        )
    });
    let required: Vec<&str> = keys.filter(|key| key.is_required).map(|key| key.name).collect();
    let json = json.with("additionalProperties", false).with("properties", properties);
    if required.is_empty() {
        json
    } else {
        json.with("required", list(&required))
    }
}

fn under(takes: Takes) -> Json {
    match takes {
        Takes::Name => text().with("pattern", format!("^{NAME}$")),
        Takes::Condition => reference("condition"),
        Takes::Duration => reference("duration"),
        Takes::Durations => nullable("array")
            .with("items", reference("duration"))
            .with("maxItems", ESCALATIONS_MAX),
        Takes::Health => {
            let health = Health::ALL.iter().filter(|health| **health != Health::Ok);
            one_of(health.map(|health| health.as_str()))
        }
        Takes::Limit => one_of(Limit::NAMES.iter().map(|(name, _)| *name)),
        Takes::Backfill => one_of(Backfill::NAMES.iter().map(|(name, _)| *name)),
        Takes::Sentence => reference("sentence"),
        Takes::Text => scalar().with("minLength", 1),
        Takes::Notify => reference("notify"),
        Takes::Shipment => reference("shipment"),
        Takes::Story => reference("story"),
        Takes::Expect => reference("expect"),
        Takes::Rules => {
            let either = Json::List([reference("delay"), reference("notice")].into());
            nullable("array").with("items", Json::map().with("oneOf", either))
        }
        Takes::Lets => nullable("object")
            .with("propertyNames", reference("word"))
            .with("additionalProperties", reference("condition")),
        Takes::Lists => nullable("object").with("propertyNames", reference("word")).with(
            "additionalProperties",
            Json::map().with("oneOf", Json::List([items(), of_shape(&CSV_LIST)].into())),
        ),
        Takes::Tests => nullable("array").with("items", reference("test")),
    }
}

/// Items of a list: all numbers, or all texts.
fn items() -> Json {
    let numbers = Json::map().with("items", Json::map().with("type", "integer"));
    let no_integer = Json::map().with("type", "integer");
    let texts = Json::map().with("items", scalar().with("not", no_integer));
    nullable("array")
        .with("maxItems", LIST_ITEMS_MAX)
        .with("anyOf", Json::List([numbers, texts].into()))
}

fn shipment() -> Json {
    let properties = FIELDS.iter().fold(Json::map(), |map, (name, takes)| {
        map.with(
            name,
            match takes {
                FieldTakes::Text => Json::map().with("type", list(&["string", "number", "boolean", "null"])),
                FieldTakes::Int => integer("^[+-]?[0-9]+$"),
                FieldTakes::Time => {
                    integer("^\\s*[0-9]").with("description", "5d after the story's zero, a date, or RFC 3339.")
                }
                FieldTakes::Reason => one_of(Reason::ALL.iter().map(|reason| reason.as_str())),
                FieldTakes::Kind => one_of(Kind::ALL.iter().map(|kind| kind.as_str())),
                FieldTakes::Source => one_of(EstimateSource::ALL.iter().map(|source| source.as_str())),
            },
        )
    });
    nullable("object")
        .with("additionalProperties", false)
        .with("properties", properties)
}

/// A number, or a text that looks like that.
fn integer(pattern: &str) -> Json {
    Json::map()
        .with("type", list(&["string", "integer"]))
        .with("pattern", pattern)
}

fn duration() -> Json {
    // `0` without a unit is a number to YAML.
    integer(DURATION)
        .with("minimum", 0)
        .with("maximum", 0)
        .with("description", "90m, 36h, 2d or \"1d 12h\".")
}

fn word() -> Json {
    let taken = Column::ALL.iter().map(|column| column.name());
    let taken: Vec<&str> = taken.chain(["now", "true", "false", "null"]).collect();
    Json::map()
        .with("pattern", WORD)
        .with("not", Json::map().with("enum", list(&taken)))
}

/// A time, and a status, a status with one of its codes, a code of a notice, `tick`, or `learned`; then a place and fields.
fn story() -> String {
    let of_status = Status::ALL.iter().map(|status| {
        let codes = Code::ALL.iter();
        let fitting = codes.filter(|code| code.status().is_none_or(|of_code| of_code == *status));
        let fitting: Vec<&str> = fitting.map(|code| code.as_str()).collect();
        format!("{}(?:/(?:{}))?", status.as_str(), fitting.join("|"))
    });
    let codes = Code::ALL.iter().map(|code| code.as_str().into());
    let what: Vec<String> = of_status.chain(codes).collect();
    lines(&format!(
        "{OFFSET}[ \\t]+(?:tick[ \\t]*|learned[ \\t][^\\n]*|(?:{})(?:[ \\t][^\\n]*)?)",
        what.join("|")
    ))
}

/// A time, an outcome and a name, or `nothing`.
fn expect() -> String {
    let outcomes: Vec<&str> = OUTCOMES.iter().map(|(word, _)| *word).collect();
    let line = format!("{OFFSET}[ \\t]+(?:{})[ \\t]+{NAME}[ \\t]*", outcomes.join("|"));
    format!("^\\s*nothing\\s*$|{}", lines(&line))
}

/// Lines of that form, empty lines and comments.
fn lines(line: &str) -> String {
    let line = format!("[ \\t]*(?:#[^\\n]*|{line})?");
    format!("^(?:{line}\\n)*{line}$")
}

/// Text with columns in braces.
fn sentence() -> String {
    let columns: Vec<&str> = Column::ALL.iter().map(|column| column.name()).chain(["now"]).collect();
    format!(
        "^(?:[^{{}}]|\\{{\\{{|\\}}\\}}|\\{{\\s*(?:{})\\s*\\}})*$",
        columns.join("|")
    )
}

fn text() -> Json {
    Json::map().with("type", "string")
}

/// To us every plain word is a text; to YAML `true` and `12` are not.
fn scalar() -> Json {
    Json::map().with("type", list(&["string", "number", "boolean"]))
}

fn nullable(kind: &str) -> Json {
    Json::map().with("type", list(&[kind, "null"]))
}

fn reference(name: &str) -> Json {
    Json::map().with("$ref", format!("#/$defs/{name}"))
}

fn one_of<'n>(names: impl Iterator<Item = &'n str>) -> Json {
    let names: Vec<&str> = names.collect();
    Json::map().with("enum", list(&names))
}

fn list(texts: &[&str]) -> Json {
    Json::List(texts.iter().map(|text| Json::from(*text)).collect())
}
