//! The file of a format as lines of YAML: texts, lists and mappings with the line at which each stands, and what is wrong
//! with them so far.

use saphyr_parser::{Event, Parser, Span};

/// No file of a format is larger.
const FILE_BYTES_MAX: usize = 1 << 20;
/// Files of formats need six levels.
const DEPTH_MAX: usize = 12;

/// A value and its line, from 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Yaml {
    pub(crate) line: usize,
    pub(crate) body: Body,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Body {
    Text(String),
    List(Vec<Yaml>),
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) line: usize,
    pub(crate) value: Yaml,
}

/// What is wrong with a file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there and what to do.
    pub what: String,
}

/// Everything that is wrong with a file, as it is found.
#[derive(Default, Debug)]
pub(crate) struct Mistakes(pub(crate) Vec<Mistake>);

impl Mistakes {
    pub(crate) fn add(&mut self, line: usize, what: impl Into<String>) {
        self.0.push(Mistake {
            line,
            what: what.into(),
        });
    }
}

impl Yaml {
    /// Reads a file of one document.
    pub(crate) fn parse(text: &str) -> Result<Self, Mistake> {
        if text.len() > FILE_BYTES_MAX {
            let what = format!(
                "the file has {} bytes; no file of a format needs more than {FILE_BYTES_MAX}",
                text.len()
            );
            return Err(Mistake { line: 1, what });
        }
        Reader(Parser::new_from_str(text)).document()
    }

    pub(crate) fn text<'y>(&'y self, what: &str, mistakes: &mut Mistakes) -> &'y str {
        match &self.body {
            Body::Text(text) => text,
            Body::List(_) | Body::Map(_) => {
                mistakes.add(self.line, format!("{what} is a text"));
                ""
            }
        }
    }

    /// The items of a list; a value that is no list is the only item.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.body {
            Body::List(items) => items,
            Body::Text(_) | Body::Map(_) => std::slice::from_ref(self),
        }
    }

    /// The entries of a mapping.
    pub(crate) fn entries<'y>(&'y self, what: &str, mistakes: &mut Mistakes) -> &'y [Entry] {
        match &self.body {
            Body::Map(entries) => entries,
            Body::Text(_) | Body::List(_) => {
                mistakes.add(
                    self.line,
                    format!("{what} is a list of names with values, `name: value`"),
                );
                &[]
            }
        }
    }
}

struct Reader<'t>(Parser<'t, saphyr_parser::StrInput<'t>>);

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Mistake> {
        match self.0.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(Mistake {
                line: error.marker().line().max(1),
                what: format!("this is not YAML: {}", error.info()),
            }),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn document(mut self) -> Result<Yaml, Mistake> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => {
                    let what = "the file is empty; it begins with `format:`".to_owned();
                    return root.ok_or(Mistake { line: 1, what });
                }
                Event::DocumentStart(_) if root.is_some() => {
                    let what = "a second document begins here; a format is one file".to_owned();
                    return Err(Mistake {
                        line: line(&span),
                        what,
                    });
                }
                Event::DocumentStart(_) => {
                    let (event, span) = self.next()?;
                    root = self.node(event, &span, 0)?;
                }
                Event::StreamStart
                | Event::DocumentEnd
                | Event::Nothing
                | Event::Alias(_)
                | Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd => {}
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: &Span, depth: usize) -> Result<Option<Yaml>, Mistake> {
        let line = line(span);
        let refused = |what: &str| {
            let what = what.to_owned();
            Err(Mistake { line, what })
        };
        if depth > DEPTH_MAX {
            return refused("lists and mappings are nested too deeply; is a bracket missing?");
        }
        let body = match event {
            Event::Scalar(text, _, 0, None) => Body::Text(text.to_string()),
            Event::SequenceStart(0, None) => {
                let mut items = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::SequenceEnd) {
                        break Body::List(items);
                    }
                    items.extend(self.node(event, &span, depth + 1)?);
                }
            }
            Event::MappingStart(0, None) => self.mapping(depth)?,
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_) => {
                return refused("anchors (&), aliases (*) and tags (!) are not used here; put such a text in quotes");
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => return Ok(None),
        };
        Ok(Some(Yaml { line, body }))
    }

    fn mapping(&mut self, depth: usize) -> Result<Body, Mistake> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Body::Map(entries));
            }
            let line = line(&span);
            let key = match self.node(event, &span, depth + 1)? {
                Some(Yaml {
                    body: Body::Text(key), ..
                }) => key,
                Some(_) | None => {
                    let what =
                        "a name must be a word, not a list or a mapping; braces in a text need quotes".to_owned();
                    return Err(Mistake { line, what });
                }
            };
            if let Some(before) = entries.iter().find(|entry| entry.key == key) {
                let what = format!("`{key}` stands here a second time, first on line {}", before.line);
                return Err(Mistake { line, what });
            }
            let (event, span) = self.next()?;
            if let Some(value) = self.node(event, &span, depth + 1)? {
                entries.push(Entry { key, line, value });
            }
        }
    }
}

fn line(span: &Span) -> usize {
    span.start.line().max(1)
}
