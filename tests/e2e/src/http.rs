//! As much HTTP as a question and its answer take, on a plain socket.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than any answer takes.
const WAIT: Duration = Duration::from_secs(60);

/// What a server answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The `Content-Type`; empty when there is none.
    pub content_type: String,
    /// The `Retry-After`; empty when there is none.
    pub retry_after: String,
    /// The body.
    pub body: String,
}

/// Asks one question on a connection of its own.
///
/// # Panics
/// When no answer comes.
pub(crate) fn ask(address: &str, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).expect("the engine listens");
    stream.set_read_timeout(Some(WAIT)).expect("a socket can have a limit");
    let mut question = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for header in headers {
        question.push_str(header);
        question.push_str("\r\n");
    }
    question.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    stream.write_all(question.as_bytes()).expect("the engine reads");
    // Who refuses a body may hang up before it has read all of it.
    drop(stream.write_all(body));
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the engine answers in UTF-8");
    parse(&answer).unwrap_or_else(|| panic!("this is no HTTP:\n{answer}"))
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let fields: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(": ")).collect();
    let field = |wanted: &str| {
        let named = fields.iter().rfind(|(name, _)| name.eq_ignore_ascii_case(wanted));
        named.map(|(_, value)| (*value).to_owned()).unwrap_or_default()
    };
    Some(Answer {
        status,
        content_type: field("content-type"),
        retry_after: field("retry-after"),
        body: body.to_owned(),
    })
}
