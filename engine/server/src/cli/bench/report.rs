//! What was measured, for people and for programs.

use super::Nats;
use super::delays::Delays;
use super::figures::{Latencies, grouped};
use super::rates::Rates;
use super::stages::Stages;
use serde_json::{Value, json};
use std::fmt::Write;

/// All figures.
pub(super) struct Report {
    pub(super) scans: usize,
    pub(super) line_bytes: usize,
    pub(super) seed: u64,
    pub(super) runs: u8,
    pub(super) stages: Stages,
    pub(super) nats: Option<Nats>,
}

impl Report {
    pub(super) fn text(&self) -> String {
        let stages = &self.stages;
        let mut text = format!(
            "{} scans of {} bytes, {} shipments, {} jobs; seed {}, medians of {} runs\n\n",
            grouped(self.scans as f64),
            self.line_bytes,
            grouped(stages.shipments as f64),
            grouped(stages.jobs as f64),
            self.seed,
            self.runs
        );
        for (name, ns) in [
            ("decode", stages.decode_ns),
            ("route", stages.route_ns),
            ("shard", stages.shard_ns),
        ] {
            let _ = writeln!(text, "{name:<12} {ns:>10.0} ns/scan on one thread");
        }
        let threads = format!("{} threads", stages.threads);
        for (name, rate) in [("one thread", stages.one_thread), (&threads, stages.all_threads)] {
            let _ = writeln!(text, "{name:<12} {:>10} scans/s", grouped(rate));
        }
        let _ = writeln!(
            text,
            "{:<12} {:>10.0} bytes/shipment",
            "memory", stages.bytes_per_shipment
        );
        if let Some(nats) = &self.nats {
            text.push_str(&nats.text());
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let stages = &self.stages;
        json!({
            "scans": self.scans,
            "line_bytes": self.line_bytes,
            "shipments": stages.shipments,
            "jobs": stages.jobs,
            "seed": self.seed,
            "runs": self.runs,
            "decode_ns_per_scan": stages.decode_ns,
            "route_ns_per_scan": stages.route_ns,
            "shard_ns_per_scan": stages.shard_ns,
            "one_thread_scans_per_second": stages.one_thread,
            "threads": stages.threads,
            "all_threads_scans_per_second": stages.all_threads,
            "bytes_per_shipment": stages.bytes_per_shipment,
            "nats": self.nats.as_ref().map(Nats::json),
        })
    }
}

impl Nats {
    fn text(&self) -> String {
        let mut text = format!(
            "\nscans/s out of a full log on {}\n{:<12} {:>11} {:>11} {:>11} {:>12}\n",
            self.place, "", "bare", "read", "serve", "serve/bare"
        );
        for rates in &self.rates {
            let _ = writeln!(
                text,
                "{:<12} {:>11} {:>11} {:>11} {:>11.0} %",
                format!("{} a message", rates.per_message),
                grouped(rates.bare),
                grouped(rates.read),
                grouped(rates.serve),
                rates.ratio * 100.0
            );
        }
        for rates in &self.rates {
            if let (Some(bare), Some(serve)) = (rates.bare_cpu, rates.serve_cpu) {
                let _ = writeln!(
                    text,
                    "processor for a message of {}: bare {:.2} us + server {:.2} us, serve {:.2} us + server {:.2} us",
                    rates.per_message, bare.0, bare.1, serve.0, serve.1
                );
            }
        }
        let _ = match self.greatest {
            Some(load) => writeln!(
                text,
                "\nsender, server and engine together carry {} scans/s, one a message",
                grouped(load)
            ),
            None => writeln!(text),
        };
        let _ = writeln!(
            text,
            "milliseconds at {} scans/s{:<10}{}",
            grouped(self.quiet.rate),
            "",
            Latencies::header()
        );
        text.push_str(&delays_text("no snapshots", &self.quiet));
        text.push_str(&delays_text("a snapshot each second", &self.saving));
        text
    }

    fn json(&self) -> Value {
        json!({
            "server": self.place,
            "rates": self.rates.iter().map(rates_json).collect::<Vec<_>>(),
            "greatest_load_scans_per_second": self.greatest,
            "latency_scans_per_second": self.quiet.rate,
            "latency_without_snapshots": delays_json(&self.quiet),
            "latency_with_snapshots": delays_json(&self.saving),
        })
    }
}

fn rates_json(rates: &Rates) -> Value {
    let cpu = |cpu: Option<(f64, f64)>| cpu.map(|(ours, server)| json!({ "ours": ours, "server": server }));
    json!({
        "scans_per_message": rates.per_message,
        "messages": rates.messages,
        "bare_scans_per_second": rates.bare,
        "read_scans_per_second": rates.read,
        "serve_scans_per_second": rates.serve,
        "serve_to_bare": rates.ratio,
        "jobs": rates.jobs,
        "bare_cpu_us_per_message": cpu(rates.bare_cpu),
        "serve_cpu_us_per_message": cpu(rates.serve_cpu),
    })
}

fn delays_text(name: &str, delays: &Delays) -> String {
    let mut text = format!(
        "{name}: {} jobs, {} snapshots, sender at worst {:.1} ms late\n",
        grouped(delays.jobs as f64),
        delays.snapshots,
        delays.behind_us as f64 / 1000.0
    );
    for (name, latencies) in [
        ("scan due to job readable", &delays.from_due),
        ("scan stored to job readable", &delays.from_stored),
        ("scan due to scan stored", &delays.to_stored),
    ] {
        // Rules that fire for no scan of the measurement leave nothing to tell.
        if !latencies.is_empty() {
            let _ = writeln!(text, "  {name:<30}{}", latencies.row());
        }
    }
    text
}

fn delays_json(delays: &Delays) -> Value {
    json!({
        "jobs": delays.jobs,
        "snapshots": delays.snapshots,
        "sender_behind_ms": delays.behind_us as f64 / 1000.0,
        "due_to_job_ms": delays.from_due.json(),
        "stored_to_job_ms": delays.from_stored.json(),
        "due_to_stored_ms": delays.to_stored.json(),
    })
}
