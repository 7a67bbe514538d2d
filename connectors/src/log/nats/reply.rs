//! What a delivery says about itself, read from its reply subject: without allocation, only what we need.

/// Where a delivered message stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Delivery {
    /// In the stream.
    pub(super) sequence: u64,
    /// Among what this consumer delivered, from 1 without holes.
    pub(super) delivered: u64,
    /// When the stream took it.
    pub(super) timestamp_ns: i64,
}

/// Reads `$JS.ACK.<stream>.<consumer>.<times>.<sequence>.<delivered>.<ns>.<pending>`, and the newer form with domain
/// and account before the stream, and perhaps a token behind.
pub(super) fn parse_reply(reply: &str) -> Option<Delivery> {
    let rest = reply.strip_prefix("$JS.ACK.")?;
    let before_times = match rest.bytes().filter(|byte| *byte == b'.').count() {
        6 => 2,
        8.. => 4,
        _ => return None,
    };
    let mut tokens = rest.split('.').skip(before_times + 1);
    Some(Delivery {
        sequence: tokens.next()?.parse().ok()?,
        delivered: tokens.next()?.parse().ok()?,
        timestamp_ns: tokens.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_reply_are_read() {
        let read = Some(Delivery {
            sequence: 71,
            delivered: 9,
            timestamp_ns: 1_700_000_000_123_456_789,
        });
        for (reply, expected) in [
            ("$JS.ACK.SCANS.milepost-1.1.71.9.1700000000123456789.30", read),
            (
                "$JS.ACK.hub.ACC123.SCANS.milepost-1.1.71.9.1700000000123456789.30",
                read,
            ),
            (
                "$JS.ACK._.ACC123.SCANS.milepost-1.1.71.9.1700000000123456789.30.token",
                read,
            ),
            (
                "$JS.ACK._.ACC123.SCANS.milepost-1.1.71.9.1700000000123456789.30.token.more",
                read,
            ),
            ("$JS.ACK.SCANS.milepost-1.1.71.9.1700000000123456789", None),
            ("$JS.ACK.hub.SCANS.milepost-1.1.71.9.1700000000123456789.30", None),
            ("$JS.ACK.SCANS.milepost-1.1.x.9.1700000000123456789.30", None),
            ("_INBOX.abc", None),
        ] {
            assert_eq!(parse_reply(reply), expected, "{reply}");
        }
    }
}
