//! NATS as it goes over the wire, for one user: what the server says to each single thing that is asked, in its order. A
//! client library would pass over refusals, and wait where nothing comes.

use crate::role::{PASSWORD, Role};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any answer takes.
const WAIT: Duration = Duration::from_secs(60);

/// A connection of a user.
pub struct Wire {
    reader: BufReader<TcpStream>,
    inbox: String,
    asked: u64,
    subscriptions: u64,
    came: VecDeque<Came>,
}

/// A message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Came {
    /// Its subject.
    pub subject: String,
    /// Where an answer is to go; empty when nowhere.
    pub reply: String,
    /// What it holds.
    pub payload: String,
}

/// What the server says to a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// An answer came.
    Answer(Came),
    /// The server refuses, in these words.
    Refused(String),
}

enum Said {
    Message,
    Error(String),
    Pong,
}

impl Wire {
    /// Connects, and listens where the answers of its role come in.
    ///
    /// # Panics
    /// When the server refuses.
    #[must_use]
    pub fn open(address: SocketAddr, role: Role) -> Self {
        let stream = TcpStream::connect(address).expect("nats-server listens");
        stream.set_read_timeout(Some(WAIT)).expect("a socket can have a limit");
        // What is asked is small, and goes out at once.
        stream.set_nodelay(true).expect("a socket can be told so");
        let mut wire = Self {
            reader: BufReader::new(stream),
            inbox: role.inbox(),
            asked: 0,
            subscriptions: 0,
            came: VecDeque::new(),
        };
        let mut greeting = String::new();
        wire.reader.read_line(&mut greeting).expect("nats-server greets");
        assert!(greeting.starts_with("INFO "), "{greeting}");
        let user = role.user();
        wire.write(&format!(
            "CONNECT {{\"user\":\"{user}\",\"pass\":\"{PASSWORD}\",\"verbose\":false,\"headers\":true,\"no_responders\":true}}\r\n"
        ));
        let inbox = format!("{}.>", wire.inbox);
        assert_eq!(
            wire.subscribe(&inbox),
            Vec::<String>::new(),
            "{user} may hear its answers"
        );
        wire
    }

    /// Publishes, with an answer to go to `reply`; what the server says against it.
    pub fn publish(&mut self, subject: &str, reply: &str, payload: &str) -> Vec<String> {
        self.write(&format!("PUB {subject} {reply} {}\r\n{payload}\r\n", payload.len()));
        self.refusals()
    }

    /// Subscribes; what the server says against it.
    pub fn subscribe(&mut self, subject: &str) -> Vec<String> {
        self.subscriptions += 1;
        self.write(&format!("SUB {subject} {}\r\n", self.subscriptions));
        self.refusals()
    }

    /// Asks, and waits for the answer or the refusal.
    pub fn request(&mut self, subject: &str, payload: &str) -> Told {
        self.asked += 1;
        let reply = format!("{}.{}", self.inbox, self.asked);
        if let Some(refusal) = self.publish(subject, &reply, payload).pop() {
            return Told::Refused(refusal);
        }
        Told::Answer(self.receive())
    }

    /// Asks; the answer.
    ///
    /// # Panics
    /// When the server refuses, or the answer is an error.
    pub fn answer(&mut self, subject: &str, payload: &str) -> Came {
        match self.request(subject, payload) {
            Told::Answer(answer) if !answer.payload.contains("\"error\"") => answer,
            told @ (Told::Answer(_) | Told::Refused(_)) => panic!("{subject} {payload}\n{told:?}"),
        }
    }

    /// The next message.
    pub fn receive(&mut self) -> Came {
        loop {
            if let Some(came) = self.came.pop_front() {
                return came;
            }
            self.take();
        }
    }

    /// Everything that the server says against what was sent before: it answers in order, and to a ping last.
    fn refusals(&mut self) -> Vec<String> {
        self.write("PING\r\n");
        let mut refusals = Vec::new();
        loop {
            match self.take() {
                Some(Said::Error(error)) => refusals.push(error),
                Some(Said::Pong) => return refusals,
                Some(Said::Message) | None => {}
            }
        }
    }

    /// Takes what comes next; messages are kept.
    fn take(&mut self) -> Option<Said> {
        let mut line = String::new();
        self.reader.read_line(&mut line).expect("nats-server speaks");
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match *words.as_slice() {
            ["PING"] => {
                self.write("PONG\r\n");
                None
            }
            ["PONG"] => Some(Said::Pong),
            ["-ERR", ..] => Some(Said::Error(line.trim().to_owned())),
            ["MSG", subject, _, length] => Some(self.message(subject, "", length)),
            ["MSG", subject, _, reply, length] => Some(self.message(subject, reply, length)),
            ["HMSG", subject, _, _, length] => Some(self.message(subject, "", length)),
            ["HMSG", subject, _, reply, _, length] => Some(self.message(subject, reply, length)),
            ["INFO", ..] => None,
            _ => panic!("nats-server says `{line}`"),
        }
    }

    fn message(&mut self, subject: &str, reply: &str, length: &str) -> Said {
        let length: usize = length.parse().expect("a length is a number");
        let mut payload = vec![0; length + 2];
        self.reader
            .read_exact(&mut payload)
            .expect("a message is as long as it says");
        payload.truncate(length);
        self.came.push_back(Came {
            subject: subject.to_owned(),
            reply: reply.to_owned(),
            payload: String::from_utf8_lossy(&payload).into_owned(),
        });
        Said::Message
    }

    fn write(&mut self, text: &str) {
        let stream = self.reader.get_mut();
        stream.write_all(text.as_bytes()).expect("nats-server listens");
    }
}
