//! Lines into messages: as few as the log takes.

use bytes::Bytes;

/// What a message of lines has at most, where its lines are not longer. A server takes a megabyte as it comes.
const MESSAGE_BYTES: usize = 512 << 10;

/// Puts lines into messages.
pub(crate) struct Packer {
    /// Stands at the beginning of each message: the names of columns. May be empty.
    head: Vec<u8>,
    /// What a message may have.
    bytes_max: usize,
    open: Vec<u8>,
    full: Vec<Bytes>,
}

impl Packer {
    /// For a log that takes messages of so many bytes.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            head: Vec::new(),
            bytes_max,
            open: Vec::new(),
            full: Vec::new(),
        }
    }

    /// From here on every message begins with this line.
    pub(crate) fn set_head(&mut self, line: &[u8]) {
        self.close();
        self.head = [line, b"\n"].concat();
    }

    /// Whether there is such a line.
    pub(crate) fn has_head(&self) -> bool {
        !self.head.is_empty()
    }

    /// Whether a line of so many bytes is too long for any message.
    pub(crate) fn is_too_long(&self, line: usize) -> bool {
        self.head.len() + line + 1 > self.bytes_max
    }

    /// Takes a line, unless it is too long.
    pub(crate) fn push(&mut self, line: &[u8]) {
        if self.is_too_long(line.len()) {
            return;
        }
        if !self.open.is_empty() && self.open.len() + line.len() + 1 > MESSAGE_BYTES.min(self.bytes_max) {
            self.close();
        }
        if self.open.is_empty() {
            self.open.extend_from_slice(&self.head);
        }
        self.open.extend_from_slice(line);
        self.open.push(b'\n');
    }

    /// All messages so far.
    pub(crate) fn take(&mut self) -> Vec<Bytes> {
        self.close();
        std::mem::take(&mut self.full)
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.full.push(std::mem::take(&mut self.open).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_few_and_none_is_longer_than_the_log_takes() {
        let mut packer = Packer::new(16);
        packer.set_head(b"a,b");
        for line in ["1,2", "3,4", "5,6", "7890123456", "78901234567", "9,9"] {
            packer.push(line.as_bytes());
        }
        assert!(packer.is_too_long(12) && !packer.is_too_long(11));
        let messages = packer.take();
        let texts: Vec<&str> = messages
            .iter()
            .map(|message| std::str::from_utf8(message).unwrap_or(""))
            .collect();
        assert_eq!(
            texts,
            [
                "a,b\n1,2\n3,4\n5,6\n",
                "a,b\n7890123456\n",
                "a,b\n78901234567\n",
                "a,b\n9,9\n"
            ]
        );
        assert!(packer.take().is_empty());
        let mut packer = Packer::new(usize::MAX);
        for _ in 0..3000 {
            packer.push(&[b'x'; 999]);
        }
        let lengths: Vec<usize> = packer.take().iter().map(Bytes::len).collect();
        assert_eq!((lengths.len(), lengths.iter().sum::<usize>()), (6, 3_000_000));
        assert!(lengths.iter().all(|length| *length <= MESSAGE_BYTES));
        packer.push(&vec![b'x'; MESSAGE_BYTES]);
        assert_eq!(packer.take().len(), 1, "a line that is longer stands alone");
    }
}
