//! Words of EasyPost: the inverse of `connectors/formats/easypost.yaml`.

use super::{Row, Word};
use milepost_model::{Code, Reason};

/// What EasyPost says: status and detail. At the door it has one word for all; the carrier's own code says more where the
/// reader knows that carrier's codes.
pub(in crate::encode) fn easypost(code: Code, reason: Option<Reason>, by: &str) -> Option<Word> {
    const DOOR: &str = "failure/failure";
    const NOT_HOME: Option<Reason> = Some(Reason::ConsigneeNotHome);
    let special = match (code, by) {
        (Code::CardLeft, "usps") => Some((DOOR, code, None)),
        (Code::AttemptFailed, "dhl_express") => Some((DOOR, code, NOT_HOME)),
        (Code::OnSchedule, "fedex") => Some(("unknown/unknown", code, None)),
        (Code::Moving, "usps") => Some(("in_transit/in_transit", code, None)),
        (Code::Delayed, _) if reason == Some(Reason::NatureWeather) => Some(("unknown/weather_delay", code, reason)),
        (Code::Misrouted, _) => Some(("in_transit/missorted", code, Some(Reason::CarrierMissort))),
        (Code::AttemptRefused, _) => Some(("failure/refused", Code::Refused, Some(Reason::ConsigneeRefused))),
        _usual => None,
    };
    special
        .map(|(raw, back, reason)| Word::new(raw, back, reason))
        .or_else(|| Word::find(EASYPOST, code))
}

const EASYPOST: &[Row] = &[
    (
        "pre_transit/label_created",
        Code::InfoReceived,
        &[Code::OrderCreated, Code::LabelCreated],
    ),
    ("pre_transit/status_update", Code::InfoReceived, &[Code::InfoReceived]),
    (
        "pre_transit/awaiting_information",
        Code::InfoReceived,
        &[Code::AwaitingHandover, Code::HandoverMissed],
    ),
    (
        "cancelled/cancelled",
        Code::Cancelled,
        &[Code::Cancelled, Code::LabelVoided],
    ),
    (
        "in_transit/received_at_origin_facility",
        Code::ReceivedOrigin,
        &[
            Code::ReceivedOrigin,
            Code::PickedUp,
            Code::DroppedOff,
            Code::ReceivedWithoutData,
        ],
    ),
    ("in_transit/in_transit", Code::InTransit, &[Code::InTransit]),
    (
        "in_transit/arrived_at_facility",
        Code::ArrivedFacility,
        &[Code::ArrivedFacility, Code::ArrivedCountry, Code::ReceivedByPartner],
    ),
    (
        "in_transit/departed_facility",
        Code::DepartedFacility,
        &[Code::DepartedFacility, Code::DepartedCountry],
    ),
    (
        "in_transit/received_at_destination_facility",
        Code::ArrivedDeliveryDepot,
        &[Code::ArrivedDeliveryDepot],
    ),
    (
        "in_transit/transferred_to_destination_carrier",
        Code::HandedToPartner,
        &[Code::HandedToPartner],
    ),
    (
        "in_transit/status_update",
        Code::InTransit,
        &[
            Code::Processed,
            Code::LoadedForDelivery,
            Code::ProblemResolved,
            Code::CustomsCleared,
            Code::CustomsProcessing,
            Code::CustomsReceived,
        ],
    ),
    (
        "in_transit/held",
        Code::Held,
        &[
            Code::CustomsHeld,
            Code::CustomsInfoRequired,
            Code::CustomsPaymentRequired,
            Code::Held,
            Code::SecurityHold,
        ],
    ),
    ("in_transit/damaged", Code::Damaged, &[Code::Damaged]),
    (
        "in_transit/transit_exception",
        Code::Exception,
        &[
            Code::Exception,
            Code::InfoRequired,
            Code::AddressProblem,
            Code::LabelUnreadable,
            Code::CustomsRejected,
            Code::TraceOpened,
        ],
    ),
    (
        "failure/delivery_exception",
        Code::Exception,
        &[Code::Undeliverable, Code::PickupMissed],
    ),
    (
        "failure/failure",
        Code::Exception,
        &[Code::AttemptFailed, Code::CardLeft, Code::AttemptNotMade],
    ),
    (
        "out_for_delivery/out_for_delivery",
        Code::OutForDelivery,
        &[Code::OutForDelivery],
    ),
    (
        "available_for_pickup/arrived_at_pickup_location",
        Code::ReadyForPickup,
        &[
            Code::ReadyForPickup,
            Code::ReadyInLocker,
            Code::ReadyAtShop,
            Code::ReadyAtDepot,
        ],
    ),
    (
        "return_to_sender/return",
        Code::ReturnStarted,
        &[Code::ReturnStarted, Code::ReturnInTransit, Code::ReturnedToSender],
    ),
    (
        "delivered/arrived_at_destination",
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
    ("failure/lost", Code::Lost, &[Code::Lost]),
    ("unknown/delayed", Code::Delayed, &[Code::Delayed]),
    (
        "in_transit/address_correction",
        Code::AddressCorrected,
        &[Code::AddressCorrected],
    ),
    (
        "unknown/unknown",
        Code::Info,
        &[
            Code::Info,
            Code::OnSchedule,
            Code::Moving,
            Code::Rescheduled,
            Code::Repacked,
            Code::Relabelled,
            Code::PickupReminder,
            Code::PaymentReceived,
        ],
    ),
];
