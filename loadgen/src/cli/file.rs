//! Lines to a file or to standard output, as fast as it takes them or at a rate.

use super::lines::Lines;
use super::summary::Summary;
use super::{Error, Stop};
use crate::rate::{Behind, Schedule};
use indicatif::ProgressBar;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;

/// Lines between two looks at the signal and the progress bar.
const LOOK_LINES: u64 = 4_096;

/// Writes all lines. A reader that closes the pipe ends it quietly, as `head` does.
pub(crate) fn write(
    lines: &mut impl Lines,
    path: &Path,
    rate: Option<f64>,
    stop: &Stop,
    bar: &ProgressBar,
) -> Result<Summary, Error> {
    let failed = |source| Error::Write {
        path: path.to_owned(),
        source,
    };
    let target: Box<dyn Write> = if path == Path::new("-") {
        Box::new(std::io::stdout())
    } else {
        Box::new(File::create(path).map_err(failed)?)
    };
    let mut target = BufWriter::with_capacity(1 << 20, target);
    let (schedule, mut behind, mut summary) = (Schedule::start(rate), Behind::default(), Summary::default());
    let mut line = Vec::new();
    while lines.next(&mut line)?.is_some() {
        let due = schedule.due(summary.lines);
        if schedule.is_paced() {
            let early = due.saturating_sub(schedule.passed());
            if !early.is_zero() {
                target.flush().map_err(failed)?;
                std::thread::sleep(early);
            }
            behind.note(due, schedule.passed());
        }
        match target.write_all(&line) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            written => written.map_err(failed)?,
        }
        summary.lines += 1;
        summary.bytes += line.len() as u64;
        if summary.lines.is_multiple_of(LOOK_LINES) || schedule.is_paced() {
            bar.set_position(lines.progress());
            if stop.is_wished() {
                break;
            }
        }
    }
    match target.flush() {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        flushed => flushed.map_err(failed)?,
    }
    bar.finish_and_clear();
    summary.took = schedule.passed();
    summary.behind = schedule.is_paced().then_some(behind);
    Ok(summary)
}
