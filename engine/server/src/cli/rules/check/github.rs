//! Mistakes as commands of a GitHub workflow: they stand beside the lines of a pull request.

use milepost_rules::{Diagnostic, Severity};

/// One line for each mistake.
pub(super) fn commands(found: &[Diagnostic]) -> String {
    found.iter().map(command).collect()
}

fn command(found: &Diagnostic) -> String {
    let command = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut message = found.message.clone();
    if !found.label.is_empty() {
        message.push_str(&format!(" ({})", found.label));
    }
    if !found.help.is_empty() {
        message.push_str(&format!("\nhelp: {}", found.help));
    }
    // A remark on the whole set has no line of its own.
    let (line, column) = (found.line.max(1), found.column.max(1));
    format!(
        "::{command} file={},line={line},endLine={line},col={column},endColumn={},title={}::{}\n",
        property(found.file.trim_start_matches("./")),
        column.saturating_add(found.length),
        property(found.code),
        data(&message)
    )
}

/// The runner reads to the end of the line; a percent sign begins an escape.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Colons and commas divide properties.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_divides_commands_is_escaped() {
        assert_eq!(property("a,b: 50%\r\n"), "a%2Cb%3A 50%25%0D%0A");
        assert_eq!(data("a,b: 50%\r\n"), "a,b: 50%25%0D%0A");
    }
}
