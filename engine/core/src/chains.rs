//! Many byte strings that only grow, each a chain of blocks of one line of memory: to append touches one line, moves
//! nothing and leaves no holes, however all of them grow together.

use crate::pages::Pages;
use alloc::vec::Vec;

/// Bytes that a block holds.
const ROOM: usize = 60;
/// Most bytes of one string.
const BYTES_MAX: usize = 128 * 1024;

/// One line of memory.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Block {
    bytes: [u8; ROOM],
    /// 1 + the number of the block before it; 0 for the first.
    before: u32,
}

/// Where a string ends. The default is the empty string, which owns no block.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Chain {
    /// 1 + the number of its last block; 0 for none.
    pub(crate) last: u32,
    /// Bytes of the string.
    pub(crate) length: u32,
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
    pub(crate) fn append(&mut self, chain: &mut Chain, mut added: &[u8]) -> bool {
        if chain.length as usize + added.len() > BYTES_MAX {
            return false;
        }
        while !added.is_empty() {
            let filled = chain.length as usize % ROOM;
            if filled == 0 {
                chain.last = self.block(chain.last);
            }
            let (now, later) = added.split_at(added.len().min(ROOM - filled));
            if let Some(block) = self.blocks.get_mut(chain.last.wrapping_sub(1))
                && let Some(room) = block.bytes.get_mut(filled..filled + now.len())
            {
                room.copy_from_slice(now);
            }
            chain.length += u32::try_from(now.len()).unwrap_or(0);
            added = later;
        }
        true
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
        chain.length = 0;
        self.append(chain, bytes)
    }

    /// Reads a string.
    pub(crate) fn read(&self, chain: Chain, bytes: &mut Vec<u8>) {
        bytes.clear();
        self.append_to(chain, bytes);
    }

    /// Reads a string after what `bytes` hold.
    pub(crate) fn append_to(&self, chain: Chain, bytes: &mut Vec<u8>) {
        let from = bytes.len();
        bytes.resize(from + chain.length as usize, 0);
        let mut last = chain.last;
        for room in bytes.get_mut(from..).unwrap_or_default().chunks_mut(ROOM).rev() {
            let Some(block) = self.blocks.get(last.wrapping_sub(1)) else {
                return;
            };
            if let Some(kept) = block.bytes.get(..room.len()) {
                room.copy_from_slice(kept);
            }
            last = block.before;
        }
    }

    /// A word of the block where a string ends, to have it near.
    #[inline]
    pub(crate) fn touch(&self, chain: Chain) -> u32 {
        self.blocks
            .get(chain.last.wrapping_sub(1))
            .map_or(0, |block| block.before)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.blocks.memory_bytes()
    }

    /// A block that follows another.
    fn block(&mut self, before: u32) -> u32 {
        let reused = self.free;
        if let Some(block) = self.blocks.get_mut(reused.wrapping_sub(1)) {
            self.free = core::mem::replace(&mut block.before, before);
            return reused;
        }
        self.blocks.push(Block {
            bytes: [0; ROOM],
            before,
        }) + 1
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
            let mut kept: [(Chain, Vec<u8>); 5] = Default::default();
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
                    chains.read(*chain, &mut found);
                    prop_assert_eq!(&found, plain);
                }
            }
        }
    }

    #[test]
    fn a_string_that_grows_too_long_stays_as_it_was() {
        let (mut chains, mut chain) = (Chains::default(), Chain::default());
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
