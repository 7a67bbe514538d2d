//! A number for what a set of rules means, equal on every machine: FNV-1a with 128 bits. It tells sets apart; it does
//! not protect against somebody who wants two sets to look alike.

/// The number so far.
pub(crate) struct Fingerprint(u128);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Fingerprint {
    /// Adds a text, with an end mark, so that "ab" + "c" differs from "a" + "bc".
    pub(crate) fn text(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.byte(byte));
        self.byte(0xff);
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, number: i64) {
        number.to_le_bytes().into_iter().for_each(|byte| self.byte(byte));
    }

    pub(crate) const fn value(&self) -> u128 {
        self.0
    }

    const fn byte(&mut self, byte: u8) {
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        self.0 = (self.0 ^ byte as u128).wrapping_mul(PRIME);
    }
}
