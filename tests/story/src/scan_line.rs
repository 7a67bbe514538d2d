//! A scan in a story's words, turned into the canonical line that the decoder reads.

use milepost_model::{Code, Kind, Status};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Short names that a story gives to scans and places.
#[derive(Clone, Debug, Default)]
pub struct Glossary {
    /// `DE/08` for the words of a scan.
    pub scans: BTreeMap<String, Vec<String>>,
    /// `D1` for `Louisville,KY,40213,US`.
    pub places: BTreeMap<String, String>,
}

/// A record in the making: columns of the canonical form.
#[derive(Clone, Debug, Default)]
pub struct Columns(Map<String, Value>);

impl Columns {
    /// Sets a column.
    pub fn set(&mut self, name: &str, text: &str) {
        let number = matches!(name, "attempt" | "latitude" | "longitude");
        let value = match text.parse::<serde_json::Number>() {
            Ok(found) if number => Value::Number(found),
            _ => Value::String(text.to_owned()),
        };
        self.0.insert(name.to_owned(), value);
    }

    /// A text column.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The canonical line.
    #[must_use]
    pub fn line(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// The canonical record.
    #[must_use]
    pub const fn record(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Reads the words of a scan: a status, code or short name, `@place`, `column=value`.
    ///
    /// # Errors
    /// Says which word is not understood.
    pub fn add(&mut self, words: &[String], glossary: &Glossary) -> Result<(), String> {
        for word in words {
            if let Some(place) = word.strip_prefix('@') {
                self.place(place, glossary)?;
            } else if let Some((name, value)) = word.split_once('=') {
                self.set(name, value);
            } else if let Some(meaning) = glossary.scans.get(word) {
                self.add(meaning, glossary)?;
            } else {
                self.word(word)?;
            }
        }
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), String> {
        if Kind::parse(word).is_some() {
            self.set("kind", word);
        } else if Status::parse(word).is_some() {
            self.set("status", word);
        } else if let Some((status, code)) = word.split_once('/') {
            if Status::parse(status).is_none() {
                return Err(format!("`{word}` is no status/code, and no `word` line explains it"));
            }
            self.set("status", status);
            self.set("code", code);
        } else if Code::parse(word).is_some() {
            self.set("code", word);
        } else {
            return Err(format!(
                "`{word}` is no kind, status or code, and no `word` line explains it"
            ));
        }
        Ok(())
    }

    fn place(&mut self, place: &str, glossary: &Glossary) -> Result<(), String> {
        let place = glossary.places.get(place).map_or(place, String::as_str);
        let parts = ["city", "region", "postal_code", "country", "facility"];
        if place.split(',').count() > parts.len() {
            return Err(format!("`@{place}` has more parts than {}", parts.join(",")));
        }
        if !place.contains(',') {
            return Err(format!(
                "`@{place}` is no place; write @City,Region,Postal,Country or explain it in a `place` line"
            ));
        }
        for (name, part) in parts.iter().zip(place.split(',')) {
            self.set(name, part);
        }
        Ok(())
    }
}
