//! Sizes are symptoms: where a limit is reached, a name is missing.

use crate::{File, Offence, Token, Tree, mask, tokens};

const FILE_LINES_MAX: usize = 500;
const FN_LINES_MAX: usize = 70;

/// Files with a limit of their own.
const OWN_LIMITS: [(&str, usize, &str); 3] = [
    (
        "engine/ARCHITECTURE.md",
        250,
        "say it in fewer words, or move the detail to the file it is about",
    ),
    (
        "engine/server/src/main.rs",
        60,
        "main reads as a table of contents: move the work to cli/",
    ),
    (
        "engine/server/src/pipeline.rs",
        150,
        "the wiring shows the stages and no more: move a stage to a file of its own",
    ),
];

/// A crate with a limit as a whole, its tests not counted.
const MODEL: (&str, usize) = ("engine/model/src/", 1500);

/// Lengths of files, of functions, and of the model.
pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in &tree.files {
        let lines = file.text.lines().count();
        if let Some((_, max, todo)) = OWN_LIMITS.iter().find(|(path, _, _)| *path == file.path)
            && lines > *max
        {
            offences.push(Offence::of_file(
                &file.path,
                format!("{lines} lines, at most {max}"),
                *todo,
            ));
        }
        if file.is_rust() {
            if lines > FILE_LINES_MAX {
                let what = format!("{lines} lines, at most {FILE_LINES_MAX}");
                offences.push(Offence::of_file(
                    &file.path,
                    what,
                    "find the thing in it that wants to stand alone",
                ));
            }
            offences.extend(long_functions(file));
        }
    }
    offences.extend(model(tree));
    offences
}

/// A function in masked code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function<'a> {
    /// Its name.
    pub name: &'a str,
    /// The line of `fn`.
    pub first_line: usize,
    /// The line of the closing brace.
    pub last_line: usize,
}

fn long_functions(file: &File) -> Vec<Offence> {
    let code = mask(&file.text).code;
    let found = tokens(&code);
    let mut offences = Vec::new();
    for function in functions(&found) {
        let lines = function.last_line - function.first_line + 1;
        if lines > FN_LINES_MAX {
            let what = format!("fn {} has {lines} lines, at most {FN_LINES_MAX}", function.name);
            offences.push(Offence::at(
                &file.path,
                function.first_line,
                what,
                "give a name to a part of it",
            ));
        }
    }
    offences
}

/// All functions with a body, nested ones too.
pub fn functions<'a>(found: &[Token<'a>]) -> Vec<Function<'a>> {
    let mut functions = Vec::new();
    for (at, pair) in found.windows(2).enumerate() {
        if let [keyword, name] = pair
            && keyword.text == "fn"
            && name.is_word()
        {
            let last_line = body_end(found.get(at + 2..).unwrap_or_default());
            functions.extend(last_line.map(|last_line| Function {
                name: name.text,
                first_line: keyword.line,
                last_line,
            }));
        }
    }
    functions
}

/// The line where the body ends that begins somewhere after a function's name; `None` for a function without one.
fn body_end(found: &[Token]) -> Option<usize> {
    // Brackets of arguments and array types may hold `;` and `{`: the body begins outside them.
    let (mut brackets, mut braces) = (0_usize, 0_usize);
    for token in found {
        match token.text {
            "(" | "[" => brackets += 1,
            ")" | "]" => brackets = brackets.saturating_sub(1),
            ";" if brackets == 0 && braces == 0 => return None,
            "{" if brackets == 0 || braces > 0 => braces += 1,
            "}" if braces > 0 => {
                braces -= 1;
                if braces == 0 {
                    return Some(token.line);
                }
            }
            _ => {}
        }
    }
    None
}

/// The model as a whole: nouns, and no cupboard.
fn model(tree: &Tree) -> Option<Offence> {
    let (folder, max) = MODEL;
    let files = tree
        .rust()
        .filter(|file| file.path.starts_with(folder) && !is_test_file(file));
    let lines: usize = files
        .map(|file| file.text.lines().count() - test_lines(&file.text))
        .sum();
    let what = format!("{lines} lines without tests, at most {max}");
    (lines > max).then(|| {
        Offence::of_file(
            folder,
            what,
            "move verbs to engine/core, words of one edge to that edge",
        )
    })
}

fn is_test_file(file: &File) -> bool {
    file.name() == "tests.rs" || file.name().ends_with("_tests.rs") || file.path.contains("/tests/")
}

/// Lines of everything that is `#[cfg(test)]` and has braces.
fn test_lines(text: &str) -> usize {
    let code = mask(text).code;
    let found = tokens(&code);
    let opening = ["#", "[", "cfg", "(", "test", ")", "]"];
    let starts = found
        .windows(opening.len())
        .enumerate()
        .filter(|(_, window)| window.iter().map(|token| token.text).eq(opening));
    let mut lines = 0;
    for (at, window) in starts {
        let after = found.get(at + opening.len()..).unwrap_or_default();
        let first = window.first().map_or(0, |token| token.line);
        lines += body_end(after).map_or(0, |last| last - first + 1);
    }
    lines
}
