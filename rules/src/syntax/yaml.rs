//! YAML with places: a small tree of texts, lists and mappings in which every character of a text can be traced back to
//! its line and column, also through folded, indented and quoted scalars.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use crate::errors::{Fault, Finding, Spot};
use crate::program::Constant;
use crate::syntax::source::{Reports, Source};

/// No rule file is larger.
pub(crate) const FILE_BYTES_MAX: usize = 1 << 20;

/// Mappings within lists within mappings: rule files need four.
const DEPTH_MAX: usize = 16;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) body: Body,
    pub(crate) spot: Spot,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    Text(Scalar),
    List(Vec<Node>),
    Map(Vec<(Scalar, Node)>),
}

/// A text and how it was written.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) spot: Spot,
    pub(crate) style: ScalarStyle,
    /// Line and column behind its last sign; of a block, where the next line that is not its own begins.
    pub(crate) end: (u32, u32),
}

impl Scalar {
    /// The value of a list item: plain digits are a number, all else is text.
    pub(crate) fn constant(&self) -> Constant {
        match (self.style, self.text.parse::<i64>()) {
            (ScalarStyle::Plain, Ok(number)) => Constant::Int(number),
            _ => Constant::Text(self.text.as_str().into()),
        }
    }

    /// Where `length` characters from the `start`-th on stand in the file.
    pub(crate) fn locate(&self, source: &Source<'_>, start: usize, length: usize) -> Spot {
        let places = self.places(source);
        let Some((line, column)) = places.get(start).or(places.last()).copied() else {
            return self.spot;
        };
        let wanted = places.iter().skip(start).take(length.max(1));
        let on_line = wanted.filter(|(other, _)| *other == line);
        let last = on_line.map(|(_, column)| *column).max().unwrap_or(column);
        let past_the_end = u32::from(start >= places.len() && !places.is_empty());
        Spot {
            line,
            column: column + past_the_end,
            length: (last + 1).saturating_sub(column).max(1),
        }
    }

    /// Line and column of every character of the text. The text is the source without indentation, folds and escapes,
    /// so both are walked side by side: every sign but a blank must come again.
    pub(crate) fn places(&self, source: &Source<'_>) -> Vec<(u32, u32)> {
        let mut walk = Walk::new(source, self.spot);
        match self.style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => walk.step(),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                // The place of a block is that of its `|` or `>`; the text begins on the next line.
                if matches!(walk.peek(), Some('|' | '>')) {
                    walk.next_line();
                }
            }
            ScalarStyle::Plain => {}
        }
        let mut places = Vec::with_capacity(self.text.len());
        for sign in self.text.chars() {
            if sign.is_whitespace() {
                // A blank may stand for the end of a line: then it has the place behind the line's last sign.
                places.push((walk.line, walk.column));
                if walk.peek().is_some_and(char::is_whitespace) {
                    walk.step();
                }
            } else {
                walk.find(sign, self.style);
                places.push((walk.line, walk.column));
                walk.consume(sign, self.style);
            }
        }
        places
    }
}

/// A place in the source that moves forward.
#[derive(Clone)]
struct Walk<'s, 'a> {
    source: &'s Source<'a>,
    line: u32,
    column: u32,
    rest: core::str::Chars<'a>,
}

impl<'s, 'a> Walk<'s, 'a> {
    fn new(source: &'s Source<'a>, spot: Spot) -> Self {
        let mut walk = Self {
            source,
            line: spot.line,
            column: 1,
            rest: source.line(spot.line).chars(),
        };
        walk.go_to(spot.column);
        walk
    }

    fn go_to(&mut self, column: u32) {
        while self.column < column && self.peek().is_some() {
            self.step();
        }
    }

    /// From an opening quote to behind the closing one.
    fn over_quoted(&mut self, style: ScalarStyle) {
        let quote = self.peek();
        self.step();
        while self.line <= self.source.last_line() {
            match self.peek() {
                None => self.next_line(),
                Some('\\') if style == ScalarStyle::DoubleQuoted => {
                    self.step();
                    if self.peek().is_some() {
                        self.step();
                    }
                }
                found => {
                    self.step();
                    let is_doubled = style == ScalarStyle::SingleQuoted && self.peek() == quote;
                    match found == quote {
                        true if is_doubled => self.step(),
                        true => return,
                        false => {}
                    }
                }
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn step(&mut self) {
        self.rest.next();
        self.column += 1;
    }

    fn next_line(&mut self) {
        self.line += 1;
        self.column = 1;
        self.rest = self.source.line(self.line).chars();
    }

    /// Goes forward to a sign, over blanks and ends of lines. An escape in double quotes counts as the sign it means.
    fn find(&mut self, sign: char, style: ScalarStyle) {
        let start = self.clone();
        while self.line <= self.source.last_line() {
            match self.peek() {
                None => self.next_line(),
                Some(found) if found == sign => return,
                Some('\\') if style == ScalarStyle::DoubleQuoted => {
                    if self.escape_length().is_some() {
                        return;
                    }
                    self.step();
                }
                Some(found) if found.is_whitespace() => self.step(),
                // Not what the text says: the walk has lost its way and stays where it was.
                Some(_) => break,
            }
        }
        *self = start;
    }

    /// Goes over a sign that was found.
    fn consume(&mut self, sign: char, style: ScalarStyle) {
        let length = match (style, self.peek()) {
            (ScalarStyle::DoubleQuoted, Some('\\')) => self.escape_length().unwrap_or(1),
            (ScalarStyle::SingleQuoted, Some('\'')) if sign == '\'' => 2,
            _ => 1,
        };
        (0..length).for_each(|_| self.step());
    }

    /// How many signs an escape takes; `None` for an escaped end of line.
    fn escape_length(&self) -> Option<usize> {
        match self.rest.clone().nth(1)? {
            'x' => Some(4),
            'u' => Some(6),
            'U' => Some(10),
            _ => Some(2),
        }
    }
}

/// Reads a file. Mistakes are reported, and nothing is returned then.
pub(crate) fn parse(file: usize, reports: &mut Reports<'_, '_>) -> Option<Node> {
    let source = reports.source(file)?;
    if source.text.len() > FILE_BYTES_MAX {
        let message = format!(
            "the file has {} bytes; the limit is {FILE_BYTES_MAX}",
            source.text.len()
        );
        let spot = Spot {
            line: 1,
            column: 1,
            length: 1,
        };
        reports.add(
            file,
            spot,
            Finding::new(Fault::TooMuch, message).help("divide it into several files"),
        );
        return None;
    }
    match Builder::new(source).document() {
        Ok(node) => node,
        Err(mistake) => {
            let (spot, finding) = *mistake;
            reports.add(file, spot, finding);
            None
        }
    }
}

type Mistake = alloc::boxed::Box<(Spot, Finding)>;

/// Builds the tree from the parser's events.
struct Builder<'s, 't> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    /// The last quote that was looked for; texts come in the order in which they stand.
    walk: Walk<'s, 't>,
}

impl<'s, 't> Builder<'s, 't> {
    fn new(source: &'s Source<'t>) -> Self {
        Self {
            parser: Parser::new_from_str(source.text),
            walk: Walk::new(source, Spot::default()),
        }
    }

    /// Where a text ends. The parser counts blanks and comments behind a quoted text as part of it.
    fn end_of(&mut self, spot: Spot, style: ScalarStyle, end: Marker) -> (u32, u32) {
        if !matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
            let end = spot_of(end);
            return (end.line, end.column);
        }
        if self.walk.line != spot.line || self.walk.column > spot.column {
            self.walk = Walk::new(self.walk.source, spot);
        }
        self.walk.go_to(spot.column);
        self.walk.over_quoted(style);
        (self.walk.line, self.walk.column)
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Mistake> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let is_too_deep = error.info().contains("recursion limit");
                let fault = if is_too_deep { Fault::TooMuch } else { Fault::BadYaml };
                let finding = Finding::new(fault, format!("this is not YAML: {}", error.info()));
                Err((spot_of(*error.marker()), finding.help(advice_on(error.info()))).into())
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// The one document of the file; `None` when the file is empty.
    fn document(&mut self) -> Result<Option<Node>, Mistake> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(_) if root.is_some() => {
                    let finding = Finding::new(Fault::BadYaml, "a second document begins here")
                        .help("a rule file is one document: remove the `---`, or move the rest to a file of its own");
                    return Err((spot_of(span.start), finding).into());
                }
                Event::DocumentStart(_) => {
                    let (event, span) = self.next()?;
                    root = self.node(event, span, 0)?;
                }
                Event::Alias(_)
                | Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd => {}
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Option<Node>, Mistake> {
        let spot = spot_of(span.start);
        if depth > DEPTH_MAX {
            let finding = Finding::new(Fault::TooMuch, "lists and mappings are nested too deeply")
                .help("a rule file needs four levels; is a bracket missing?");
            return Err((spot, finding).into());
        }
        let body = match event {
            Event::Scalar(text, style, anchor, tag) => {
                plain_only(spot, anchor, tag.is_some())?;
                let spot = Spot {
                    length: u32::try_from(span.len()).unwrap_or(1),
                    ..spot
                };
                let text = text.to_string();
                let end = self.end_of(spot, style, span.end);
                let spot = Spot {
                    length: if end.0 == spot.line {
                        end.1.saturating_sub(spot.column)
                    } else {
                        spot.length
                    },
                    ..spot
                };
                return Ok(Some(Node {
                    spot,
                    body: Body::Text(Scalar { text, spot, style, end }),
                }));
            }
            Event::SequenceStart(anchor, tag) => {
                plain_only(spot, anchor, tag.is_some())?;
                let mut items = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::SequenceEnd) {
                        break Body::List(items);
                    }
                    items.extend(self.node(event, span, depth + 1)?);
                }
            }
            Event::MappingStart(anchor, tag) => {
                plain_only(spot, anchor, tag.is_some())?;
                self.mapping(depth)?
            }
            Event::Alias(_) => return Err(not_in_rule_files(spot)),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => return Ok(None),
        };
        Ok(Some(Node { body, spot }))
    }

    fn mapping(&mut self, depth: usize) -> Result<Body, Mistake> {
        let mut entries = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Body::Map(entries));
            }
            let key = match self.node(event, span, depth + 1)? {
                Some(Node {
                    body: Body::Text(key), ..
                }) => key,
                _ => {
                    let finding = Finding::new(Fault::BadYaml, "a key must be a word, not a list or a mapping")
                        .help("braces and brackets in a text need quotes around it");
                    return Err((spot_of(span.start), finding).into());
                }
            };
            let (event, span) = self.next()?;
            if let Some(value) = self.node(event, span, depth + 1)? {
                entries.push((key, value));
            }
        }
    }
}

fn spot_of(marker: Marker) -> Spot {
    Spot {
        line: u32::try_from(marker.line()).unwrap_or(u32::MAX).max(1),
        column: u32::try_from(marker.col()).unwrap_or(u32::MAX).saturating_add(1),
        length: 1,
    }
}

fn plain_only(spot: Spot, anchor: usize, has_tag: bool) -> Result<(), Mistake> {
    if anchor != 0 || has_tag {
        return Err(not_in_rule_files(spot));
    }
    Ok(())
}

fn not_in_rule_files(spot: Spot) -> Mistake {
    let finding = Finding::new(
        Fault::BadYaml,
        "anchors (&), aliases (*) and tags (!) are not used in rule files",
    )
    .help("put a text that begins with one of these signs in quotes; share conditions with `let:`");
    (spot, finding).into()
}

/// What usually lies behind a complaint of the YAML parser.
fn advice_on(complaint: &str) -> &'static str {
    if complaint.contains("mapping values") {
        "a text with `: ` in it needs quotes around it, or stands under `>`"
    } else if complaint.contains("tab") {
        "indent with spaces, not with tabs, here and on the next line"
    } else if complaint.contains("followed by a valid YAML whitespace") {
        "behind the colon stands a blank, not a tab"
    } else if complaint.contains("invalid indentation") {
        "indent this line more than the key that it belongs to; a closing bracket, too"
    } else if complaint.contains("quoted") {
        "a quote is not closed, or text follows the closing one; an expression that begins with a quote stands under `>`"
    } else {
        "check indentation, quotes and brackets here and on the line before; put long texts under `>`"
    }
}
