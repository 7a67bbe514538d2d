//! What the log must hold where engines before us had come: the newest jobs and rejects name the messages that they rest on,
//! and those must be the ones that we read there. Else the log lost them, also while we were reading, and what stands there now
//! would be told a second time or not at all.

use milepost_connectors::log::{HighWater, LogError, Message};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Messages by number, each with the hash that it must have.
#[derive(Debug, Default)]
pub struct Expected {
    hashes: Mutex<BTreeMap<u64, u64>>,
    /// There are some: nobody locks for none.
    is_any: AtomicBool,
}

impl Expected {
    /// A share ends with something that rests on a message.
    pub(crate) fn add(&self, mark: &HighWater) {
        if let Some((position, _)) = mark.reached.filter(|_| mark.hash != 0) {
            self.lock().insert(position.sequence, mark.hash);
            self.is_any.store(true, Ordering::Release);
        }
    }

    /// Compares messages that follow each other.
    pub(crate) fn check(&self, messages: &[Message]) -> Result<(), LogError> {
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else {
            return Ok(());
        };
        if !self.is_any.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut hashes = self.lock();
        let later = hashes.split_off(&(last.position.sequence + 1));
        let passed = std::mem::replace(&mut *hashes, later);
        self.is_any.store(!hashes.is_empty(), Ordering::Release);
        // What lies before was compared when it was added.
        for (sequence, hash) in passed.range(first.position.sequence..) {
            let found = messages.iter().find(|message| message.position.sequence == *sequence);
            let found = match found.map(Message::hash) {
                Some(found) if found == *hash => continue,
                Some(_) => format!("message {sequence} is another one than that which jobs rest on"),
                None => format!("message {sequence}, which jobs rest on, was deleted from it"),
            };
            return Err(LogError::StreamRegressed {
                stream: "SCANS".to_owned(),
                sequence: *sequence,
                found,
            });
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, u64>> {
        self.hashes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
