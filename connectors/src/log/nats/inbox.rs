//! Where answers to publications come in. An inbox serves one publication after the other: to subscribe anew for each would
//! cost the server more than to store a job.

use async_nats::{Client, Message, SubscribeError, Subscriber};
use std::sync::{Mutex, PoisonError};

/// A subscription for answers.
#[derive(Debug)]
pub(super) struct Inbox {
    name: String,
    /// Which use of it this is: an answer that belongs to an earlier one says so.
    uses: u64,
    pub(super) answers: Subscriber,
}

impl Inbox {
    /// The subject for the answer that concerns a share.
    pub(super) fn reply(&self, share: u8) -> String {
        format!("{}.{}.{share}", self.name, self.uses)
    }

    /// The share that an answer concerns; `None` if it is not of this use.
    pub(super) fn share(&self, answer: &Message) -> Option<u8> {
        let rest = answer.subject.strip_prefix(self.name.as_str())?.strip_prefix('.')?;
        let (uses, share) = rest.split_once('.')?;
        (uses.parse() == Ok(self.uses)).then(|| share.parse().ok())?
    }
}

/// Inboxes that wait for their next use.
#[derive(Debug, Default)]
pub(super) struct Inboxes {
    spare: Mutex<Vec<Inbox>>,
}

impl Inboxes {
    /// One of them, or a new one.
    pub(super) async fn take(&self, client: &Client) -> Result<Inbox, SubscribeError> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(inbox) = spare {
            return Ok(Inbox {
                uses: inbox.uses + 1,
                ..inbox
            });
        }
        let name = client.new_inbox();
        let answers = client.subscribe(format!("{name}.>")).await?;
        Ok(Inbox { name, uses: 0, answers })
    }

    /// Takes one back to which no answer is due.
    pub(super) fn leave(&self, inbox: Inbox) {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(inbox);
    }
}
