//! Words of EPCIS: the inverse of `connectors/formats/epcis.yaml`.

use super::{Row, Word};
use milepost_model::Code;

/// What EPCIS says: business step and disposition. It tells of custody, so of no forecast and of no door that stayed shut.
pub(in crate::encode) fn epcis(code: Code) -> Option<Word> {
    Word::find(EPCIS, code)
}

const EPCIS: &[Row] = &[
    ("commissioning", Code::OrderCreated, &[Code::OrderCreated]),
    (
        "staging_outbound",
        Code::OrderCreated,
        &[
            Code::LabelCreated,
            Code::InfoReceived,
            Code::AwaitingHandover,
            Code::HandoverMissed,
        ],
    ),
    ("void_shipping", Code::Cancelled, &[Code::Cancelled, Code::LabelVoided]),
    (
        "accepting",
        Code::PickedUp,
        &[
            Code::PickedUp,
            Code::DroppedOff,
            Code::ReceivedOrigin,
            Code::ReceivedWithoutData,
        ],
    ),
    (
        "transporting",
        Code::InTransit,
        &[Code::InTransit, Code::OutForDelivery, Code::ReturnInTransit],
    ),
    (
        "storing",
        Code::InTransit,
        &[
            Code::Processed,
            Code::ProblemResolved,
            Code::Misrouted,
            Code::ReadyForPickup,
            Code::ReadyInLocker,
            Code::ReadyAtShop,
            Code::ReadyAtDepot,
            Code::CustomsProcessing,
            Code::CustomsReceived,
            Code::CustomsCleared,
        ],
    ),
    (
        "arriving",
        Code::ArrivedFacility,
        &[
            Code::ArrivedFacility,
            Code::ArrivedDeliveryDepot,
            Code::ArrivedCountry,
            Code::ReceivedByPartner,
        ],
    ),
    (
        "departing",
        Code::DepartedFacility,
        &[
            Code::DepartedFacility,
            Code::DepartedCountry,
            Code::HandedToPartner,
            Code::ReturnStarted,
        ],
    ),
    ("loading", Code::Loaded, &[Code::LoadedForDelivery]),
    ("inspecting/damaged", Code::Damaged, &[Code::Damaged]),
    (
        "holding",
        Code::Held,
        &[
            Code::Held,
            Code::CustomsHeld,
            Code::CustomsInfoRequired,
            Code::CustomsPaymentRequired,
            Code::CustomsRejected,
            Code::AddressProblem,
            Code::LabelUnreadable,
            Code::SecurityHold,
            Code::Undeliverable,
            Code::PickupMissed,
        ],
    ),
    (
        "receiving",
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
        ],
    ),
    ("receiving/returned", Code::ReturnedToSender, &[Code::ReturnedToSender]),
];
