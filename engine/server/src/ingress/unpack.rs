//! Compressed bodies, unpacked up to a limit: a few bytes may stand for a billion.

use flate2::read::MultiGzDecoder;
use std::borrow::Cow;
use std::io::Read;

/// How a body is packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Packed {
    Not,
    Gzip,
    Zstd,
}

impl Packed {
    /// By the header `Content-Encoding`; `None` for a way that is not known.
    pub(crate) fn of_header(encoding: &str) -> Option<Self> {
        match encoding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Not),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "zstd" => Some(Self::Zstd),
            _other => None,
        }
    }
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Unpacked<'b> {
    Whole(Cow<'b, [u8]>),
    /// There is more than the limit.
    TooLarge,
    /// It is cut off, or not packed so.
    Damaged,
}

/// The window of Zstandard in HTTP (RFC 9659), as a power of two: what a decoder reserves for a frame that asks for it.
const WINDOW_LOG_MAX: u32 = 23;

/// Unpacks at most so many bytes.
pub(crate) fn unpack(bytes: &[u8], packed: Packed, bytes_max: usize) -> Unpacked<'_> {
    match packed {
        Packed::Not if bytes.len() > bytes_max => Unpacked::TooLarge,
        Packed::Not => Unpacked::Whole(Cow::Borrowed(bytes)),
        Packed::Gzip => read(MultiGzDecoder::new(bytes), bytes_max),
        Packed::Zstd => {
            let decoder = zstd::stream::read::Decoder::with_buffer(bytes);
            let Ok(mut decoder) = decoder else {
                return Unpacked::Damaged;
            };
            match decoder.window_log_max(WINDOW_LOG_MAX) {
                Ok(()) => read(decoder, bytes_max),
                Err(_) => Unpacked::Damaged,
            }
        }
    }
}

fn read<'b>(source: impl Read, bytes_max: usize) -> Unpacked<'b> {
    let mut whole = Vec::new();
    match source.take(bytes_max as u64 + 1).read_to_end(&mut whole) {
        Err(_) => Unpacked::Damaged,
        Ok(length) if length > bytes_max => Unpacked::TooLarge,
        Ok(_) => Unpacked::Whole(Cow::Owned(whole)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    }

    #[test]
    fn what_is_unpacked_is_bounded_whatever_the_packed_bytes_say() {
        let bomb = vec![0; 64 << 20];
        let text = b"one\ntwo\n".repeat(100);
        let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 3).expect("memory takes it");
        for (packed, small, large) in [
            (Packed::Gzip, gzip(&text), gzip(&bomb)),
            (Packed::Zstd, zstd(&text), zstd(&bomb)),
            (Packed::Not, text.clone(), bomb.clone()),
        ] {
            assert_eq!(
                unpack(&small, packed, 800),
                Unpacked::Whole(Cow::Borrowed(&text)),
                "{packed:?}"
            );
            assert_eq!(unpack(&small, packed, 799), Unpacked::TooLarge, "{packed:?}");
            assert_eq!(unpack(&large, packed, 1 << 20), Unpacked::TooLarge, "{packed:?}");
            if packed != Packed::Not {
                let cut = small.get(..small.len() - 3).expect("it is longer");
                assert_eq!(unpack(cut, packed, 800), Unpacked::Damaged, "{packed:?}");
                assert_eq!(unpack(&text, packed, 800), Unpacked::Damaged, "{packed:?}");
            }
        }
        let twice = [gzip(b"one\n"), gzip(b"two\n")].concat();
        assert_eq!(
            unpack(&twice, Packed::Gzip, 8),
            Unpacked::Whole(Cow::Borrowed(b"one\ntwo\n"))
        );
    }

    #[test]
    fn a_frame_that_asks_for_a_large_window_is_refused() {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).expect("a level there is");
        encoder.window_log(27).expect("a window there is");
        encoder.write_all(&vec![7; 1 << 20]).expect("memory takes it");
        let packed = encoder.finish().expect("memory takes it");
        assert_eq!(unpack(&packed, Packed::Zstd, 1 << 21), Unpacked::Damaged);
    }

    #[test]
    fn encodings_are_known_by_their_names() {
        for (header, packed) in [
            ("", Some(Packed::Not)),
            ("identity", Some(Packed::Not)),
            ("GZIP", Some(Packed::Gzip)),
            ("zstd", Some(Packed::Zstd)),
            ("br", None),
            ("gzip, zstd", None),
        ] {
            assert_eq!(Packed::of_header(header), packed, "{header}");
        }
    }
}
