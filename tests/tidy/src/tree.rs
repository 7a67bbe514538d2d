//! The text of the repository, read once: what every check looks at.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Files above this are data: no check reads them.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// A text file of the repository.
#[derive(Clone, Debug)]
pub struct File {
    /// Path from the root, with `/` on every system.
    pub path: String,
    /// The whole text; empty for a file that is not text, which is in the tree only by its path.
    pub text: String,
}

impl File {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether this is Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// The files of the repository, sorted by path.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Sorted by path.
    pub files: Vec<File>,
}

impl Tree {
    /// The repository that this crate stands in.
    pub fn of_this_repository() -> io::Result<Tree> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Tree::read(&root)
    }

    /// All files below `root` but those that git ignores.
    pub fn read(root: &Path) -> io::Result<Tree> {
        let ignored = Ignored::parse(&fs::read_to_string(root.join(".gitignore")).unwrap_or_default());
        let mut files = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(root.join(&folder))? {
                let entry = entry?;
                let path = folder.join(entry.file_name());
                let name = path.to_string_lossy().replace('\\', "/");
                if ignored.has(&name) {
                    continue;
                }
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() {
                    let text = read_text(&entry.path())?;
                    files.push(File { path: name, text });
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Tree { files })
    }

    /// A small tree, for samples.
    pub fn of(files: &[(&str, &str)]) -> Tree {
        let mut files: Vec<File> = files
            .iter()
            .map(|(path, text)| File {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Tree { files }
    }

    /// The file at exactly this path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// All Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }

    /// Whether `path` is a file, or a folder with a file in it.
    pub fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.files
            .iter()
            .any(|file| file.path == path || file.path.starts_with(&folder))
    }
}

/// The text of a file; empty where it is not text, vanished while we looked, or is too large to have been written by hand.
fn read_text(path: &Path) -> io::Result<String> {
    // Tests of other crates run beside this one and may remove a file that the folder still showed.
    let Ok(about) = fs::metadata(path) else {
        return Ok(String::new());
    };
    if about.len() > FILE_BYTES_MAX {
        return Ok(String::new());
    }
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8(bytes).unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// The two forms of `.gitignore` lines that we use: `/path` from the root and `*.ending` anywhere.
#[derive(Default)]
struct Ignored {
    paths: Vec<String>,
    endings: Vec<String>,
}

impl Ignored {
    fn parse(text: &str) -> Ignored {
        let mut ignored = Ignored {
            paths: vec![".git".to_owned()],
            endings: Vec::new(),
        };
        for line in text.lines() {
            if let Some(path) = line.strip_prefix('/') {
                ignored.paths.push(path.trim_end_matches('/').to_owned());
            } else if let Some(ending) = line.strip_prefix('*') {
                ignored.endings.push(ending.to_owned());
            }
        }
        ignored
    }

    fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|ignored| ignored == path)
            || self.endings.iter().any(|ending| path.ends_with(ending.as_str()))
    }
}
