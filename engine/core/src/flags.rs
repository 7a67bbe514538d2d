//! What else the fold found out, a bit each.

/// Evidence that a reader may want beside the status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Flags(u16);

impl Flags {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const UNUSUAL: u16 = 1;
    pub(crate) const REOPENED: u16 = 1 << 1;
    pub(crate) const AFTER_TERMINAL: u16 = 1 << 2;
    pub(crate) const ZONE_UNPROVEN: u16 = 1 << 3;
    pub(crate) const DST_AMBIGUOUS: u16 = 1 << 4;
    pub(crate) const RETRACTED: u16 = 1 << 5;
    /// A problem was reported after a terminal status.
    pub(crate) const CONTESTED: u16 = 1 << 6;
    /// The carrier spoke of a delay since the last physical scan.
    pub(crate) const DELAY_NOTICE: u16 = 1 << 7;
    /// Scans name more than one country.
    pub(crate) const ABROAD: u16 = 1 << 8;
    /// A van was out since the last counted attempt.
    pub(crate) const VAN_SINCE_ATTEMPT: u16 = 1 << 9;
    /// Was out for delivery at some time.
    pub(crate) const WAS_ON_VAN: u16 = 1 << 10;
    /// Was seen elsewhere after its end, and has not ended again since.
    pub(crate) const DISPUTED: u16 = 1 << 11;

    /// How many there are at most.
    pub(crate) const BITS: u32 = 12;

    /// All of them, in the lowest bits.
    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    /// The lowest bits.
    pub(crate) const fn from_bits(bits: u16) -> Self {
        Self(bits & ((1 << Self::BITS) - 1))
    }

    pub(crate) const fn has(self, flag: u16) -> bool {
        self.0 & flag != 0
    }

    pub(crate) const fn set(&mut self, flag: u16) {
        self.0 |= flag;
    }

    pub(crate) const fn clear(&mut self, flag: u16) {
        self.0 &= !flag;
    }
}

const _: () = assert!(Flags::DISPUTED >> Flags::BITS == 0, "the last of them fits");
