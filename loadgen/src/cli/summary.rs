//! What a run tells at its end, for people or for programs, and its progress on a terminal.

use crate::rate::Behind;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::time::Duration;

/// How much the program says, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Voice {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
}

/// The figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// Lines written or handed to the server.
    pub(crate) lines: u64,
    /// Bytes of them.
    pub(crate) bytes: u64,
    /// How long it took.
    pub(crate) took: Duration,
    /// How far behind its rate.
    pub(crate) behind: Option<Behind>,
    /// Messages sent and acknowledged; `None` for a file.
    pub(crate) messages: Option<Messages>,
    /// The manifest of a world.
    pub(crate) manifest: Option<String>,
}

/// What the server said.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    pub(crate) sent: u64,
    pub(crate) acknowledged: u64,
    /// Lines that are larger than the server takes, and were left out.
    pub(crate) too_large: u64,
    /// Lines without a number to route by, sent under a name of our own.
    pub(crate) unroutable: u64,
    /// p50, p90, p99, p99.9, max of the time from when a message was due until its acknowledgement, microseconds.
    pub(crate) latency_us: [u64; 5],
}

const LATENCIES: [&str; 5] = ["p50", "p90", "p99", "p999", "max"];

impl Summary {
    /// Lines in a second.
    fn rate(&self) -> f64 {
        self.lines as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// Says it. `data_on_stdout`: the JSON must not mix with the lines.
    pub(crate) fn tell(&self, voice: Voice, data_on_stdout: bool) {
        let text = if voice.json { self.to_json() } else { self.to_text() };
        // A closed pipe is the reader's wish: there is nobody left to tell.
        let _ = match (voice.json, voice.quiet) {
            (true, _) if data_on_stdout => std::io::stderr().write_all(text.as_bytes()),
            (true, _) => std::io::stdout().write_all(text.as_bytes()),
            (false, true) => Ok(()),
            (false, false) => std::io::stderr().write_all(text.as_bytes()),
        };
    }

    fn to_text(&self) -> String {
        let seconds = self.took.as_secs_f64();
        let mut text = format!(
            "{} lines, {} MB in {seconds:.2} s: {:.0} lines/s\n",
            self.lines,
            self.bytes / 1_000_000,
            self.rate()
        );
        if let Some(behind) = self.behind {
            text += &format!(
                "behind schedule: {:.1?} at the end, {:.1?} at worst\n",
                behind.last, behind.max
            );
        }
        if let Some(messages) = &self.messages {
            let per_second = messages.acknowledged as f64 / seconds.max(1e-9);
            text += &format!(
                "{} of {} messages acknowledged: {per_second:.0} msg/s\n",
                messages.acknowledged, messages.sent
            );
            if messages.too_large > 0 {
                text += &format!(
                    "{} lines left out: larger than the server's max_payload\n",
                    messages.too_large
                );
            }
            let from = if self.behind.is_some() {
                "from when it was due"
            } else {
                "from sending"
            };
            let parts: Vec<String> = LATENCIES
                .iter()
                .zip(messages.latency_us)
                .map(|(name, us)| format!("{name} {:.2} ms", us as f64 / 1e3))
                .collect();
            text += &format!("acknowledged after ({from}): {}\n", parts.join(", "));
        }
        text
    }

    fn to_json(&self) -> String {
        let mut fields = vec![
            format!("\"lines\":{}", self.lines),
            format!("\"bytes\":{}", self.bytes),
            format!("\"seconds\":{:.6}", self.took.as_secs_f64()),
            format!("\"lines_per_second\":{:.1}", self.rate()),
        ];
        if let Some(behind) = self.behind {
            fields.push(format!("\"behind_ms_last\":{:.3}", behind.last.as_secs_f64() * 1e3));
            fields.push(format!("\"behind_ms_max\":{:.3}", behind.max.as_secs_f64() * 1e3));
        }
        if let Some(messages) = &self.messages {
            fields.push(format!("\"messages\":{}", messages.sent));
            fields.push(format!("\"acknowledged\":{}", messages.acknowledged));
            let per_second = messages.acknowledged as f64 / self.took.as_secs_f64().max(1e-9);
            fields.push(format!("\"messages_per_second\":{per_second:.1}"));
            fields.push(format!("\"too_large\":{}", messages.too_large));
            fields.push(format!("\"unroutable\":{}", messages.unroutable));
            for (name, us) in LATENCIES.iter().zip(messages.latency_us) {
                fields.push(format!("\"ack_us_{name}\":{us}"));
            }
        }
        if let Some(manifest) = &self.manifest {
            fields.push(format!("\"manifest\":{}", manifest.trim_end()));
        }
        format!("{{{}}}\n", fields.join(","))
    }
}

/// A bar on a terminal, nothing elsewhere. `length`: lines or bytes, if known.
pub(crate) fn progress(voice: Voice, length: u64, unit: &str) -> ProgressBar {
    if voice.quiet {
        return ProgressBar::hidden();
    }
    let template = format!("{{elapsed_precise}} {{bar:30}} {{human_pos}}/{{human_len}} {unit} {{msg}}");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}
