//! Words of UPS: the inverse of `connectors/formats/ups_track_alert.yaml`.

use super::{Row, Word};
use milepost_model::{Code, Reason};

/// What UPS says: type, code and three digits. The digits of a failed attempt count it.
pub(in crate::encode) fn ups(code: Code, reason: Option<Reason>, attempt: Option<u8>) -> Option<Word> {
    let door = match attempt {
        Some(1) => "X//022",
        Some(2) => "X//023",
        Some(_) | None => "X//024",
    };
    if matches!(code, Code::AttemptFailed | Code::CardLeft) {
        return Some(Word::new(door, Code::AttemptFailed, None));
    }
    if code == Code::Delayed && reason == Some(Reason::NatureWeather) {
        return Some(Word::new("X//051", code, reason));
    }
    Word::find(UPS, code)
}

const UPS: &[Row] = &[
    (
        "M/MP/003",
        Code::InfoReceived,
        &[
            Code::InfoReceived,
            Code::OrderCreated,
            Code::LabelCreated,
            Code::AwaitingHandover,
            Code::HandoverMissed,
        ],
    ),
    ("MV//007", Code::LabelVoided, &[Code::LabelVoided, Code::Cancelled]),
    ("P//038", Code::PickedUp, &[Code::PickedUp, Code::DroppedOff]),
    (
        "I/OR/005",
        Code::ReceivedOrigin,
        &[Code::ReceivedOrigin, Code::ReceivedWithoutData],
    ),
    (
        "I//005",
        Code::InTransit,
        &[Code::InTransit, Code::Misrouted, Code::ProblemResolved],
    ),
    (
        "I/AR/010",
        Code::ArrivedFacility,
        &[Code::ArrivedFacility, Code::ArrivedDeliveryDepot, Code::ArrivedCountry],
    ),
    (
        "I/DP/010",
        Code::DepartedFacility,
        &[Code::DepartedFacility, Code::DepartedCountry],
    ),
    ("I/YP/010", Code::Processed, &[Code::Processed]),
    ("I/OD/006", Code::LoadedForDelivery, &[Code::LoadedForDelivery]),
    ("I//025", Code::HandedToPartner, &[Code::HandedToPartner]),
    (
        "I//012",
        Code::CustomsProcessing,
        &[Code::CustomsProcessing, Code::CustomsReceived],
    ),
    (
        "I//058",
        Code::CustomsProcessing,
        &[
            Code::CustomsHeld,
            Code::CustomsInfoRequired,
            Code::CustomsPaymentRequired,
        ],
    ),
    ("I//014", Code::CustomsCleared, &[Code::CustomsCleared]),
    ("X//050", Code::AddressProblem, &[Code::AddressProblem]),
    ("X//016", Code::Held, &[Code::Held]),
    (
        "X//013",
        Code::Exception,
        &[
            Code::Exception,
            Code::CustomsRejected,
            Code::Damaged,
            Code::LabelUnreadable,
            Code::SecurityHold,
            Code::TraceOpened,
            Code::Undeliverable,
            Code::PickupMissed,
            Code::Lost,
        ],
    ),
    (
        "X//024",
        Code::AttemptFailed,
        &[Code::AttemptNotMade, Code::AttemptRefused],
    ),
    ("I/OT/021", Code::OutForDelivery, &[Code::OutForDelivery]),
    (
        "I//017",
        Code::ReadyForPickup,
        &[Code::ReadyForPickup, Code::ReadyAtDepot],
    ),
    ("I//040", Code::ReadyAtShop, &[Code::ReadyAtShop, Code::ReadyInLocker]),
    ("X//035", Code::ReturnInTransit, &[Code::ReturnStarted]),
    ("X//036", Code::ReturnInTransit, &[Code::ReturnInTransit]),
    ("D//034", Code::ReturnedToSender, &[Code::ReturnedToSender]),
    (
        "D/FS/011",
        Code::Delivered,
        &[
            Code::Delivered,
            Code::DeliveredSigned,
            Code::DeliveredNeighbour,
            Code::DeliveredReception,
            Code::DeliveredSafePlace,
            Code::DeliveredMailbox,
            Code::DeliveredPoBox,
            Code::DeliveredOtherAddress,
            Code::DeliveredPartial,
            Code::DeliveredDamaged,
            Code::Collected,
            Code::CodCollected,
            Code::ProofOfDelivery,
        ],
    ),
    ("X//046", Code::Delayed, &[Code::Delayed]),
    ("U//055", Code::Rescheduled, &[Code::Rescheduled, Code::Estimate]),
];
