//! What is in a file: by the folder in which it stands, else by its shape, as `milepost decode --format auto` finds it.

use crate::files::unpacker;
use crate::shape::{self, BEGIN_BYTES};
use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Reading, Shapeless};
use std::fs::File;

/// How the file is read, or why it cannot be, and what to do.
pub(super) fn of(file: &mut File, folder: Option<&str>, formats: &Formats) -> Result<Reading, String> {
    let begin = shape::begin(file, BEGIN_BYTES).map_err(|error| format!("It cannot be read: {error}."))?;
    if begin.trim_ascii().is_empty() {
        return Err("It is empty.".to_owned());
    }
    if let Some(tool) = unpacker(&begin) {
        return Err(format!("It is compressed. Unpack it ({tool}) and put that here."));
    }
    let Some(folder) = folder else {
        return by_shape(file, &begin, formats);
    };
    let reading = Reading::of_name(folder, formats).map_err(|_| {
        format!(
            "Its folder `{folder}` names no format: `milepost decode --list` names those there are. Put it into a folder that is \
             called as its format, or beside the folders, then its shape tells."
        )
    })?;
    Ok(reading.divided(&begin))
}

fn by_shape(file: &mut File, begin: &[u8], formats: &Formats) -> Result<Reading, String> {
    let found = shape::of(file, begin, formats).map_err(|error| format!("It cannot be read: {error}."))?;
    found.map_err(|shapeless| match shapeless {
        Shapeless::Unknown => "No format that is known looks like this. Put it into a folder that is called as its format \
                               (`milepost decode --list` names them); `milepost decode FILE --format NAME` shows what it becomes."
            .to_owned(),
        Shapeless::Several(names) => {
            let names = names.join(", ");
            format!("It may be any of {names}. Put it into a folder that is called as its format.")
        }
    })
}
