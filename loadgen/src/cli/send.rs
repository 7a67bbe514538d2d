//! `loadgen send`: the lines of a file to NATS, in their order.

use super::lines::{Lines, Routed};
use super::publish::{NatsArgs, publish};
use super::summary::{Voice, progress};
use super::{Error, Stop};
use clap::Args;
use milepost_model::TrackingNumber;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Which file, and where to.
#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// NDJSON file, or `-` for standard input.
    file: PathBuf,
    #[command(flatten)]
    nats: NatsArgs,
    /// Lines in a second, open loop; without it as fast as possible.
    #[arg(long, value_parser = super::world::rate)]
    rate: Option<f64>,
}

/// Runs `loadgen send`.
pub(crate) fn run(args: &SendArgs, stop: &Stop, voice: Voice) -> Result<(), Error> {
    if !args.nats.is_wanted() {
        return Err(Error::Usage("send where? add --nats nats://127.0.0.1:4222".to_owned()));
    }
    let mut lines = FileLines::open(&args.file)?;
    let bar = progress(voice, lines.length, "bytes");
    let (summary, failure) = publish(&mut lines, &args.nats, args.rate, stop, &bar)?;
    summary.tell(voice, false);
    match failure {
        Some(error) => Err(error),
        None if stop.is_wished() => Err(Error::Stopped),
        None => Ok(()),
    }
}

/// The lines of a file.
struct FileLines {
    path: PathBuf,
    file: Box<dyn BufRead>,
    length: u64,
    read: u64,
}

impl FileLines {
    fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Read {
            path: path.to_owned(),
            source,
        };
        let (file, length): (Box<dyn Read>, u64) = if path == Path::new("-") {
            (Box::new(std::io::stdin()), 0)
        } else {
            let file = File::open(path).map_err(failed)?;
            let length = file.metadata().map_err(failed)?.len();
            (Box::new(file), length)
        };
        let file = Box::new(BufReader::with_capacity(1 << 20, file));
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
            read: 0,
        })
    }
}

impl Lines for FileLines {
    fn next(&mut self, line: &mut Vec<u8>) -> Result<Option<Routed>, Error> {
        loop {
            line.clear();
            let read = self.file.read_until(b'\n', line);
            let read = read.map_err(|source| Error::Read {
                path: self.path.clone(),
                source,
            })?;
            if read == 0 {
                return Ok(None);
            }
            self.read += read as u64;
            // A blank line carries nothing, and the log takes no empty message.
            if !line.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(Routed { number: number(line) }));
            }
        }
    }

    fn progress(&self) -> u64 {
        self.read
    }
}

/// The number that a line names: as written by most, or by its escapes; `None` if no number can be read.
fn number(line: &[u8]) -> Option<TrackingNumber> {
    const NAME: &[u8] = b"\"tracking_number\":\"";
    let plain = line
        .windows(NAME.len())
        .position(|window| window == NAME)
        .and_then(|at| {
            let value = line.get(at + NAME.len()..)?;
            let end = value.iter().position(|byte| *byte == b'"')?;
            TrackingNumber::parse(value.get(..end)?).ok()
        });
    plain.or_else(|| {
        let value: serde_json::Value = serde_json::from_slice(line).ok()?;
        TrackingNumber::parse(value.get("tracking_number")?.as_str()?.as_bytes()).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_found_however_it_is_written() {
        for (line, expected) in [
            (
                r#"{"tracking_number":"1Z999AA10123456784"}"#,
                Some("1Z999AA10123456784"),
            ),
            (r#"{"a":1,"tracking_number":"94-00 11"}"#, Some("940011")),
            (r#"{"tracking_\u006eumber" : "\u0031Z999AA1"}"#, Some("1Z999AA1")),
            (r#"{"tracking_number":{"n":1}}"#, None),
            (r#"{"tracking_number":"1Z9"#, None),
            ("[1,2,3]", None),
        ] {
            assert_eq!(
                number(line.as_bytes()).map(|number| number.to_string()).as_deref(),
                expected,
                "{line}"
            );
        }
    }
}
