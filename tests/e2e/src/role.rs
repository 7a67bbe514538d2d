//! The users in `deploy/nats/roles.conf`.

/// The password of every user in tests.
pub const PASSWORD: &str = "only-for-tests";

/// A user of a nats-server with the roles that we ship.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Makes the streams.
    Admin,
    /// `milepost serve`.
    Engine,
    /// Gives scans by their number.
    Producer,
    /// Gives scans by their share.
    Packer,
    /// Takes jobs.
    Sender,
    /// Looks at rejects.
    Auditor,
    /// Has the servers' own account.
    Operator,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Admin,
        Self::Engine,
        Self::Producer,
        Self::Packer,
        Self::Sender,
        Self::Auditor,
        Self::Operator,
    ];

    /// The name of the user.
    #[must_use]
    pub fn user(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Engine => "engine",
            Self::Producer => "producer",
            Self::Packer => "packer",
            Self::Sender => "sender",
            Self::Auditor => "auditor",
            Self::Operator => "operator",
        }
    }

    /// The name that it gives its connection: that of the engine is the usual one of our settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        if self == Self::Engine { "milepost" } else { self.user() }
    }

    /// Where it hears answers.
    #[must_use]
    pub fn inbox(self) -> String {
        format!("_INBOX_{}", self.name())
    }

    /// Where the configuration takes its password from.
    pub(crate) fn password_variable(self) -> &'static str {
        match self {
            Self::Admin => "NATS_ADMIN_PASSWORD",
            Self::Engine => "NATS_ENGINE_PASSWORD",
            Self::Producer => "NATS_PRODUCER_PASSWORD",
            Self::Packer => "NATS_PACKER_PASSWORD",
            Self::Sender => "NATS_SENDER_PASSWORD",
            Self::Auditor => "NATS_AUDITOR_PASSWORD",
            Self::Operator => "NATS_OPERATOR_PASSWORD",
        }
    }
}
