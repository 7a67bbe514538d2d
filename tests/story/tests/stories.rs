//! Every story in `stories/` is told; what the engine says must be what is written there. With `UPDATE_STORIES=1` it is
//! written anew.

use milepost_test_story::story::{Passage, passages, tell};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn stories_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stories");
    let only = std::env::var("STORY").unwrap_or_default();
    let update = std::env::var_os("UPDATE_STORIES").is_some();
    let mut failures = Vec::new();
    let mut told = 0;
    for path in scripts(&folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.contains(&only) {
            continue;
        }
        told += 1;
        let script = fs::read_to_string(&path).expect("the script was listed");
        match tell(&script) {
            Err(error) => failures.push(format!("stories/{name}:{}: {}", error.line, error.what)),
            Ok(found) if update => {
                let text: Vec<&str> = found.iter().map(|passage| passage.text.as_str()).collect();
                fs::write(&path, text.join("\n") + "\n").expect("the script can be written");
            }
            Ok(found) => failures.extend(differences(&name, &passages(&script), &found)),
        }
    }
    assert!(told > 0, "no story is called like `{only}`");
    assert!(
        failures.is_empty(),
        "{}\nUPDATE_STORIES=1 writes down what was said.",
        failures.join("\n")
    );
}

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("stories/ stands beside this test");
    let mut scripts: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|ending| ending == "story"));
    scripts.sort();
    scripts
}

fn differences(name: &str, expected: &[Passage], found: &[Passage]) -> Vec<String> {
    let pairs = expected.iter().zip(found).filter(|(expected, found)| expected != found);
    pairs
        .map(|(expected, found)| {
            format!(
                "stories/{name}:{}: written is\n{}\nbut told is\n{}",
                expected.line, expected.text, found.text
            )
        })
        .collect()
}
