//! The way between an engine and its nats-server, as it can be: slow, stuck, or cut. Bytes go both ways and are not looked
//! at, but for words of the server that a test waits for.

use crate::patience::now;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Read at once.
const CHUNK: usize = 64 * 1024;

/// How the server's words pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// At once.
    Open,
    /// Each chunk of at most 64 KiB takes so long, one after the other.
    Slow(Duration),
    /// They wait until the way is another.
    Stuck,
    /// There is no connection, and none comes about.
    Cut,
}

/// A way to a server; connections over it are cut when it is dropped.
pub struct Link {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    way: Way,
    is_over: bool,
    ends: Vec<TcpStream>,
    sought: &'static [u8],
    found: Option<Instant>,
}

impl Link {
    /// An open way to the server at `nats://host:port`.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn to(url: &str) -> Self {
        let server = url
            .trim_start_matches("nats://")
            .parse()
            .expect("an address with a port");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("who listens has an address");
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                way: Way::Open,
                is_over: false,
                ends: Vec::new(),
                sought: b"",
                found: None,
            }),
            changed: Condvar::new(),
        });
        let link = Self {
            address,
            shared: Arc::clone(&shared),
        };
        beside(move || shared.accept(&listener, server));
        link
    }

    /// Its address, to be used in place of the server's.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// From now on the server's words pass so.
    pub fn set(&self, way: Way) {
        let mut state = self.shared.lock();
        state.way = way;
        if way == Way::Cut {
            state.cut();
        }
        self.shared.changed.notify_all();
    }

    /// Looks out for these words of the server, from now on.
    pub fn seek(&self, words: &'static str) {
        let mut state = self.shared.lock();
        state.sought = words.as_bytes();
        state.found = None;
    }

    /// When the words that it looks out for came first.
    #[must_use]
    pub fn found(&self) -> Option<Instant> {
        self.shared.lock().found
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_over = true;
        state.cut();
        drop(state);
        self.shared.changed.notify_all();
        // Who accepts sees that it is over with the next that comes.
        drop(TcpStream::connect(self.address));
    }
}

impl State {
    fn cut(&mut self) {
        for end in self.ends.drain(..) {
            // It may have ended by itself.
            drop(end.shutdown(Shutdown::Both));
        }
    }

    fn look(&mut self, said: &[u8]) {
        if !self.sought.is_empty()
            && self.found.is_none()
            && said.windows(self.sought.len()).any(|window| window == self.sought)
        {
            self.found = Some(now());
        }
    }
}

impl Shared {
    fn accept(self: Arc<Self>, listener: &TcpListener, server: SocketAddr) {
        for client in listener.incoming() {
            if self.lock().is_over {
                return;
            }
            // A connection that does not come about is tried again by whoever wants it.
            drop(client.and_then(|client| self.join(client, server)));
        }
    }

    fn join(self: &Arc<Self>, client: TcpStream, server: SocketAddr) -> io::Result<()> {
        let mut state = self.lock();
        if state.way == Way::Cut {
            return Ok(());
        }
        let server = TcpStream::connect(server)?;
        for end in [&client, &server] {
            end.set_nodelay(true)?;
            state.ends.push(end.try_clone()?);
        }
        let (up_from, up_to) = (client.try_clone()?, server.try_clone()?);
        beside(move || pass(up_from, up_to, |_| {}));
        let shared = Arc::clone(self);
        beside(move || pass(server, client, |said| shared.wait(said)));
        Ok(())
    }

    /// Until what the server said may pass.
    fn wait(&self, said: &[u8]) {
        let mut state = self.lock();
        state.look(said);
        while state.way == Way::Stuck && !state.is_over {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let way = state.way;
        drop(state);
        if let Way::Slow(time) = way {
            sleep(time);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes bytes on until one of both ends; then the other does too.
fn pass(mut from: TcpStream, mut to: TcpStream, wait: impl Fn(&[u8])) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(length @ 1..) = from.read(&mut chunk) {
        let said = chunk.get(..length).unwrap_or_default();
        wait(said);
        if to.write_all(said).is_err() {
            break;
        }
    }
    for end in [from, to] {
        drop(end.shutdown(Shutdown::Both));
    }
}

/// Does something while the test goes on; it ends when its connections are cut.
#[expect(
    clippy::disallowed_methods,
    reason = "no scope encloses a link, which lives as long as whoever made it"
)]
fn beside(work: impl FnOnce() + Send + 'static) {
    std::thread::spawn(work);
}
