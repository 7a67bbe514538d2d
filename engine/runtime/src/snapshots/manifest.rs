//! What a generation says of itself: a text with a hash of its own, so that a bit that turned anywhere is found.

use super::{MANIFEST, Snapshots, hash};
use crate::saving::Saved;
use anyhow::{Context, Result, anyhow, bail};
use milepost_connectors::log::{Cut, Ends, Outlet, OutletCut, Reread, Term};
use milepost_core::Reading;
use milepost_model::{PARTITIONS, Timestamp};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Version of the manifest; from the first release on, version n reads n and n − 1.
const VERSION: u64 = 7;

/// What a manifest says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    /// Where it stands.
    pub dir: PathBuf,
    /// What it holds changes of: the name and the guard of another generation. `None` when it is whole.
    pub follows: Option<Follows>,
    /// Hash of what the manifest says.
    pub guard: String,
    /// Where the log goes on after it.
    pub cut: Cut,
    /// Who had taken the log as it is: [`milepost_connectors::log::Lineage::taken_by`].
    pub taken_by: Term,
    /// Where jobs and rejects ended when it was written: what it rests on stands there.
    pub published: [OutletCut; 2],
    /// The log's time.
    pub reading: Reading,
    /// Hash of the rules in force.
    pub rules: String,
    /// The texts of these rules.
    pub(super) rules_file: StateFile,
    /// The texts of the mapping files by whose formats the log is read after it.
    pub(super) formats_file: StateFile,
    /// What was learned of lanes.
    pub(super) lanes_file: StateFile,
    /// File name, length and hash of each shard.
    pub shards: Vec<StateFile>,
}

/// A generation that another one follows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Follows {
    /// Its name.
    pub name: String,
    /// [`Manifest::guard`] of it: another one may have got its name.
    pub guard: String,
}

/// A file of a generation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StateFile {
    /// Its name within the generation.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Hash of its bytes (XXH3, 128 bits).
    pub hash: String,
}

impl Manifest {
    /// Bytes of its shards.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shards.iter().fold(0, |sum, file| sum.saturating_add(file.bytes))
    }

    /// What a generation of changes to this one says of it.
    pub(super) fn to_follow(&self) -> Follows {
        Follows {
            name: super::name_of(&self.dir),
            guard: self.guard.clone(),
        }
    }

    /// Files of the generation beside the manifest.
    pub(super) fn files(&self) -> impl Iterator<Item = &StateFile> {
        let others = [&self.rules_file, &self.formats_file, &self.lanes_file];
        self.shards.iter().chain(others)
    }
}

/// The text of a manifest, with its guard.
pub(super) fn text(
    saved: &Saved,
    taken_by: Term,
    follows: Option<&Follows>,
    ([rules, formats, lanes], shards): (&[StateFile; 3], &[StateFile]),
) -> Result<String> {
    let reading = saved.timeline.reading();
    let file = |file: &StateFile| json!({ "name": file.name, "bytes": file.bytes, "hash": file.hash });
    let shards: Vec<Value> = shards.iter().map(file).collect();
    let outlet = |cut: &OutletCut| {
        let ends: Vec<u64> = (0..PARTITIONS).map(|share| cut.ends.of(share)).collect();
        let reread = cut.reread.map(|reread| [reread.after, reread.up_to]);
        json!({
            "stream": cut.outlet.stream(), "created": cut.created.millis(), "ends": ends,
            "end_is": format!("{:016x}", cut.end_is), "after": cut.after,
            "after_is": format!("{:016x}", cut.after_is),
            "reread": reread,
        })
    };
    let manifest = json!({
        "version": VERSION,
        "program": concat!("milepost ", env!("CARGO_PKG_VERSION")),
        "follows": follows.map(|follows| json!({ "name": follows.name, "guard": follows.guard })),
        "stream_created": saved.to_save.cut.created.millis(),
        "taken_by": [taken_by.number, taken_by.message, taken_by.who],
        "sequence": saved.to_save.cut.sequence,
        "message_hash": format!("{:016x}", saved.to_save.cut.hash),
        "published": saved.published.iter().map(outlet).collect::<Vec<_>>(),
        "now": reading.now.millis(),
        "ticked": reading.ticked.millis(),
        "ahead": reading.ahead,
        "ahead_at": reading.ahead_at.millis(),
        "rules": saved.rules.set.hash_text(),
        "rules_file": file(rules),
        "formats_file": file(formats),
        "lanes_file": file(lanes),
        "shards": shards,
    });
    let text = serde_json::to_string_pretty(&manifest).context("a manifest is plain JSON")?;
    // The last line guards the manifest itself.
    Ok(format!("{text}\n{}\n", hash(text.as_bytes())))
}

/// Reads a manifest's text back.
pub(super) fn parse(dir: &Path, bytes: &[u8]) -> Result<Manifest> {
    let path = dir.join(MANIFEST);
    let damaged = || anyhow!("{} is damaged: its hash does not match", path.display());
    let text = std::str::from_utf8(bytes).map_err(|_| damaged())?;
    let (body, guard) = text
        .strip_suffix('\n')
        .and_then(|text| text.rsplit_once('\n'))
        .ok_or_else(damaged)?;
    if hash(body.as_bytes()) != guard {
        return Err(damaged());
    }
    let value: Value = serde_json::from_str(body).with_context(|| format!("{} is not JSON", path.display()))?;
    read(dir, guard, Fields(&value)).with_context(|| format!("{} cannot be used", path.display()))
}

/// Fields of a JSON object.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a Value);

impl<'a> Fields<'a> {
    fn any(self, name: &str) -> Result<&'a Value> {
        self.0.get(name).with_context(|| format!("no `{name}`"))
    }

    fn number(self, name: &str) -> Result<i64> {
        let number = self.any(name)?.as_i64();
        number.with_context(|| format!("no number `{name}`"))
    }

    fn time(self, name: &str) -> Result<Timestamp> {
        Ok(Timestamp::from_millis(self.number(name)?))
    }

    fn term(self, name: &str) -> Result<Term> {
        let pair: Option<Vec<u64>> = self.list(name)?.iter().map(Value::as_u64).collect();
        match pair.as_deref() {
            Some([number, message, who]) => Ok(Term {
                number: *number,
                message: *message,
                who: *who,
            }),
            _ => bail!("`{name}` is not three numbers"),
        }
    }

    fn text(self, name: &str) -> Result<&'a str> {
        self.any(name)?.as_str().with_context(|| format!("no text `{name}`"))
    }

    /// The name of something in the directory, and not elsewhere.
    fn name(self) -> Result<String> {
        let name = self.text("name")?;
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) {
            bail!("`{name}` is no plain name");
        }
        Ok(name.to_owned())
    }

    fn list(self, name: &str) -> Result<&'a [Value]> {
        let list = self.any(name)?.as_array();
        list.map(Vec::as_slice).with_context(|| format!("no list `{name}`"))
    }
}

fn read(dir: &Path, guard: &str, fields: Fields<'_>) -> Result<Manifest> {
    let version = fields.number("version")?;
    if u64::try_from(version).ok() != Some(VERSION) {
        bail!("it is of version {version}, this program reads {VERSION}");
    }
    let follows = match Some(fields.any("follows")?).filter(|follows| !follows.is_null()) {
        None => None,
        Some(follows) => Some(Follows {
            name: Fields(follows).name()?,
            guard: Fields(follows).text("guard")?.to_owned(),
        }),
    };
    let published = match fields.list("published")? {
        [jobs, rejects] => [
            outlet_cut(Outlet::Jobs, Fields(jobs))?,
            outlet_cut(Outlet::Rejects, Fields(rejects))?,
        ],
        _ => bail!("`published` is not of two streams"),
    };
    Ok(Manifest {
        dir: dir.to_path_buf(),
        follows,
        guard: guard.to_owned(),
        cut: Cut {
            created: fields.time("stream_created")?,
            sequence: u64::try_from(fields.number("sequence")?)?,
            hash: u64::from_str_radix(fields.text("message_hash")?, 16)?,
        },
        taken_by: fields.term("taken_by")?,
        published,
        reading: Reading {
            now: fields.time("now")?,
            ticked: fields.time("ticked")?,
            ahead: u32::try_from(fields.number("ahead")?)?,
            ahead_at: fields.time("ahead_at")?,
        },
        rules: fields.text("rules")?.to_owned(),
        rules_file: state_file(fields.any("rules_file")?)?,
        formats_file: state_file(fields.any("formats_file")?)?,
        lanes_file: state_file(fields.any("lanes_file")?)?,
        shards: fields.list("shards")?.iter().map(state_file).collect::<Result<_>>()?,
    })
}

fn outlet_cut(outlet: Outlet, fields: Fields<'_>) -> Result<OutletCut> {
    let mut ends = Ends::default();
    let found = fields.list("ends")?;
    if found.len() != usize::from(PARTITIONS) {
        bail!("`ends` has {} shares, and there are {PARTITIONS}", found.len());
    }
    for (share, end) in (0..PARTITIONS).zip(found) {
        ends.set(share, end.as_u64().context("an end that is no number")?);
    }
    let number = |number: &Value| number.as_u64().context("a number of a message that is none");
    let reread = match fields.any("reread")?.as_array().map(Vec::as_slice) {
        None => None,
        Some([after, up_to]) => Some(Reread {
            after: number(after)?,
            up_to: number(up_to)?,
        }),
        Some(_) => bail!("`reread` is no pair"),
    };
    Ok(OutletCut {
        outlet,
        created: fields.time("created")?,
        ends,
        end_is: u64::from_str_radix(fields.text("end_is")?, 16)?,
        after: number(fields.any("after")?)?,
        after_is: u64::from_str_radix(fields.text("after_is")?, 16)?,
        reread,
    })
}

fn state_file(value: &Value) -> Result<StateFile> {
    let fields = Fields(value);
    Ok(StateFile {
        name: fields.name()?,
        bytes: u64::try_from(fields.number("bytes")?)?,
        hash: fields.text("hash")?.to_owned(),
    })
}

impl Snapshots {
    /// Reads and checks the manifest of a generation.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged, or is of another version.
    pub fn manifest(&self, dir: &Path) -> Result<Manifest> {
        let path = dir.join(MANIFEST);
        let bytes = self
            .disk
            .read(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        parse(dir, &bytes)
    }

    /// A generation and those it follows, the whole one first.
    ///
    /// # Errors
    /// When one of them is lost or damaged.
    pub fn chain(&self, dir: &Path) -> Result<Vec<Manifest>> {
        let mut chain = vec![self.manifest(dir)?];
        while let Some(follows) = chain.last().and_then(|last| last.follows.clone()) {
            let before = dir.with_file_name(&follows.name);
            let before = self
                .manifest(&before)
                .with_context(|| format!("{} follows a lost snapshot", dir.display()))?;
            if before.guard != follows.guard || chain.iter().any(|later| later.dir == before.dir) {
                bail!(
                    "{} follows another snapshot than {}",
                    dir.display(),
                    before.dir.display()
                );
            }
            chain.push(before);
        }
        chain.reverse();
        Ok(chain)
    }
}
