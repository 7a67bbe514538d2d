//! An engine that runs at the address where this one would listen: what it says of itself.

use super::report::Finding;
use crate::config::Http;
use milepost_runtime::alarms::Fault;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(3);
/// The most that is read of an answer.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// Messages by which an engine is behind that has no reason to be: some seconds of a busy day.
const BEHIND_WARNING: u64 = 100_000;

/// What listens at our address.
pub(super) fn findings(http: &Http) -> Vec<Finding> {
    let listen = http.listen;
    let is_ours = ask(listen, "/healthz").is_some_and(|(status, text)| status == 200 && text.trim() == "ok");
    if !is_ours {
        let what = format!("another program listens on {listen}");
        return vec![Finding::wrong("http", what, "stop it, or change `listen` in [http]")];
    }
    let Some((status, text)) = ask(listen, "/readyz") else {
        let what = format!("an engine lives at {listen}, and does not say whether it is ready");
        return vec![Finding::warning("http", what, "look at its trace, and ask again")];
    };
    let said: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    if status != 200 {
        return vec![not_ready(
            listen,
            said.get("detail").and_then(Value::as_str).unwrap_or(&text),
        )];
    }
    let mut findings = vec![Finding::warning(
        "http",
        format!("an engine runs at {listen}{}", place(listen)),
        "fine if that is this one, running; a second one needs another address",
    )];
    findings.extend(behind(listen));
    findings.extend(alarms(&said));
    if let Some(why) = said.pointer("/rules/refused").and_then(Value::as_str) {
        let what = format!("the running engine refuses the rule files, and those before them stay in force: {why}");
        let todo = "correct the files; they are taken by themselves (deploy/faults/rules_refused.md)";
        findings.push(Finding::warning("engine", what, todo));
    }
    if let Some(why) = said.pointer("/formats/refused").and_then(Value::as_str) {
        let what = format!("the running engine refuses the mapping files, and those before them stay in force: {why}");
        let todo = "correct the files; they are taken by themselves (deploy/faults/formats_refused.md)";
        findings.push(Finding::warning("engine", what, todo));
    }
    findings
}

fn not_ready(listen: SocketAddr, why: &str) -> Finding {
    if let Some(standby) = why.strip_prefix("in standby: ") {
        return Finding::fine("http", format!("an engine in standby listens at {listen}: {standby}"));
    }
    let what = format!("an engine runs at {listen} and is not ready: {why}");
    Finding::warning("engine", what, Fault::Unpublished.todo())
}

fn alarms(said: &Value) -> Vec<Finding> {
    let raised = said.get("alarms").and_then(Value::as_object);
    let found = raised.into_iter().flatten().map(|(name, what)| {
        let what = format!("{name}: {}", what.as_str().unwrap_or_default());
        let todo = Fault::of_name(name).map_or("update this program: it does not know that alarm", Fault::todo);
        Finding::warning("engine", what, todo)
    });
    found.collect()
}

/// Where it is in the log, for people.
fn place(listen: SocketAddr) -> String {
    let known = position(listen).map(|(position, end)| format!(", at message {position} of {end}"));
    known.unwrap_or_default()
}

fn behind(listen: SocketAddr) -> Option<Finding> {
    let (position, end) = position(listen)?;
    let behind = end.saturating_sub(position);
    (behind > BEHIND_WARNING).then(|| {
        let what = format!("the running engine is {behind} messages behind the end of the log");
        let todo = "ask again: if it grows, see deploy/faults/behind.md";
        Finding::warning("engine", what, todo)
    })
}

/// Last message that was handled, and last of the log as far as the engine has been told.
fn position(listen: SocketAddr) -> Option<(u64, u64)> {
    let (_, text) = ask(listen, "/metrics")?;
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse::<u64>().ok())
    };
    let position = value("milepost_position")?;
    Some((position, value("milepost_log_end")?.max(position)))
}

/// Status and body of an answer.
fn ask(listen: SocketAddr, path: &str) -> Option<(u16, String)> {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(WAIT))
        .http_status_as_error(false)
        .build();
    let mut answer = ureq::Agent::from(config)
        .get(format!("http://{listen}{path}"))
        .call()
        .ok()?;
    let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
    Some((answer.status().as_u16(), body.ok()?))
}
