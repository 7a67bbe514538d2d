//! Numbers and texts as bytes, and back: of what is saved.

use alloc::vec::Vec;

/// Bytes end too early, or a number in them is out of range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Damaged;

/// Reads what [`Writer`] wrote.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Whether all was read.
    pub(crate) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        let (first, rest) = self.bytes.split_first_chunk().ok_or(Damaged)?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Damaged> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Damaged> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Damaged> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, Damaged> {
        self.array().map(i64::from_le_bytes)
    }

    /// A number that is at most so large, or so small.
    pub(crate) fn i64_within(&mut self, max: u64) -> Result<i64, Damaged> {
        self.i64().and_then(|number| {
            let fits = number.unsigned_abs() <= max;
            if fits { Ok(number) } else { Err(Damaged) }
        })
    }

    pub(crate) fn i32(&mut self) -> Result<i32, Damaged> {
        self.array().map(i32::from_le_bytes)
    }

    pub(crate) fn f64(&mut self) -> Result<f64, Damaged> {
        let number = self.array().map(f64::from_le_bytes)?;
        if number.is_finite() { Ok(number) } else { Err(Damaged) }
    }

    pub(crate) fn f32(&mut self) -> Result<f32, Damaged> {
        let number = self.array().map(f32::from_le_bytes)?;
        if number.is_finite() { Ok(number) } else { Err(Damaged) }
    }

    pub(crate) fn bool(&mut self) -> Result<bool, Damaged> {
        self.array().map(|[byte]| byte != 0)
    }

    pub(crate) fn length(&mut self) -> Result<usize, Damaged> {
        let length = self.u32()? as usize;
        // Every item takes at least a byte: a damaged length cannot ask for more than there is.
        if length > self.bytes.len() {
            Err(Damaged)
        } else {
            Ok(length)
        }
    }

    pub(crate) fn slice(&mut self) -> Result<&'a [u8], Damaged> {
        let length = self.length()?;
        let (first, rest) = self.bytes.split_at_checked(length).ok_or(Damaged)?;
        self.bytes = rest;
        Ok(first)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Damaged> {
        core::str::from_utf8(self.slice()?).map_err(|_| Damaged)
    }
}

/// Writes numbers little-endian, and texts after their lengths.
pub(crate) struct Writer<'a> {
    pub(crate) out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    pub(crate) fn u32(&mut self, value: u32) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn i64(&mut self, value: i64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub(crate) fn length(&mut self, value: usize) {
        self.u32(u32::try_from(value).expect("tables of a shard are numbered by 32 bits"));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.length(text.len());
        self.out.extend_from_slice(text.as_bytes());
    }
}
