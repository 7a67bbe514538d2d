//! The ways in: whether mapping files can be read, and whether the secrets of endpoints can be used, and are kept.

use super::engine::is_open_to_others;
use super::report::Finding;
use crate::config::{Config, Webhook};
use crate::format_files;
use crate::ingress::{check_formats, read_secrets};
use milepost_connectors::carriers::signature::Scheme;

/// Whether the mapping files can be read, and make the formats that endpoints name.
pub(super) fn formats(config: &Config) -> Finding {
    let dir = config.formats_dir.as_deref();
    let set = match format_files::with_texts(dir) {
        Ok(set) => set,
        Err(error) => {
            let todo = "correct the lines named; `milepost decode FILE --formats DIR` shows what a payload becomes";
            return Finding::wrong("formats", format!("{error:#}").trim_end(), todo);
        }
    };
    if let Err(error) = check_formats(&config.webhooks, &set.formats) {
        let todo = "correct `format` there, or write the mapping file that is missing";
        return Finding::wrong("formats", format!("{error:#}"), todo);
    }
    let count = set.formats.iter().count();
    let what = match dir {
        Some(dir) => format!("{}: {} mapping files, {count} formats", dir.display(), set.files.len()),
        None => format!("{count} formats, those that come with the program"),
    };
    Finding::fine("formats", what)
}

/// A finding for each endpoint.
pub(super) fn webhooks(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<Finding> = config.webhooks.iter().map(webhook).collect();
    if config.http.is_none() && !config.webhooks.is_empty() {
        let what = "there are endpoints, and no HTTP interface on which they could be reached";
        findings.push(Finding::wrong(
            "webhooks",
            what,
            "write an address as `listen` in [http]",
        ));
    }
    findings
}

fn webhook(webhook: &Webhook) -> Finding {
    let address = format!("/v1/webhooks/{}/{}", webhook.format, webhook.name);
    if let Err(error) = read_secrets(webhook) {
        let todo = "write the secret that the sender has into that file: nothing else, on one line";
        return Finding::wrong("webhooks", format!("{address}: {error:#}"), todo);
    }
    if webhook.signature == Scheme::None {
        let what = format!("{address} asks for no proof: whoever reaches it can send scans");
        let todo = "let nobody reach it but the sender, or write how it proves itself as `signature`";
        return Finding::warning("webhooks", what, todo);
    }
    // Public keys are no secret.
    let open = webhook.secret_files.iter().find(|path| is_open_to_others(path));
    if let Some(path) = open.filter(|_| webhook.signature != Scheme::ShipEngine) {
        let shown = path.display();
        let what = format!("{address}: the secret file {shown} can be read by every user of this machine");
        return Finding::warning("webhooks", what, format!("chmod 600 {shown}"));
    }
    let (count, name) = (webhook.secret_files.len(), webhook.signature.name());
    Finding::fine("webhooks", format!("{address}: signature {name}, {count} secret files"))
}
