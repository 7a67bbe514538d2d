//! Where the log is and what may be created there.

use super::LogError;
use std::path::PathBuf;
use std::time::Duration;

/// Settings of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogSettings {
    /// `embedded:DIRECTORY`, or `nats://[user:password@]host:port[,…]`, or `tls://…`.
    pub url: String,
    /// Whether streams that do not exist may be created. An embedded log is always created.
    pub create: bool,
    /// Replicas of streams that are created: 1 on one server, 3 on a cluster.
    pub replicas: u8,
    /// How long streams that are created keep messages; zero for ever.
    pub keep: Duration,
    /// NATS credentials (`.creds`).
    pub credentials: Option<PathBuf>,
    /// Certificates to trust beside those of the system (PEM).
    pub certificates: Option<PathBuf>,
    /// The name by which operators see the connection and the reader; answers come in under `_INBOX_<name>`.
    pub name: String,
}

impl LogSettings {
    /// The settings for an address, all else as usual: nothing may be created, 30 days are kept.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            create: false,
            replicas: 1,
            keep: Duration::from_secs(30 * 24 * 3600),
            credentials: None,
            certificates: None,
            name: "milepost".to_owned(),
        }
    }

    /// Which kind of log the address names.
    ///
    /// # Errors
    /// [`LogError::BadUrl`].
    pub fn parse_url(&self) -> Result<LogUrl, LogError> {
        let bad = |why: &str| {
            Err(LogError::BadUrl {
                url: self.shown_url(),
                why: why.to_owned(),
            })
        };
        match self.url.split_once(':') {
            Some(("embedded", "")) => bad("the directory is missing"),
            Some(("embedded", dir)) => Ok(LogUrl::Embedded(PathBuf::from(dir.strip_prefix("//").unwrap_or(dir)))),
            Some(("nats" | "tls", rest)) if rest.len() > 2 && rest.starts_with("//") => Ok(LogUrl::Nats),
            Some(("nats" | "tls", _)) => bad("the host is missing"),
            Some((scheme, _)) => bad(&format!("`{scheme}` is no kind of log")),
            None => bad("it does not say which kind of log"),
        }
    }

    /// The address without user and password, for messages.
    #[must_use]
    pub fn shown_url(&self) -> String {
        let servers = self
            .url
            .split(',')
            .map(|server| match (server.find("://"), server.rfind('@')) {
                (Some(scheme), Some(at)) if at > scheme => {
                    let (scheme, _) = server.split_at(scheme + 3);
                    let (_, host) = server.split_at(at + 1);
                    format!("{scheme}{host}")
                }
                _ => server.to_owned(),
            });
        servers.collect::<Vec<_>>().join(",")
    }
}

/// Which kind of log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LogUrl {
    /// In this directory.
    Embedded(PathBuf),
    /// On a NATS server; the address is the setting's.
    Nats,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_understood_or_refused() {
        for (url, expected) in [
            ("embedded:milepost-data/log", "Embedded(\"milepost-data/log\")"),
            ("embedded:///var/lib/milepost", "Embedded(\"/var/lib/milepost\")"),
            ("nats://localhost:4222", "Nats"),
            ("tls://a:4222,tls://b:4222", "Nats"),
            ("nats:", "log url `nats:`: the host is missing. Write"),
            ("embedded:", "the directory is missing"),
            ("kafka://x", "`kafka` is no kind of log"),
            ("kafka://user:secret@x", "log url `kafka://x`"),
            ("here", "does not say which kind"),
        ] {
            let found = LogSettings::new(url).parse_url();
            let text = found.map_or_else(|error| error.to_string(), |found| format!("{found:?}"));
            assert!(text.contains(expected), "{url}: {text}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            (
                "nats://u:p@host:4222,nats://u:p@other:4222",
                "nats://host:4222,nats://other:4222",
            ),
            ("nats://host:4222", "nats://host:4222"),
            ("embedded:dir@2", "embedded:dir@2"),
        ] {
            assert_eq!(LogSettings::new(url).shown_url(), shown);
        }
    }
}
