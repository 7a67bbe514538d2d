//! What a NATS server says of itself before anybody logs in: its greeting.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long a server may take to answer.
const WAIT: Duration = Duration::from_secs(3);

/// The greeting of a server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Greeting {
    pub(super) version: String,
    pub(super) jetstream: bool,
    pub(super) payload_bytes_max: u64,
}

/// Host and port of each server of an address.
pub(super) fn servers(url: &str) -> Vec<String> {
    let servers = url.split(',').map(str::trim);
    let hosts = servers.map(|server| server.split_once("://").map_or(server, |(_, rest)| rest));
    let hosts = hosts.map(|rest| {
        rest.rsplit_once('@')
            .map_or(rest, |(_, host)| host)
            .trim_end_matches('/')
    });
    hosts.map(with_port).collect()
}

fn with_port(host: &str) -> String {
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(name, port)| port.parse::<u16>().is_ok() && (!name.contains(':') || name.ends_with(']')));
    if has_port {
        host.to_owned()
    } else {
        format!("{host}:4222")
    }
}

/// Connects, and reads the first line: `INFO {…}`.
pub(super) fn greet(server: &str) -> Result<Greeting, String> {
    let addresses = server
        .to_socket_addrs()
        .map_err(|error| format!("the name is not known: {error}"))?;
    let mut refused = "the name has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, WAIT) {
            Ok(stream) => return read(stream),
            Err(error) => refused = error.to_string(),
        }
    }
    Err(refused)
}

fn read(stream: TcpStream) -> Result<Greeting, String> {
    stream.set_read_timeout(Some(WAIT)).map_err(|error| error.to_string())?;
    let mut line = String::new();
    let mut reader = BufReader::new(std::io::Read::take(stream, 64 * 1024));
    reader
        .read_line(&mut line)
        .map_err(|error| format!("it says nothing: {error}"))?;
    parse(&line).ok_or_else(|| "what answers there is no NATS server, or speaks TLS before its greeting".to_owned())
}

fn parse(line: &str) -> Option<Greeting> {
    let info: Value = serde_json::from_str(line.strip_prefix("INFO ")?).ok()?;
    Some(Greeting {
        version: info.get("version")?.as_str()?.to_owned(),
        jetstream: info.get("jetstream").and_then(Value::as_bool).unwrap_or(false),
        payload_bytes_max: info.get("max_payload").and_then(Value::as_u64).unwrap_or(0),
    })
}

/// The three numbers of `2.15.1`, or of `2.15.1-RC.2`.
pub(super) fn version(text: &str) -> (u32, u32, u32) {
    let plain = text.split(['-', '+']).next().unwrap_or_default();
    let mut numbers = plain.split('.').map(|number| number.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_found_in_addresses() {
        for (url, expected) in [
            ("nats://localhost", "localhost:4222"),
            ("nats://u:p@host:4333/", "host:4333"),
            ("tls://a:1,tls://b", "a:1 b:4222"),
            ("nats://[::1]:5222", "[::1]:5222"),
            ("nats://[::1]", "[::1]:4222"),
        ] {
            assert_eq!(servers(url).join(" "), expected, "{url}");
        }
    }

    #[test]
    fn a_greeting_is_read() {
        let greeting = parse("INFO {\"version\":\"2.15.1\",\"jetstream\":true,\"max_payload\":1048576,\"x\":1} \r\n");
        let expected = Greeting {
            version: "2.15.1".to_owned(),
            jetstream: true,
            payload_bytes_max: 1 << 20,
        };
        assert_eq!(greeting, Some(expected));
        for line in ["", "HTTP/1.1 400 Bad Request", "INFO", "INFO {}", "-ERR 'x'"] {
            assert_eq!(parse(line), None, "{line}");
        }
        assert!(version("2.14.3") < (2, 14, 4) && version("2.15.0-RC.1") > (2, 14, 4));
    }
}
