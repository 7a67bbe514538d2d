//! What is wrong with a rule file: where it stands, what to do about it, and a code that stays the same.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// The set is taken, but this is probably not what was meant.
    Warning,
    /// The whole set is refused.
    Error,
}

macro_rules! faults {
    ($($variant:ident $code:literal $text:literal;)+) => {
        /// What kind of mistake it is. Codes are never reused.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Fault { $(#[doc = $text] $variant),+ }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// What it means, in one sentence.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

faults! {
    BadYaml "MP001" "The file is not YAML 1.2, or uses a part of it that rule files do without.";
    UnknownKey "MP002" "A key that does not exist here.";
    MissingKey "MP003" "A key that must stand here is missing.";
    WrongShape "MP004" "A text, a list or a mapping stands where another of them is expected.";
    DuplicateKey "MP005" "The same key stands twice in one mapping.";
    DuplicateName "MP006" "Two rules, two named expressions or two lists of the set have one name.";
    TooMuch "MP007" "A limit on size, number or depth is exceeded.";
    BadName "MP008" "A name has characters that names do not have, or is taken.";
    BadSyntax "MP010" "The expression is not SQL.";
    UnknownColumn "MP011" "No column and no named expression has this name.";
    UnknownFunction "MP012" "No function has this name, or not with these arguments.";
    TypeMismatch "MP013" "Values of types that do not go together.";
    NotACondition "MP014" "A condition is needed, and the expression is not true or false.";
    NotInRules "MP015" "SQL that a rule cannot mean: subqueries, aggregates, windows, casts.";
    UnknownValue "MP016" "A value that is not in the closed list of the column.";
    UnknownList "MP017" "No list has this name.";
    LetCycle "MP018" "Named expressions that need each other.";
    BadLiteral "MP019" "An interval, timestamp, number or pattern that cannot be read.";
    BadDuration "MP020" "A length of time such as 36h or \"1d 12h\" is expected.";
    UnknownWord "MP021" "A word that is not one of those that this key takes.";
    BadTemplate "MP022" "A text with placeholders that cannot be filled.";
    BadTest "MP023" "A line of a test that cannot be read, or that names what the file does not have.";
    BadCsv "MP024" "A CSV file of a list that is not there, or that does not have the column.";
    NeverTrue "MP101" "The condition can never be true.";
    AlwaysTrue "MP102" "The condition is always true.";
    Swept "MP103" "The instant at which the condition changes cannot be derived: it is looked at every hour.";
    CaseWithoutElse "MP104" "CASE without ELSE is unknown when no WHEN is true.";
    ReadsHealth "MP105" "The condition reads health, which rules decide.";
    ComparedWithNull "MP106" "A comparison with NULL is never true.";
    Unused "MP107" "A named expression or list that no rule uses.";
}

impl Fault {
    /// How bad it is.
    #[must_use]
    pub fn severity(self) -> Severity {
        if self.code().starts_with("MP1") {
            Severity::Warning
        } else {
            Severity::Error
        }
    }
}

/// One mistake, with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// What kind of mistake.
    pub fault: Fault,
    /// The stable code of that kind.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Name of the file.
    pub file: String,
    /// Line in the file, from 1.
    pub line: u32,
    /// Column in the line, in characters, from 1.
    pub column: u32,
    /// Characters of that line that are meant, at least 1.
    pub length: u32,
    /// What is wrong.
    pub message: String,
    /// A few words under the place.
    pub label: String,
    /// What to do about it; may be empty.
    pub help: String,
    /// The line itself.
    pub source_line: String,
}

/// A stretch of one line of a file: line and column from 1, length in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Spot {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) length: u32,
}

/// What is said about a place.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Finding {
    pub(crate) fault: Fault,
    pub(crate) message: String,
    pub(crate) label: String,
    pub(crate) help: String,
}

impl Finding {
    pub(crate) fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self {
            fault,
            message: message.into(),
            label: String::new(),
            help: String::new(),
        }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

impl Diagnostic {
    pub(crate) fn new(finding: Finding, file: &str, spot: Spot, source_line: &str) -> Self {
        Self {
            fault: finding.fault,
            code: finding.fault.code(),
            severity: finding.fault.severity(),
            file: file.to_string(),
            line: spot.line,
            column: spot.column,
            length: spot.length.max(1),
            message: finding.message,
            label: finding.label,
            help: finding.help,
            source_line: source_line.to_string(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let line = self.line.to_string();
        let margin = " ".repeat(line.len());
        writeln!(f, "{severity}[{}]: {}", self.code, self.message)?;
        writeln!(f, "{margin}--> {}:{}:{}", self.file, self.line, self.column)?;
        let (excerpt, column) = excerpt(&self.source_line, self.column);
        if !excerpt.is_empty() {
            let room = excerpt.chars().count().saturating_sub(column).max(1);
            let length = usize::try_from(self.length).unwrap_or(1).clamp(1, room);
            let marks = "^".repeat(length);
            let indent: String = excerpt.chars().take(column).filter_map(blank_like).collect();
            let pad = " ".repeat(column.saturating_sub(excerpt.chars().count()));
            writeln!(f, "{margin} |")?;
            writeln!(f, "{line} | {excerpt}")?;
            let label = if self.label.is_empty() {
                String::new()
            } else {
                format!(" {}", self.label)
            };
            writeln!(f, "{margin} | {indent}{pad}{marks}{label}")?;
        }
        if self.help.is_empty() {
            Ok(())
        } else {
            writeln!(f, "{margin} = help: {}", self.help)
        }
    }
}

impl core::error::Error for Diagnostic {}

/// A blank as wide as a sign, so that the marks stand under their place: a tab is a tab, a Chinese sign or a picture takes
/// two columns, and an accent that is written behind its letter takes none.
const fn blank_like(sign: char) -> Option<char> {
    match sign {
        '\t' => Some('\t'),
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => None,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => Some('\u{3000}'),
        _ => Some(' '),
    }
}

/// The part of a line around a column (from 1), and the column within that part (from 0).
fn excerpt(line: &str, column: u32) -> (String, usize) {
    const WIDTH: usize = 160;
    let column = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    // What would move the cursor of a terminal, or colour it, is not passed on.
    let line: String = line
        .chars()
        .map(|sign| {
            if sign.is_control() && sign != '\t' {
                '\u{fffd}'
            } else {
                sign
            }
        })
        .collect();
    let line = line.trim_end();
    if line.chars().nth(WIDTH).is_none() {
        return (line.to_string(), column);
    }
    let skipped = column.saturating_sub(WIDTH / 2);
    let part: String = line.chars().skip(skipped).take(WIDTH).collect();
    if skipped == 0 {
        (part, column)
    } else {
        (format!("…{part}"), column - skipped + 1)
    }
}

/// The known name nearest to a mistaken one, if one is near: at most a third of its letters differ.
pub(crate) fn nearest<'n>(wrong: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let length = wrong.chars().count();
    if length > 64 {
        return None;
    }
    let limit = if length < 3 { 0 } else { length / 3 };
    let near = known.into_iter().filter_map(|name| {
        let steps = steps_between(wrong, name);
        (steps <= limit).then_some((steps, name))
    });
    near.min_by_key(|(steps, _)| *steps).map(|(_, name)| name)
}

/// `the nearest is ...`, or all of a short list.
pub(crate) fn advice<'n>(wrong: &str, known: impl IntoIterator<Item = &'n str> + Clone) -> String {
    if let Some(name) = nearest(wrong, known.clone()) {
        return format!("did you mean `{name}`?");
    }
    let mut list = String::new();
    let mut seen: alloc::vec::Vec<&str> = alloc::vec::Vec::new();
    for name in known {
        if !name.is_empty() && !seen.contains(&name) {
            seen.push(name);
        }
    }
    for (count, name) in seen.into_iter().enumerate() {
        if count >= 16 {
            list.push_str(", …");
            break;
        }
        if count > 0 {
            list.push_str(", ");
        }
        list.push_str(name);
    }
    if list.is_empty() {
        list
    } else {
        format!("known are: {list}")
    }
}

/// Letters to insert, delete, replace or exchange with their neighbour; case does not count.
fn steps_between(a: &str, b: &str) -> usize {
    let b: alloc::vec::Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    let mut before: alloc::vec::Vec<usize> = alloc::vec::Vec::new();
    let mut row: alloc::vec::Vec<usize> = (0..=b.len()).collect();
    let mut last = None;
    for (i, left) in a.chars().flat_map(char::to_lowercase).enumerate() {
        let mut next = alloc::vec::Vec::with_capacity(row.len());
        next.push(i + 1);
        let mut previous = None;
        for (j, right) in b.iter().enumerate() {
            let at = |list: &[usize], place: usize| list.get(place).copied().unwrap_or(usize::MAX / 2);
            let mut steps = (at(&row, j + 1) + 1).min(at(&next, j) + 1);
            steps = steps.min(at(&row, j) + usize::from(left != *right));
            if last == Some(*right) && previous == Some(left) && j > 0 {
                steps = steps.min(at(&before, j - 1) + 1);
            }
            next.push(steps);
            previous = Some(*right);
        }
        before = core::mem::replace(&mut row, next);
        last = Some(left);
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let known = ["silence", "status", "status_since", "carrier", "in_transit"];
        for (wrong, expected) in [
            ("silense", Some("silence")),
            ("sielnce", Some("silence")),
            ("Status", Some("status")),
            ("in_transt", Some("in_transit")),
            ("weather", None),
            ("", None),
        ] {
            assert_eq!(nearest(wrong, known), expected, "{wrong}");
        }
    }

    #[test]
    fn codes_are_unique() {
        let mut codes: alloc::vec::Vec<&str> = Fault::ALL.iter().map(|fault| fault.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Fault::ALL.len());
    }
}
