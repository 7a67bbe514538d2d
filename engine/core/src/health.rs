//! Is it a problem: the part of health that follows from the folded row and `now`, before any rule speaks.

use crate::flags::Flags;
use crate::fold::Folded;
use milepost_model::{Code, DAY_MS, HOUR_MS, Health, Status, Timestamp, Window};

/// Silence that nobody needs to explain, without learned statistics.
const SILENCE_DOMESTIC_MS: i64 = 72 * HOUR_MS;
/// The same across a border or in customs.
const SILENCE_ABROAD_MS: i64 = 168 * HOUR_MS;

/// The worst problem that the row itself shows at `now`.
pub(crate) fn health(folded: &Folded, now: Timestamp) -> Health {
    if is_disputed(folded) {
        Health::Disputed
    } else if asks_for_action(folded) {
        Health::ActionRequired
    } else if folded.status.is_terminal() {
        Health::Ok
    } else if now > late_after(folded) {
        Health::Late
    } else if now > stalled_after(folded) {
        Health::Stalled
    } else if ends_after_promise(folded) {
        Health::LatePredicted
    } else if folded.flags.has(Flags::DELAY_NOTICE) || folded.code == Code::Misrouted {
        Health::AtRisk
    } else {
        Health::Ok
    }
}

/// The next instant after `now` at which [`health`] may change by itself.
pub(crate) fn next_change(folded: &Folded, now: Timestamp) -> Timestamp {
    let after = |at: Timestamp| {
        if at == Timestamp::MAX || at < now {
            Timestamp::MAX
        } else {
            at.plus(1)
        }
    };
    after(late_after(folded)).min(after(stalled_after(folded)))
}

fn is_disputed(folded: &Folded) -> bool {
    folded.flags.has(Flags::DISPUTED) || folded.flags.has(Flags::CONTESTED)
}

fn asks_for_action(folded: &Folded) -> bool {
    match folded.status {
        Status::Announced => folded.code == Code::HandoverMissed,
        Status::Customs => matches!(folded.code, Code::CustomsInfoRequired | Code::CustomsPaymentRequired),
        Status::Exception => matches!(
            folded.code,
            Code::AddressProblem
                | Code::InfoRequired
                | Code::MissingDocuments
                | Code::HeldForPayment
                | Code::Damaged
                | Code::PickupMissed
        ),
        Status::AttemptFailed => folded.code == Code::CardLeft,
        Status::AvailableForPickup | Status::Failed | Status::Returned => true,
        Status::Delivered => matches!(folded.code, Code::DeliveredDamaged | Code::DeliveredPartial),
        Status::Created
        | Status::Accepted
        | Status::InTransit
        | Status::OutForDelivery
        | Status::Returning
        | Status::Cancelled
        | Status::Expired => false,
    }
}

/// The instant after which it is late: the reading of the promise that favours the carrier, unless a first attempt came
/// before it.
fn late_after(folded: &Folded) -> Timestamp {
    match (folded.promised, folded.more.first_attempt_earliest.at()) {
        (Some(promised), Some(attempt)) if attempt <= promised.latest => Timestamp::MAX,
        (Some(promised), _) if !folded.status.is_terminal() => promised.latest,
        _ => Timestamp::MAX,
    }
}

fn stalled_after(folded: &Folded) -> Timestamp {
    let Some(last) = folded.last_scan_at else {
        return Timestamp::MAX;
    };
    if folded.status.is_terminal() || folded.status == Status::AvailableForPickup {
        return Timestamp::MAX;
    }
    let abroad = folded.flags.has(Flags::ABROAD) || folded.status == Status::Customs;
    last.plus(if abroad { SILENCE_ABROAD_MS } else { SILENCE_DOMESTIC_MS })
}

fn ends_after_promise(folded: &Folded) -> bool {
    let window = folded.more.estimated.at().zip(folded.promised);
    window.is_some_and(|(estimated, promised)| is_beyond(estimated, promised))
}

/// Whether a window ends after the promise. Days are compared: one that ends with the promised day, by a second or an hour
/// later, is not late.
pub(crate) fn is_beyond(estimated: Window, promised: Window) -> bool {
    let day = |at: Timestamp| at.millis().div_euclid(DAY_MS);
    estimated.until > promised.latest && day(estimated.until) > day(promised.until)
}
