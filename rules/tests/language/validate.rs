//! As much of JSON Schema as the schema of rule files uses, and YAML as an editor reads it. A key word that is not known
//! here fails the test: it is not passed over.

use regex::Regex;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// Where the first thing is that the schema does not allow, as a JSON pointer. The innermost place counts.
pub(crate) fn invalid(schema: &Value, value: &Value) -> Option<String> {
    check(schema, schema, value).err()
}

/// The place behind a name, deeper in.
fn within(name: &str, outcome: Result<(), String>) -> Result<(), String> {
    outcome.map_err(|place| format!("/{name}{place}"))
}

fn check(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let here = |is_valid: bool| if is_valid { Ok(()) } else { Err(String::new()) };
    let members = schema.as_object().expect("a schema is an object");
    for (word, rule) in members {
        match word.as_str() {
            "$schema" | "title" | "description" | "$defs" => {}
            "$ref" => {
                let pointer = rule
                    .as_str()
                    .and_then(|text| text.strip_prefix('#'))
                    .expect("a local reference");
                check(
                    root,
                    root.pointer(pointer).expect("what is referred to is there"),
                    value,
                )?;
            }
            "type" => here(types(rule).any(|kind| is_of(kind, value)))?,
            "enum" => here(rule.as_array().expect("a list").contains(value))?,
            "not" => here(check(root, rule, value).is_err())?,
            "pattern" => {
                let regex = Regex::new(rule.as_str().expect("a text")).expect("an expression");
                here(value.as_str().is_none_or(|text| regex.is_match(text)))?;
            }
            "minLength" => here(value.as_str().is_none_or(|text| text.chars().count() >= size(rule)))?,
            "minimum" => here(
                value
                    .as_u64()
                    .is_none_or(|number| number >= rule.as_u64().expect("a number")),
            )?,
            "maximum" => here(
                value
                    .as_u64()
                    .is_none_or(|number| number <= rule.as_u64().expect("a number")),
            )?,
            "maxItems" => here(value.as_array().is_none_or(|items| items.len() <= size(rule)))?,
            "anyOf" => here(options(rule).iter().any(|option| check(root, option, value).is_ok()))?,
            "oneOf" => one_of(root, options(rule), value)?,
            "items" => items(root, rule, value)?,
            "required" => {
                let has = |name: &str| value.as_object().is_none_or(|map| map.contains_key(name));
                here(types(rule).all(has))?;
            }
            "properties" | "additionalProperties" | "propertyNames" => properties(root, members, word, value)?,
            other => panic!("the key word {other} is not known here"),
        }
    }
    Ok(())
}

/// A text, or the texts of a list.
fn types(rule: &Value) -> impl Iterator<Item = &str> {
    let list = rule.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .chain(rule.is_string().then_some(rule))
        .filter_map(Value::as_str)
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the type {other} is not known here"),
    }
}

fn size(rule: &Value) -> usize {
    rule.as_u64()
        .and_then(|size| usize::try_from(size).ok())
        .expect("a size")
}

fn options(rule: &Value) -> &[Value] {
    rule.as_array().expect("a list of schemas")
}

/// Exactly one must fit. Where none does, an editor shows what the nearest of them says: the one that reaches deepest.
fn one_of(root: &Value, options: &[Value], value: &Value) -> Result<(), String> {
    let outcomes: Vec<Result<(), String>> = options.iter().map(|option| check(root, option, value)).collect();
    match outcomes.iter().filter(|outcome| outcome.is_ok()).count() {
        1 => Ok(()),
        0 => {
            // A rule with `delay` is meant as one: what stops the other option is that key.
            let others = outcomes.into_iter().filter_map(Result::err);
            let others = others.filter(|place| place != "/delay" && place != "/notice" || is_bad_name(value, place));
            Err(others.max_by_key(String::len).unwrap_or_default())
        }
        _ => Err(String::new()),
    }
}

fn is_bad_name(value: &Value, place: &str) -> bool {
    let name = value.pointer(place).and_then(Value::as_str).unwrap_or_default();
    !name.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn items(root: &Value, rule: &Value, value: &Value) -> Result<(), String> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    for (at, item) in items.iter().enumerate() {
        within(&at.to_string(), check(root, rule, item))?;
    }
    Ok(())
}

fn properties(root: &Value, schema: &Map<String, Value>, word: &str, value: &Value) -> Result<(), String> {
    let Some(found) = value.as_object() else {
        return Ok(());
    };
    let known = schema.get("properties").and_then(Value::as_object);
    for (name, inner) in found {
        let of_name = known.and_then(|known| known.get(name));
        let rule = schema.get(word).expect("the word is there");
        let outcome = match (word, of_name) {
            ("properties", Some(rule)) => check(root, rule, inner),
            ("additionalProperties", None) if rule == false => Err(String::new()),
            ("additionalProperties", None) => check(root, rule, inner),
            ("propertyNames", _) => check(root, rule, &Value::String(name.clone())),
            _ => Ok(()),
        };
        within(name, outcome)?;
    }
    Ok(())
}

/// YAML as an editor reads it, by the core schema: plain `true` and `12` are no texts.
pub(crate) fn value(text: &str) -> Value {
    let mut events = Parser::new_from_str(text).map(|event| event.expect("YAML").0);
    let start = events.find(|event| !matches!(event, Event::StreamStart | Event::DocumentStart(_)));
    start.map_or(Value::Null, |event| built(event, &mut events))
}

fn built<'t>(event: Event<'t>, events: &mut impl Iterator<Item = Event<'t>>) -> Value {
    match event {
        Event::Scalar(text, ScalarStyle::Plain, ..) => plain(&text),
        Event::Scalar(text, ..) => Value::String(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                let event = events.next().expect("a list ends");
                if matches!(event, Event::SequenceEnd) {
                    break Value::Array(items);
                }
                items.push(built(event, events));
            }
        }
        Event::MappingStart(..) => {
            let mut members = Map::new();
            loop {
                let event = events.next().expect("a mapping ends");
                if matches!(event, Event::MappingEnd) {
                    break Value::Object(members);
                }
                let Event::Scalar(key, ..) = event else {
                    panic!("{event:?} is no key");
                };
                let event = events.next().expect("a value follows its key");
                members.insert(key.into_owned(), built(event, events));
            }
        }
        Event::Nothing
        | Event::StreamStart
        | Event::StreamEnd
        | Event::DocumentStart(_)
        | Event::DocumentEnd
        | Event::Alias(_)
        | Event::SequenceEnd
        | Event::MappingEnd => Value::Null,
    }
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" => Value::Null,
        "true" => true.into(),
        "false" => false.into(),
        _ => {
            let is_number = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.'));
            let whole = text.parse::<i64>().ok().map(Value::from);
            let broken = text.parse::<f64>().ok().filter(|_| is_number).map(Value::from);
            whole.or(broken).unwrap_or_else(|| text.into())
        }
    }
}
