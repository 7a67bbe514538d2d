//! Many byte strings that only grow. The end of each lies with its owner, who is at hand when it grows; when the end is full,
//! it goes into a block, and the blocks of a string are chained. So most that is appended touches no block at all, a block
//! is written once and whole, next to the one that was written before it, and to grow moves nothing.

use crate::pages::Pages;
use alloc::vec::Vec;

/// Bytes of an end, and of a block.
pub(crate) const ROOM: usize = 28;
/// Most bytes of one string.
pub(crate) const BYTES_MAX: usize = u16::MAX as usize;

/// Half a line of memory.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
struct Block {
    bytes: [u8; ROOM],
    /// 1 + the number of the block before it; 0 for the first.
    before: u32,
}

/// A string: where it goes on backwards, and its end. The default is the empty string, which owns no block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Chain {
    /// 1 + the number of its last block; 0 for none.
    pub(crate) last: u32,
    /// Bytes of the string. Those that fill no block are its end.
    pub(crate) length: u16,
    pub(crate) end: [u8; ROOM],
}

impl Chain {
    pub(crate) const EMPTY: Self = Self {
        last: 0,
        length: 0,
        end: [0; ROOM],
    };

    #[inline]
    fn filled(&self) -> usize {
        usize::from(self.length) % ROOM
    }
}

/// The blocks of all strings.
#[derive(Debug, Default)]
pub(crate) struct Chains {
    blocks: Pages<Block>,
    /// The first of the blocks that are free, chained like a string.
    free: u32,
}

impl Chains {
    /// Appends to a string. `false` when it would be too long: nothing is changed then.
    #[must_use]
    #[inline]
    pub(crate) fn append(&mut self, chain: &mut Chain, added: &[u8]) -> bool {
        let length = usize::from(chain.length) + added.len();
        if length > BYTES_MAX {
            return false;
        }
        let filled = chain.filled();
        chain.length = length as u16;
        if added.len() < ROOM - filled {
            put(&mut chain.end, filled, added);
        } else {
            self.append_blocks(chain, filled, added);
        }
        true
    }

    /// Appends what fills the end, which goes into a block then.
    fn append_blocks(&mut self, chain: &mut Chain, mut filled: usize, mut added: &[u8]) {
        while let Some((now, later)) = added.split_at_checked(ROOM - filled) {
            put(&mut chain.end, filled, now);
            chain.last = self.block(chain.end, chain.last);
            (added, filled) = (later, 0);
        }
        put(&mut chain.end, filled, added);
    }

    /// Replaces a string. `false` when the new one is too long: nothing is changed then.
    #[must_use]
    pub(crate) fn replace(&mut self, chain: &mut Chain, bytes: &[u8]) -> bool {
        if bytes.len() > BYTES_MAX {
            return false;
        }
        while let Some(block) = self.blocks.get_mut(chain.last.wrapping_sub(1)) {
            let before = core::mem::replace(&mut block.before, self.free);
            self.free = core::mem::replace(&mut chain.last, before);
        }
        *chain = Chain::EMPTY;
        self.append(chain, bytes)
    }

    /// Reads a string.
    pub(crate) fn read(&self, chain: &Chain, bytes: &mut Vec<u8>) {
        bytes.clear();
        self.append_to(chain, bytes);
    }

    /// Reads a string after what `bytes` hold.
    pub(crate) fn append_to(&self, chain: &Chain, bytes: &mut Vec<u8>) {
        let from = bytes.len();
        bytes.resize(from + usize::from(chain.length) - chain.filled(), 0);
        let mut last = chain.last;
        let (rooms, _) = bytes.get_mut(from..).unwrap_or_default().as_chunks_mut::<ROOM>();
        for room in rooms.iter_mut().rev() {
            let Some(block) = self.blocks.get(last.wrapping_sub(1)) else {
                break;
            };
            (*room, last) = (block.bytes, block.before);
        }
        bytes.extend_from_slice(chain.end.get(..chain.filled()).unwrap_or_default());
    }

    /// The block before one, each 1 + its number; 0 for none.
    #[inline]
    pub(crate) fn before(&self, block: u32) -> u32 {
        self.blocks.get(block.wrapping_sub(1)).map_or(0, |block| block.before)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.blocks.memory_bytes()
    }

    /// A block that follows another.
    fn block(&mut self, bytes: [u8; ROOM], before: u32) -> u32 {
        let (reused, new) = (self.free, Block { bytes, before });
        if let Some(block) = self.blocks.get_mut(reused.wrapping_sub(1)) {
            self.free = core::mem::replace(block, new).before;
            return reused;
        }
        self.blocks.push(new) + 1
    }
}

#[inline]
fn put(end: &mut [u8; ROOM], from: usize, bytes: &[u8]) {
    if let Some(room) = end.get_mut(from..from + bytes.len()) {
        room.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strings_read_as_they_were_written(
            steps in proptest::collection::vec((0usize..5, proptest::collection::vec(any::<u8>(), 0..150), any::<bool>()), 1..60)
        ) {
            let mut chains = Chains::default();
            let mut kept = [const { (Chain::EMPTY, Vec::new()) }; 5];
            for (at, bytes, anew) in steps {
                let Some((chain, plain)) = kept.get_mut(at) else { continue };
                if anew {
                    prop_assert!(chains.replace(chain, &bytes));
                    plain.clear();
                } else {
                    prop_assert!(chains.append(chain, &bytes));
                }
                plain.extend_from_slice(&bytes);
                let mut found = Vec::new();
                for (chain, plain) in &kept {
                    chains.read(chain, &mut found);
                    prop_assert_eq!(&found, plain);
                }
            }
        }
    }

    #[test]
    fn a_string_that_grows_too_long_stays_as_it_was() {
        let (mut chains, mut chain) = (Chains::default(), Chain::EMPTY);
        assert!(chains.append(&mut chain, &[7; BYTES_MAX]));
        let before = chain;
        assert!(!chains.append(&mut chain, &[7]));
        assert!(!chains.replace(&mut chain, &[7; BYTES_MAX + 1]));
        assert_eq!(chain, before);
        let blocks = chains.blocks.len();
        assert!(chains.replace(&mut chain, &[8; BYTES_MAX]));
        assert_eq!(chains.blocks.len(), blocks, "blocks are used again");
    }
}
