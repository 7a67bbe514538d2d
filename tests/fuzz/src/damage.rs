//! Damaged copies of an input: bits turned, bytes that mean something put in, pieces cut, repeated, and taken from others.

use milepost_loadgen::rng::Rng;

/// No copy grows beyond this.
const BYTES_MAX: usize = 8192;

/// Bytes that mean something in one of the formats.
const MARKS: &[u8] = b"\"\\{}[]:,;'#|>-+.=()* \t\r\n0159eEZTutfn\0\x01\x7f\x80\xc3\xed\xff";

/// A copy of one of `inputs` with one to eight kinds of damage.
#[must_use]
pub fn damaged(input: &[u8], inputs: &[(String, Vec<u8>)], chance: &mut Rng) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=chance.below(8) {
        damage(&mut bytes, inputs, chance);
        bytes.truncate(BYTES_MAX);
    }
    bytes
}

fn damage(bytes: &mut Vec<u8>, inputs: &[(String, Vec<u8>)], chance: &mut Rng) {
    let at = place(bytes.len(), chance);
    match chance.below(8) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, *chance.pick(MARKS)),
        2 => {
            bytes.drain(at..stretch(at, bytes.len(), chance));
        }
        3 => {
            let piece = bytes.get(at..stretch(at, bytes.len(), chance)).unwrap_or_default();
            let piece = piece.repeat(usize::try_from(chance.below(4)).unwrap_or(0) + 1);
            let to = place(bytes.len(), chance);
            bytes.splice(to..to, piece);
        }
        4 => {
            let (_, other) = chance.pick(inputs);
            let from = place(other.len(), chance);
            let piece = other.get(from..stretch(from, other.len(), chance)).unwrap_or_default();
            bytes.splice(at..at, piece.iter().copied());
        }
        // A number of four bytes: small, or near a limit.
        5 => {
            let edge = *chance.pick(&[0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, u32::MAX]);
            let number = edge.wrapping_add(u32::try_from(chance.below(3)).unwrap_or(0));
            put(bytes, at, &number.to_le_bytes());
        }
        6 => put(bytes, at, &[*chance.pick(MARKS)]),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << chance.below(8);
            }
        }
    }
}

fn put(bytes: &mut [u8], at: usize, piece: &[u8]) {
    for (byte, new) in bytes.iter_mut().skip(at).zip(piece) {
        *byte = *new;
    }
}

fn place(length: usize, chance: &mut Rng) -> usize {
    usize::try_from(chance.below(length as u64 + 1)).unwrap_or(0)
}

/// Where a stretch ends that begins at `at`: mostly near.
fn stretch(at: usize, length: usize, chance: &mut Rng) -> usize {
    let most = *chance.pick(&[1, 4, 16, 256]);
    (at + place(most, chance)).min(length)
}
