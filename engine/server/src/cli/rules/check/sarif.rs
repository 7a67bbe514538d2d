//! Mistakes as SARIF 2.1.0, the format that code scanning and many editors read.

use milepost_rules::{Diagnostic, Fault, Page, Severity};
use serde_json::{Value, json};
use std::path::Path;

/// The whole log. `dir` is the working directory: names of files are told from there.
pub(super) fn log(found: &[Diagnostic], dir: &Path) -> Value {
    let rules: Vec<Value> = Fault::ALL.iter().map(|fault| rule(*fault)).collect();
    let results: Vec<Value> = found.iter().map(|found| result(found, dir)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "milepost",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(fault: Fault) -> Value {
    let page = Page::of(fault);
    let (text, right) = page.map_or((fault.description(), ""), |page| (page.text, page.right));
    let text = text.replace('\n', " ");
    json!({
        "id": fault.code(),
        "name": format!("{fault:?}"),
        "shortDescription": { "text": fault.description() },
        "fullDescription": { "text": text },
        "help": {
            "text": format!("{text}\n\nRight would be:\n\n{right}"),
            "markdown": format!("{text}\n\nRight would be:\n\n```yaml\n{right}```\n"),
        },
        "defaultConfiguration": { "level": level(fault.severity()) },
    })
}

fn result(found: &Diagnostic, dir: &Path) -> Value {
    let place = Fault::ALL.iter().position(|fault| *fault == found.fault);
    let help = if found.help.is_empty() {
        String::new()
    } else {
        format!("; {}", found.help)
    };
    // A remark on the whole set has no line of its own.
    let (line, column) = (found.line.max(1), found.column.max(1));
    json!({
        "ruleId": found.code,
        "ruleIndex": place,
        "level": level(found.severity),
        "message": { "text": format!("{}{help}", found.message) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": artifact(&found.file, dir),
            "region": {
                "startLine": line,
                "startColumn": column,
                "endColumn": column.saturating_add(found.length),
                "snippet": { "text": found.source_line },
            },
        }}],
    })
}

/// A name that is told from the working directory is told from the root of the sources; any other is whole.
fn artifact(file: &str, dir: &Path) -> Value {
    let uri = uri(file, dir);
    if uri.starts_with("file:") {
        json!({ "uri": uri })
    } else {
        json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
    }
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// The name of a file as a URI relative to the working directory, if it stands below it.
fn uri(file: &str, dir: &Path) -> String {
    let path = Path::new(file);
    let below = path.strip_prefix(dir).unwrap_or(path);
    let mut uri = String::new();
    for part in below.components() {
        let part = match part {
            std::path::Component::CurDir | std::path::Component::RootDir => continue,
            std::path::Component::Prefix(_) | std::path::Component::ParentDir | std::path::Component::Normal(_) => {
                part.as_os_str().to_string_lossy()
            }
        };
        if !uri.is_empty() {
            uri.push('/');
        }
        uri.push_str(&escaped(&part));
    }
    if below.is_absolute() {
        format!("file:///{uri}")
    } else {
        uri
    }
}

/// What a part of a path in a URI cannot hold, in hexadecimal.
fn escaped(part: &str) -> String {
    let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=@".contains(&byte);
    part.bytes()
        .map(|byte| {
            if is_kept(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_become_relative_uris() {
        let dir = Path::new("/srv/shop");
        for (file, expected) in [
            ("rules/late.yaml", "rules/late.yaml"),
            ("./rules/late.yaml", "rules/late.yaml"),
            ("/srv/shop/rules/late.yaml", "rules/late.yaml"),
            ("/etc/rules/late.yaml", "file:///etc/rules/late.yaml"),
            ("../a b/\u{e9}#1:2.yaml", "../a%20b/%C3%A9%231%3A2.yaml"),
        ] {
            assert_eq!(uri(file, dir), expected);
        }
    }
}
