//! What a directory of tables says about itself: `manifest.json`, written last, read first.

use crate::error::{OpenError, WriteError};
use crate::files::WrittenFile;
use crate::schema::{SCHEMA_VERSION, Table};
use milepost_model::Timestamp;
use serde_json::{Value as Json, json};
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Its name in the directory.
pub(crate) const FILE_NAME: &str = "manifest.json";

/// The tables of a directory and the instant that they show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    /// The log's now when the rows were read; `now()` in SQL.
    pub as_of: Timestamp,
    /// The files, by table; paths are whole once read.
    pub files: Vec<WrittenFile>,
}

impl Manifest {
    /// Reads the manifest of a directory.
    ///
    /// # Errors
    /// When there is none, or it cannot be understood.
    pub fn read(dir: &Path) -> Result<Self, OpenError> {
        let path = dir.join(FILE_NAME);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(OpenError::NoTables {
                    path: dir.to_path_buf(),
                });
            }
            Err(source) => return Err(OpenError::Io { path, source }),
        };
        parse(dir, &text).map_err(|problem| OpenError::Manifest { path, problem })
    }

    /// Writes the manifest; durable when this returns.
    pub(crate) fn write(&self, dir: &Path) -> Result<(), WriteError> {
        let path = dir.join(FILE_NAME);
        let text = format!("{:#}\n", self.json(dir));
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|source| WriteError::Io { path, source })
    }

    fn json(&self, dir: &Path) -> Json {
        let files: Vec<Json> = self
            .files
            .iter()
            .map(|file| {
                let path = file.path.strip_prefix(dir).unwrap_or(&file.path);
                json!({ "table": file.table.name(), "file": path.to_string_lossy(), "rows": file.rows, "bytes": file.bytes })
            })
            .collect();
        json!({ "version": SCHEMA_VERSION, "as_of": self.as_of.to_string(), "files": files })
    }

    /// The paths of a table's files.
    pub(crate) fn paths(&self, table: Table) -> Vec<PathBuf> {
        self.files
            .iter()
            .filter(|file| file.table == table)
            .map(|file| file.path.clone())
            .collect()
    }
}

fn parse(dir: &Path, text: &str) -> Result<Manifest, String> {
    let json: Json = serde_json::from_str(text).map_err(|error| format!("is no JSON: {error}"))?;
    let version = json.get("version").and_then(Json::as_u64).ok_or("says no version")?;
    if version > u64::from(SCHEMA_VERSION) {
        return Err(format!(
            "has version {version}, written by a newer milepost; this one reads up to {SCHEMA_VERSION}"
        ));
    }
    let as_of = json.get("as_of").and_then(Json::as_str).ok_or("says no as_of")?;
    let as_of = Timestamp::parse(as_of).map_err(|error| format!("as_of `{as_of}` {error}"))?;
    let files = json.get("files").and_then(Json::as_array).ok_or("lists no files")?;
    // A table that this version does not know is left out: a newer milepost may have added it.
    let files = files
        .iter()
        .filter_map(|file| parse_file(dir, file).transpose())
        .collect::<Result<_, _>>()?;
    Ok(Manifest { as_of, files })
}

fn parse_file(dir: &Path, file: &Json) -> Result<Option<WrittenFile>, String> {
    let name = file
        .get("table")
        .and_then(Json::as_str)
        .ok_or("lists a file without its table")?;
    let path = file
        .get("file")
        .and_then(Json::as_str)
        .ok_or("lists a file without its name")?;
    let number = |field| {
        file.get(field)
            .and_then(Json::as_u64)
            .ok_or(format!("does not say the {field} of {path}"))
    };
    let (rows, bytes) = (number("rows")?, number("bytes")?);
    Ok(Table::parse(name).map(|table| WrittenFile {
        table,
        path: dir.join(path),
        rows,
        bytes,
    }))
}
