//! The formats that come with the program, and those of a directory over them.

use super::tree::Node;
use super::{Mapping, Mistake};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

macro_rules! formats {
    ($($name:literal,)+) => {
        /// The files of the formats that come with the program, with their names.
        pub const FILES: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../../formats/", $name, ".yaml"))),)+
        ];
    };
}

formats! {
    "aftership",
    "australia_post",
    "canada_post",
    "cloudevents",
    "dcsa",
    "dhl_ecommerce",
    "dhl_express",
    "dhl_unified",
    "dpd",
    "dpd_scaninfo",
    "easypost",
    "edifact_iftsta",
    "epcis",
    "epcis_xml",
    "fedex_track",
    "gls",
    "inpost",
    "la_poste",
    "mydhl",
    "purolator",
    "royal_mail",
    "seventeentrack",
    "ship24",
    "shipengine",
    "shippo",
    "shopify",
    "tnt",
    "ups_track",
    "ups_track_alert",
    "usps_v3",
    "x12_214",
}

/// Formats by their names.
#[derive(Clone, Debug, Default)]
pub struct Formats {
    by_name: BTreeMap<String, Arc<Mapping>>,
}

static BUILT_IN: LazyLock<Formats> = LazyLock::new(|| {
    let mut formats = Formats::default();
    for (name, text) in FILES {
        let mapping =
            Mapping::parse(text).unwrap_or_else(|mistakes| panic!("{name}: {mistakes:?}; a test reads them all"));
        formats.add(mapping);
    }
    formats
});

impl Formats {
    /// Those that come with the program.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Adds one, over another of the same name.
    pub fn add(&mut self, mapping: Mapping) {
        self.by_name.insert(mapping.name().to_owned(), Arc::new(mapping));
    }

    /// These, and those of files over them, each with its name for messages.
    ///
    /// # Errors
    /// Everything that is wrong with each file, with its name.
    pub fn with_files(&self, files: &[(String, String)]) -> Result<Self, Vec<(String, Mistake)>> {
        let (mut formats, mut wrong) = (self.clone(), Vec::new());
        for (file, text) in files {
            match Mapping::parse(text) {
                Ok(mapping) => formats.add(mapping),
                Err(mistakes) => wrong.extend(mistakes.into_iter().map(|mistake| (file.clone(), mistake))),
            }
        }
        if wrong.is_empty() { Ok(formats) } else { Err(wrong) }
    }

    /// The format of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Mapping>> {
        self.by_name.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Mapping>> {
        self.by_name.values()
    }

    /// The formats of which a payload may be, by what `detect` says in their files.
    #[must_use]
    pub fn detect(&self, payload: &[u8]) -> Vec<&Arc<Mapping>> {
        self.of_which(payload, Mapping::fits)
    }

    /// The formats of which a payload may be that has no scans yet, by what `empty` says in their files.
    #[must_use]
    pub fn detect_empty(&self, payload: &[u8]) -> Vec<&Arc<Mapping>> {
        self.of_which(payload, Mapping::is_empty)
    }

    fn of_which(&self, payload: &[u8], fits: fn(&Mapping, Node<'_>) -> bool) -> Vec<&Arc<Mapping>> {
        let memory = bumpalo::Bump::new();
        let Ok(text) = super::super::payload_text(payload, &memory) else {
            return Vec::new();
        };
        // Every syntax is read once.
        let mut trees = Vec::new();
        let fitting = self.iter().filter(|mapping| {
            let written = (mapping.syntax, &mapping.loops);
            if !trees.iter().any(|(known, _)| *known == written) {
                trees.push((written, mapping.tree(text, &memory).ok()));
            }
            let tree = trees.iter().find(|(known, _)| *known == written);
            tree.and_then(|(_, tree)| *tree).is_some_and(|tree| fits(mapping, tree))
        });
        fitting.collect()
    }
}
