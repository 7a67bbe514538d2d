//! Reading generations back: every byte is hashed before anything is made of it, and what is damaged is passed over.

use super::Snapshots;
use super::hash;
use super::manifest::{Manifest, StateFile};
use crate::format_texts::{self, FormatSet};
use crate::rule_texts::{self, Rules};
use anyhow::{Context, Result, anyhow, bail};
use milepost_core::{Learning, Shard};
use milepost_rules::RuleSet;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

impl Snapshots {
    /// Reads the bytes of a file of a generation and checks them.
    fn read(&self, manifest: &Manifest, file: &StateFile) -> Result<Vec<u8>> {
        let path = manifest.dir.join(&file.name);
        let bytes = self
            .disk
            .read(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        if bytes.len() as u64 != file.bytes {
            bail!(
                "{} has {} bytes, its manifest says {}",
                path.display(),
                bytes.len(),
                file.bytes
            );
        }
        if hash(&bytes) != file.hash {
            bail!("{} is damaged: its hash does not match", path.display());
        }
        Ok(bytes)
    }

    /// Names and texts of files.
    fn texts(&self, manifest: &Manifest, file: &StateFile) -> Result<Vec<(String, String)>> {
        let bytes = self.read(manifest, file)?;
        let name = &file.name;
        let files: Vec<Value> =
            serde_json::from_slice(&bytes).with_context(|| format!("{name} of the snapshot is not JSON"))?;
        let text = |file: &Value, name: &str| file.get(name).and_then(Value::as_str).map(str::to_owned);
        let files = files.iter().map(|file| text(file, "name").zip(text(file, "text")));
        let files = files.collect::<Option<Vec<_>>>();
        files.with_context(|| format!("{name} of the snapshot is no list of files"))
    }

    /// The formats by which the log is read on.
    ///
    /// # Errors
    /// When they are damaged, or mean nothing to this program.
    pub fn formats(&self, manifest: &Manifest) -> Result<FormatSet> {
        let files = self.texts(manifest, &manifest.formats_file)?;
        FormatSet::compile(files).map_err(|mistakes| {
            let told = format_texts::told(&mistakes);
            anyhow!(
                "the mapping files of {} are none to this program: {told}",
                manifest.dir.display()
            )
        })
    }

    /// What was learned of lanes.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn learning(&self, manifest: &Manifest) -> Result<Learning> {
        let learned = Learning::restore(&self.read(manifest, &manifest.lanes_file)?);
        learned.with_context(|| format!("what {} learned of lanes cannot be restored", manifest.dir.display()))
    }

    /// The rules that were in force.
    ///
    /// # Errors
    /// When they are damaged, or mean something else to this program.
    pub fn rules(&self, manifest: &Manifest) -> Result<Rules> {
        let rules = Rules::compile(self.texts(manifest, &manifest.rules_file)?).map_err(|mistakes| {
            let told = rule_texts::told(&mistakes);
            anyhow!(
                "the rules of {} are none to this program: {told}",
                manifest.dir.display()
            )
        })?;
        if rules.set.hash_text() != manifest.rules {
            bail!(
                "{}: its rules mean something else to this program",
                manifest.dir.display()
            );
        }
        Ok(rules)
    }

    /// Checks every byte of a generation.
    ///
    /// # Errors
    /// What is damaged in it.
    pub fn verify(&self, dir: &Path) -> Result<()> {
        let manifest = self.manifest(dir)?;
        manifest
            .files()
            .try_for_each(|file| self.read(&manifest, file).map(drop))
    }

    /// The shards as a generation and those it follows hold them, and what they learned of lanes.
    ///
    /// # Errors
    /// When something of it is damaged.
    pub fn shards(&self, chain: &[Manifest], rules: &Arc<RuleSet>, seed: u64) -> Result<(Vec<Shard>, Learning)> {
        use rayon::prelude::*;
        let learning = self.learning(chain.last().context("a chain has a last")?)?;
        let (whole, changes) = chain.split_first().context("a chain has a first")?;
        let restore = |number: usize, file: &StateFile| -> Result<Shard> {
            let bytes = self.read(whole, file)?;
            let restored = Shard::restore(&bytes, Arc::clone(rules), seed);
            let mut shard = restored.with_context(|| format!("{} cannot be restored", whole.dir.display()))?;
            drop(bytes);
            for later in changes {
                let file = later.shards.get(number);
                let file = file.with_context(|| format!("{} has fewer shards", later.dir.display()))?;
                let more = shard.restore_changes(&self.read(later, file)?);
                more.with_context(|| format!("{} cannot be restored", later.dir.display()))?;
            }
            shard.restore_lanes(learning.in_force());
            Ok(shard)
        };
        let files = whole.shards.par_iter().enumerate();
        let shards: Result<Vec<Shard>> = files.map(|(number, file)| restore(number, file)).collect();
        Ok((shards?, learning))
    }
}
