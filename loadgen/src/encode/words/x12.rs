//! Words of X12 214: the inverse of `connectors/formats/x12_214.yaml`.

use super::{Row, Word};
use milepost_model::{Code, Reason};

/// What X12 214 says in AT701. Why it happened stands beside it, in AT702.
pub(in crate::encode) fn x12(code: Code) -> Option<Word> {
    let word = Word::find(X12, code)?;
    let is_refused = code == Code::AttemptRefused;
    Some(Word {
        reason: is_refused.then_some(Reason::ConsigneeRefused),
        ..word
    })
}

/// The element 1651 of a reason, if it has one.
pub fn x12_reason(reason: Reason) -> Option<&'static str> {
    let row = X12_REASONS.iter().find(|(known, _)| *known == reason);
    row.map(|(_, raw)| *raw)
}

const X12_REASONS: &[(Reason, &str)] = &[
    (Reason::CarrierNoTime, "A1"),
    (Reason::ConsigneeBadAddress, "A2"),
    (Reason::CarrierAddressNotFound, "A5"),
    (Reason::CarrierMissort, "AA"),
    (Reason::CarrierOther, "AH"),
    (Reason::CarrierDamage, "AK"),
    (Reason::ShipperOther, "AM"),
    (Reason::NatureWeather, "AO"),
    (Reason::CustomsProcessing, "AP"),
    (Reason::ConsigneeNotHome, "AQ"),
    (Reason::CustomsDocuments, "AR"),
    (Reason::ShipperBadDimensions, "AV"),
    (Reason::ShipperLateHandover, "AW"),
    (Reason::ConsigneeClosed, "B1"),
    (Reason::ConsigneeUnpaid, "B4"),
    (Reason::CarrierProcessing, "BF"),
    (Reason::UnknownUnspecified, "BG"),
    (Reason::ConsigneeNotCollected, "C1"),
];

const X12: &[Row] = &[
    (
        "XB",
        Code::InfoReceived,
        &[
            Code::InfoReceived,
            Code::OrderCreated,
            Code::LabelCreated,
            Code::AwaitingHandover,
            Code::HandoverMissed,
        ],
    ),
    ("CA", Code::Cancelled, &[Code::Cancelled, Code::LabelVoided]),
    (
        "AF",
        Code::PickedUp,
        &[
            Code::PickedUp,
            Code::DroppedOff,
            Code::ReceivedOrigin,
            Code::ReceivedWithoutData,
        ],
    ),
    (
        "X6",
        Code::InTransit,
        &[
            Code::InTransit,
            Code::Processed,
            Code::ProblemResolved,
            Code::CustomsCleared,
            Code::Misrouted,
            Code::ReturnStarted,
            Code::ReturnInTransit,
        ],
    ),
    (
        "X4",
        Code::ArrivedFacility,
        &[Code::ArrivedFacility, Code::ArrivedCountry],
    ),
    (
        "P1",
        Code::DepartedFacility,
        &[Code::DepartedFacility, Code::DepartedCountry],
    ),
    (
        "AV",
        Code::ArrivedDeliveryDepot,
        &[
            Code::ArrivedDeliveryDepot,
            Code::ReadyForPickup,
            Code::ReadyInLocker,
            Code::ReadyAtShop,
            Code::ReadyAtDepot,
        ],
    ),
    ("J1", Code::HandedToPartner, &[Code::HandedToPartner]),
    ("R1", Code::ReceivedByPartner, &[Code::ReceivedByPartner]),
    ("AM", Code::Loaded, &[Code::LoadedForDelivery]),
    (
        "K1",
        Code::CustomsProcessing,
        &[
            Code::CustomsProcessing,
            Code::CustomsReceived,
            Code::CustomsHeld,
            Code::CustomsInfoRequired,
            Code::CustomsPaymentRequired,
        ],
    ),
    ("A9", Code::Damaged, &[Code::Damaged]),
    (
        "BC",
        Code::Held,
        &[
            Code::Held,
            Code::Exception,
            Code::InfoRequired,
            Code::CustomsRejected,
            Code::AddressProblem,
            Code::LabelUnreadable,
            Code::SecurityHold,
            Code::Undeliverable,
            Code::PickupMissed,
        ],
    ),
    ("AJ", Code::OutForDelivery, &[Code::OutForDelivery]),
    ("AH", Code::AttemptFailed, &[Code::AttemptFailed, Code::CardLeft]),
    ("AP", Code::AttemptNotMade, &[Code::AttemptNotMade]),
    ("A7", Code::AttemptRefused, &[Code::AttemptRefused]),
    (
        "D1",
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
    ("A3", Code::ReturnedToSender, &[Code::ReturnedToSender]),
    ("SD", Code::Delayed, &[Code::Delayed, Code::Rescheduled]),
    ("AG", Code::Estimate, &[Code::Estimate]),
];
