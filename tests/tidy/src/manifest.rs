//! Just enough TOML to read the dependencies out of a `Cargo.toml`: tables, keys, strings, on lines of their own.

/// What the checks need from one `Cargo.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// `package.name`, empty in a virtual workspace.
    pub name: String,
    /// `workspace.members`.
    pub members: Vec<String>,
    /// Whether `[lints] workspace = true` stands there.
    pub inherits_lints: bool,
    /// All dependencies, in the order of the file.
    pub dependencies: Vec<Dependency>,
}

/// One dependency as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The package's name (after `package = "…"` where the key is an alias).
    pub name: String,
    /// Only for tests, examples and benches of the crate.
    pub is_dev: bool,
    /// Line, from 1.
    pub line: usize,
}

/// Reads a manifest. What it does not know it skips: cargo itself refuses what is wrong.
pub fn parse(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    let mut table = String::new();
    let mut depth = 0_usize;
    let mut in_members = false;
    for (line, text) in (1..).zip(text.lines()) {
        let text = without_comment(text).trim();
        if depth == 0 && text.starts_with('[') {
            table = text.trim_matches(|c| c == '[' || c == ']').replace(['"', '\''], "");
            in_members = false;
            if let Some((is_dev, name)) = dependency_table(&table) {
                manifest
                    .dependencies
                    .extend(name.map(|name| Dependency { name, is_dev, line }));
            }
            continue;
        }
        if depth == 0 {
            in_members = read_key(&mut manifest, &table, text, line);
        }
        if in_members {
            manifest.members.extend(strings(text));
        }
        depth = depth_after(depth, text);
    }
    manifest
}

/// Takes what the line `key = value` says; true where it begins `workspace.members`.
fn read_key(manifest: &mut Manifest, table: &str, text: &str, line: usize) -> bool {
    let Some((key, value)) = text.split_once('=') else {
        return false;
    };
    let (key, value) = (key.trim().replace(['"', '\''], ""), value.trim());
    match (table, key.as_str()) {
        ("package", "name") => manifest.name = value.trim_matches('"').to_owned(),
        ("lints", "workspace") => manifest.inherits_lints = value == "true",
        ("workspace", "members") => return true,
        _ => {}
    }
    match dependency_table(table) {
        Some((is_dev, None)) => {
            let alias = key.split('.').next().unwrap_or_default().to_owned();
            let name = package_name(&key, value).unwrap_or(alias);
            manifest.dependencies.push(Dependency { name, is_dev, line });
        }
        Some((_, Some(_))) if key == "package" => {
            if let Some(last) = manifest.dependencies.last_mut() {
                last.name = value.trim_matches('"').to_owned();
            }
        }
        Some((_, Some(_))) | None => {}
    }
    false
}

/// Whether the table holds dependencies, whether for development only, and the one it is about (`[dependencies.x]`).
fn dependency_table(table: &str) -> Option<(bool, Option<String>)> {
    let mut parts = table.split('.').skip_while(|part| !part.ends_with("dependencies"));
    let is_dev = match parts.next()? {
        "dev-dependencies" => true,
        "dependencies" | "build-dependencies" => false,
        _ => return None,
    };
    // `[workspace.dependencies]` only gives versions; who uses one says so in its own manifest.
    if table.starts_with("workspace.") {
        return None;
    }
    Some((is_dev, parts.next().map(str::to_owned)))
}

/// The name behind an alias: `x = { package = "name" }` or `x.package = "name"`.
fn package_name(key: &str, value: &str) -> Option<String> {
    if key.ends_with(".package") {
        return Some(value.trim_matches('"').to_owned());
    }
    let after = value.split_once("package")?.1.trim_start().strip_prefix('=')?;
    strings(after).next()
}

/// The strings of a line.
fn strings(text: &str) -> impl Iterator<Item = String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned)
}

fn without_comment(text: &str) -> &str {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted => return text.get(..at).unwrap_or(text),
            _ => {}
        }
    }
    text
}

/// How many brackets are open after this line.
fn depth_after(depth: usize, text: &str) -> usize {
    let outside = text.split('"').step_by(2);
    outside.flat_map(str::chars).fold(depth, |depth, c| match c {
        '[' | '{' => depth + 1,
        ']' | '}' => depth.saturating_sub(1),
        _ => depth,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_dependency_is_read() {
        let manifest = parse(
            "[workspace]\nmembers = [\n  \"a\", # first\n  \"b/c\",\n]\n\
             [workspace.dependencies]\nunused = \"1\"\n\
             [package]\nname = \"x\"\n[lints]\nworkspace = true\n\
             [dependencies]\none = \"1\"\ntwo.workspace = true # why\nthree = { version = \"1\", features = [\n \"f = 1\",\n] }\n\
             alias = { package = \"four\" }\n[dependencies.five]\nversion = \"1\"\n[dependencies.alias]\npackage = \"six\"\n\
             [target.'cfg(unix)'.dependencies]\nseven = \"1\"\n[dev-dependencies]\neight = \"1\"\n\
             [build-dependencies]\nnine = \"1\"\n[features]\nf = [\"one/x\"]\n",
        );
        assert_eq!(manifest.name, "x");
        assert_eq!(manifest.members, ["a", "b/c"]);
        assert!(manifest.inherits_lints);
        let names: Vec<(&str, bool)> = manifest
            .dependencies
            .iter()
            .map(|dependency| (dependency.name.as_str(), dependency.is_dev))
            .collect();
        let plain = ["one", "two", "three", "four", "five", "six", "seven"].map(|name| (name, false));
        assert_eq!(names, [plain.as_slice(), &[("eight", true), ("nine", false)]].concat());
    }
}
