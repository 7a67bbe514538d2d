//! Buffers that go round: who is done with one leaves it for the next who needs one, so that a run does not give its memory
//! back to the system with every piece of input and fault it in again with the next.

use crossbeam_channel::{Receiver, Sender, bounded};
use milepost_core::ScanBatch;
use std::ops::{Deref, DerefMut};

/// A buffer that can be used again.
pub trait Reusable: Default {
    /// Forgets what it holds and keeps the room.
    fn clear(&mut self);
}

impl Reusable for Vec<u8> {
    fn clear(&mut self) {
        Vec::clear(self);
    }
}

impl Reusable for ScanBatch {
    fn clear(&mut self) {
        Self::clear(self);
    }
}

/// Where buffers of one kind wait. Copies are handles on the same place.
#[derive(Debug)]
pub struct Spares<T> {
    left: Sender<T>,
    waiting: Receiver<T>,
}

impl<T> Clone for Spares<T> {
    fn clone(&self) -> Self {
        Self {
            left: self.left.clone(),
            waiting: self.waiting.clone(),
        }
    }
}

impl<T: Reusable> Spares<T> {
    /// A place for at most so many.
    pub fn new(max: usize) -> Self {
        let (left, waiting) = bounded(max);
        Self { left, waiting }
    }

    /// An empty buffer, which comes back by itself when it is dropped.
    pub fn lend(&self) -> Lent<T> {
        Lent {
            buffer: self.waiting.try_recv().unwrap_or_default(),
            home: self.clone(),
        }
    }
}

/// A buffer that comes back when it is dropped.
#[derive(Debug)]
pub struct Lent<T: Reusable> {
    buffer: T,
    home: Spares<T>,
}

impl<T: Reusable> Deref for Lent<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.buffer
    }
}

impl<T: Reusable> DerefMut for Lent<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.buffer
    }
}

impl<T: Reusable> Drop for Lent<T> {
    fn drop(&mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        // Where there are enough already, one more is not kept.
        drop(self.home.left.try_send(buffer));
    }
}
