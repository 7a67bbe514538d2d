//! The table of transitions: what a counted record does to a shipment in a given status.

use milepost_model::Status;

/// What the record does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Move {
    /// The status becomes that of the record.
    Go,
    /// The same, and the step is rare.
    GoUnusual,
    /// A repeat: the status stays.
    Stay,
    /// Kept in the history; the terminal status stands.
    Keep,
    /// Goes on only if the reopen test passes, else kept.
    Test,
    /// A delivery on the way back: the sender has it.
    Return,
    /// Goes on after an end that scans can refute.
    Revive,
}

/// The move for a record of status `next` on a shipment in status `before`.
pub(crate) const fn transition(before: Status, next: Status) -> Move {
    let row = match before {
        Status::Created | Status::Expired => b">>>>>>>>>>!>>",
        Status::Announced => b"=>>>>>>>>>!>>",
        Status::Accepted => b"==>>>>>>>>!>!",
        Status::InTransit => b"===>>>>>>>!>!",
        Status::Customs => b"==>=>>>>>>!>!",
        Status::Exception => b"=>>>=>>>>>>>>",
        Status::OutForDelivery => b"==>!>=>>>>!>!",
        Status::AttemptFailed => b"==>!>>=>>>!>!",
        Status::AvailableForPickup => b"==>!>>>=>>!>x",
        Status::Returning => b"========R=>>=",
        Status::Delivered => b"xx?xx?x?=>!xx",
        Status::Returned => b"x??xx?xx?x=xx",
        Status::Failed => b"xFFFxFFFFFF=x",
        Status::Cancelled => b"xFFFxFFFFFFx=",
    };
    let column = match next {
        // Nothing may be set to expired by a record, and `created` never takes anything back.
        Status::Created | Status::Expired => return Move::Stay,
        Status::Announced => 0,
        Status::Accepted => 1,
        Status::InTransit => 2,
        Status::Customs => 3,
        Status::Exception => 4,
        Status::OutForDelivery => 5,
        Status::AttemptFailed => 6,
        Status::AvailableForPickup => 7,
        Status::Delivered => 8,
        Status::Returning => 9,
        Status::Returned => 10,
        Status::Failed => 11,
        Status::Cancelled => 12,
    };
    #[expect(clippy::indexing_slicing, reason = "thirteen columns, checked by the types")]
    match row[column] {
        b'>' => Move::Go,
        b'!' => Move::GoUnusual,
        b'x' => Move::Keep,
        b'?' => Move::Test,
        b'R' => Move::Return,
        b'F' => Move::Revive,
        _ => Move::Stay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_domain_says() {
        for (before, next, expected) in [
            (Status::Created, Status::Delivered, Move::Go),
            (Status::Created, Status::Returned, Move::GoUnusual),
            (Status::Accepted, Status::Announced, Move::Stay),
            (Status::Accepted, Status::Cancelled, Move::GoUnusual),
            (Status::OutForDelivery, Status::Customs, Move::GoUnusual),
            (Status::AvailableForPickup, Status::Cancelled, Move::Keep),
            (Status::Returning, Status::Delivered, Move::Return),
            (Status::Returning, Status::InTransit, Move::Stay),
            (Status::Delivered, Status::InTransit, Move::Test),
            (Status::Delivered, Status::AttemptFailed, Move::Keep),
            (Status::Delivered, Status::Returning, Move::Go),
            (Status::Returned, Status::Accepted, Move::Test),
            (Status::Failed, Status::Delivered, Move::Revive),
            (Status::Cancelled, Status::Accepted, Move::Revive),
            (Status::Cancelled, Status::Failed, Move::Keep),
            (Status::Exception, Status::Exception, Move::Stay),
        ] {
            assert_eq!(transition(before, next), expected, "{before} then {next}");
        }
        for before in Status::ALL {
            assert_eq!(
                transition(*before, Status::Expired),
                Move::Stay,
                "no record expires a shipment"
            );
        }
    }
}
