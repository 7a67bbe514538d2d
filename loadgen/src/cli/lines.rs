//! Where lines come from: a world, or a file. Both give them one by one, with the number to route by.

use super::Error;
use milepost_loadgen::manifest::truth_line;
use milepost_loadgen::{Manifest, Payloads, Settings, World};
use milepost_model::TrackingNumber;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A source of lines, or of payloads of another format, which are sent as lines are.
pub(crate) trait Lines {
    /// Puts the next line, with its newline, in place of what is in `line`. `None` at the end.
    fn next(&mut self, line: &mut Vec<u8>) -> Result<Option<Routed>, Error>;

    /// What says in a message what each of them is; canonical lines need nothing.
    fn header(&self) -> Option<String> {
        None
    }

    /// How far it is, in the unit of its progress bar, and a word about it.
    fn progress(&self) -> u64;
}

/// What a line is routed by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Routed {
    /// The number, if one can be read from it.
    pub(crate) number: Option<TrackingNumber>,
}

/// The lines of a world, counted, with the truth on the side.
pub(crate) struct WorldLines {
    world: World,
    payloads: Payloads,
    manifest: Manifest,
    truth: Option<(PathBuf, BufWriter<File>)>,
}

impl WorldLines {
    pub(crate) fn new(settings: Settings, payloads: Payloads, truth: Option<&Path>) -> Result<Self, Error> {
        let world = World::new(settings);
        let truth = match truth {
            None => None,
            Some(path) => {
                let file = File::create(path).map_err(|source| Error::Write {
                    path: path.to_owned(),
                    source,
                })?;
                Some((path.to_owned(), BufWriter::new(file)))
            }
        };
        let world = if truth.is_some() { world.with_truths() } else { world };
        Ok(Self {
            world,
            payloads,
            manifest: Manifest::default(),
            truth,
        })
    }

    fn write_truths(&mut self) -> Result<(), Error> {
        let Some((path, file)) = &mut self.truth else {
            return Ok(());
        };
        while let Some(truth) = self.world.take_truth() {
            let written = file.write_all(truth_line(&truth).as_bytes());
            written.map_err(|source| Error::Write {
                path: path.clone(),
                source,
            })?;
        }
        Ok(())
    }

    /// Ends the truth file; the manifest as JSON.
    pub(crate) fn finish(mut self) -> Result<String, Error> {
        self.write_truths()?;
        if let Some((path, file)) = &mut self.truth {
            file.flush().map_err(|source| Error::Write {
                path: path.clone(),
                source,
            })?;
        }
        Ok(self.manifest.to_json(self.world.tally()))
    }
}

impl Lines for WorldLines {
    fn next(&mut self, line: &mut Vec<u8>) -> Result<Option<Routed>, Error> {
        line.clear();
        while let Some(arrival) = self.world.next() {
            // A malformed line still comes from somewhere: it is routed as the scan that it resembles.
            let number = self.payloads.take(&arrival, line);
            if self.payloads.carries(&arrival) {
                self.manifest.count(&arrival, line.len());
            }
            if self.truth.is_some() {
                self.write_truths()?;
            }
            if number.is_some() {
                return Ok(Some(Routed { number }));
            }
        }
        let number = self.payloads.rest(line);
        self.manifest.bytes += line.len() as u64;
        Ok(number.is_some().then_some(Routed { number }))
    }

    fn header(&self) -> Option<String> {
        self.payloads.header()
    }

    fn progress(&self) -> u64 {
        self.world.tally().shipments
    }
}
