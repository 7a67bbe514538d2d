//! How formats say what happened: the inverse of their tables of codes in `connectors/formats`. Most formats know fewer
//! things than we do; each row says what comes back. A code without a row is not told at all in that format.

use milepost_model::{Code, Reason};

/// A raw code, and what it means to who reads it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word {
    /// The raw code; its parts in the order of the format's table, with `/` between.
    pub raw: &'static str,
    /// What comes back.
    pub back: Code,
    /// The reason that comes back by the raw code alone.
    pub reason: Option<Reason>,
}

/// A raw code, what comes back, and the codes that are told by it.
type Row = (&'static str, Code, &'static [Code]);

impl Word {
    const fn new(raw: &'static str, back: Code, reason: Option<Reason>) -> Self {
        Self { raw, back, reason }
    }

    /// Of a form that has a word for everything.
    pub(super) const fn itself(code: Code, reason: Option<Reason>) -> Self {
        Self::new("", code, reason)
    }

    fn find(rows: &[Row], code: Code) -> Option<Self> {
        let (raw, back, _) = rows.iter().find(|(_, _, codes)| codes.contains(&code))?;
        Some(Self::new(raw, *back, None))
    }
}

/// What EasyPost says: status and detail. At the door it has one word for all; the carrier's own code says more where the
/// reader knows that carrier's codes.
pub(super) fn easypost(code: Code, reason: Option<Reason>, by: &str) -> Option<Word> {
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
    ("pre_transit/label_created", Code::InfoReceived, &[Code::OrderCreated, Code::LabelCreated]),
    ("pre_transit/status_update", Code::InfoReceived, &[Code::InfoReceived]),
    ("pre_transit/awaiting_information", Code::InfoReceived, &[Code::AwaitingHandover, Code::HandoverMissed]),
    ("cancelled/cancelled", Code::Cancelled, &[Code::Cancelled, Code::LabelVoided]),
    ("in_transit/received_at_origin_facility", Code::ReceivedOrigin, &[Code::ReceivedOrigin, Code::PickedUp, Code::DroppedOff, Code::ReceivedWithoutData]),
    ("in_transit/in_transit", Code::InTransit, &[Code::InTransit]),
    ("in_transit/arrived_at_facility", Code::ArrivedFacility, &[Code::ArrivedFacility, Code::ArrivedCountry, Code::ReceivedByPartner]),
    ("in_transit/departed_facility", Code::DepartedFacility, &[Code::DepartedFacility, Code::DepartedCountry]),
    ("in_transit/received_at_destination_facility", Code::ArrivedDeliveryDepot, &[Code::ArrivedDeliveryDepot]),
    ("in_transit/transferred_to_destination_carrier", Code::HandedToPartner, &[Code::HandedToPartner]),
    ("in_transit/status_update", Code::InTransit, &[Code::Processed, Code::LoadedForDelivery, Code::ProblemResolved, Code::CustomsCleared, Code::CustomsProcessing, Code::CustomsReceived]),
    ("in_transit/held", Code::Held, &[Code::CustomsHeld, Code::CustomsInfoRequired, Code::CustomsPaymentRequired, Code::Held, Code::SecurityHold]),
    ("in_transit/damaged", Code::Damaged, &[Code::Damaged]),
    ("in_transit/transit_exception", Code::Exception, &[Code::Exception, Code::InfoRequired, Code::AddressProblem, Code::LabelUnreadable, Code::CustomsRejected, Code::TraceOpened]),
    ("failure/delivery_exception", Code::Exception, &[Code::Undeliverable, Code::PickupMissed]),
    ("failure/failure", Code::Exception, &[Code::AttemptFailed, Code::CardLeft, Code::AttemptNotMade]),
    ("out_for_delivery/out_for_delivery", Code::OutForDelivery, &[Code::OutForDelivery]),
    ("available_for_pickup/arrived_at_pickup_location", Code::ReadyForPickup, &[Code::ReadyForPickup, Code::ReadyInLocker, Code::ReadyAtShop, Code::ReadyAtDepot]),
    ("return_to_sender/return", Code::ReturnStarted, &[Code::ReturnStarted, Code::ReturnInTransit, Code::ReturnedToSender]),
    ("delivered/arrived_at_destination", Code::Delivered, &[Code::Delivered, Code::DeliveredSigned, Code::DeliveredNeighbour, Code::DeliveredReception, Code::DeliveredSafePlace, Code::DeliveredMailbox, Code::DeliveredPoBox, Code::DeliveredOtherAddress, Code::DeliveredPartial, Code::DeliveredDamaged, Code::Collected, Code::CodCollected, Code::ProofOfDelivery]),
    ("failure/lost", Code::Lost, &[Code::Lost]),
    ("unknown/delayed", Code::Delayed, &[Code::Delayed]),
    ("in_transit/address_correction", Code::AddressCorrected, &[Code::AddressCorrected]),
    ("unknown/unknown", Code::Info, &[Code::Info, Code::OnSchedule, Code::Moving, Code::Rescheduled, Code::Repacked, Code::Relabelled, Code::PickupReminder, Code::PaymentReceived]),
];

/// What UPS says: type, code and three digits. The digits of a failed attempt count it.
pub(super) fn ups(code: Code, reason: Option<Reason>, attempt: Option<u8>) -> Option<Word> {
    let door = match attempt {
        Some(1) => "X//022",
        Some(2) => "X//023",
        Some(_) | None => "X//024",
    };
    match code {
        Code::AttemptFailed | Code::CardLeft => Some(Word::new(door, Code::AttemptFailed, None)),
        Code::Delayed if reason == Some(Reason::NatureWeather) => Some(Word::new("X//051", code, reason)),
        _usual => Word::find(UPS, code),
    }
}

const UPS: &[Row] = &[
    ("M/MP/003", Code::InfoReceived, &[Code::InfoReceived, Code::OrderCreated, Code::LabelCreated, Code::AwaitingHandover, Code::HandoverMissed]),
    ("MV//007", Code::LabelVoided, &[Code::LabelVoided, Code::Cancelled]),
    ("P//038", Code::PickedUp, &[Code::PickedUp, Code::DroppedOff]),
    ("I/OR/005", Code::ReceivedOrigin, &[Code::ReceivedOrigin, Code::ReceivedWithoutData]),
    ("I//005", Code::InTransit, &[Code::InTransit, Code::Misrouted, Code::ProblemResolved]),
    ("I/AR/010", Code::ArrivedFacility, &[Code::ArrivedFacility, Code::ArrivedDeliveryDepot, Code::ArrivedCountry]),
    ("I/DP/010", Code::DepartedFacility, &[Code::DepartedFacility, Code::DepartedCountry]),
    ("I/YP/010", Code::Processed, &[Code::Processed]),
    ("I/OD/006", Code::LoadedForDelivery, &[Code::LoadedForDelivery]),
    ("I//025", Code::HandedToPartner, &[Code::HandedToPartner]),
    ("I//012", Code::CustomsProcessing, &[Code::CustomsProcessing, Code::CustomsReceived]),
    ("I//058", Code::CustomsProcessing, &[Code::CustomsHeld, Code::CustomsInfoRequired, Code::CustomsPaymentRequired]),
    ("I//014", Code::CustomsCleared, &[Code::CustomsCleared]),
    ("X//050", Code::AddressProblem, &[Code::AddressProblem]),
    ("X//016", Code::Held, &[Code::Held]),
    ("X//013", Code::Exception, &[Code::Exception, Code::CustomsRejected, Code::Damaged, Code::LabelUnreadable, Code::SecurityHold, Code::TraceOpened, Code::Undeliverable, Code::PickupMissed, Code::Lost]),
    ("X//024", Code::AttemptFailed, &[Code::AttemptNotMade, Code::AttemptRefused]),
    ("I/OT/021", Code::OutForDelivery, &[Code::OutForDelivery]),
    ("I//017", Code::ReadyForPickup, &[Code::ReadyForPickup, Code::ReadyAtDepot]),
    ("I//040", Code::ReadyAtShop, &[Code::ReadyAtShop, Code::ReadyInLocker]),
    ("X//035", Code::ReturnInTransit, &[Code::ReturnStarted]),
    ("X//036", Code::ReturnInTransit, &[Code::ReturnInTransit]),
    ("D//034", Code::ReturnedToSender, &[Code::ReturnedToSender]),
    ("D/FS/011", Code::Delivered, &[Code::Delivered, Code::DeliveredSigned, Code::DeliveredNeighbour, Code::DeliveredReception, Code::DeliveredSafePlace, Code::DeliveredMailbox, Code::DeliveredPoBox, Code::DeliveredOtherAddress, Code::DeliveredPartial, Code::DeliveredDamaged, Code::Collected, Code::CodCollected, Code::ProofOfDelivery]),
    ("X//046", Code::Delayed, &[Code::Delayed]),
    ("U//055", Code::Rescheduled, &[Code::Rescheduled, Code::Estimate]),
];

/// What X12 214 says in AT701. Why it happened stands beside it, in AT702.
pub(super) fn x12(code: Code) -> Option<Word> {
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
    ("XB", Code::InfoReceived, &[Code::InfoReceived, Code::OrderCreated, Code::LabelCreated, Code::AwaitingHandover, Code::HandoverMissed]),
    ("CA", Code::Cancelled, &[Code::Cancelled, Code::LabelVoided]),
    ("AF", Code::PickedUp, &[Code::PickedUp, Code::DroppedOff, Code::ReceivedOrigin, Code::ReceivedWithoutData]),
    ("X6", Code::InTransit, &[Code::InTransit, Code::Processed, Code::ProblemResolved, Code::CustomsCleared, Code::Misrouted, Code::ReturnStarted, Code::ReturnInTransit]),
    ("X4", Code::ArrivedFacility, &[Code::ArrivedFacility, Code::ArrivedCountry]),
    ("P1", Code::DepartedFacility, &[Code::DepartedFacility, Code::DepartedCountry]),
    ("AV", Code::ArrivedDeliveryDepot, &[Code::ArrivedDeliveryDepot, Code::ReadyForPickup, Code::ReadyInLocker, Code::ReadyAtShop, Code::ReadyAtDepot]),
    ("J1", Code::HandedToPartner, &[Code::HandedToPartner]),
    ("R1", Code::ReceivedByPartner, &[Code::ReceivedByPartner]),
    ("AM", Code::Loaded, &[Code::LoadedForDelivery]),
    ("K1", Code::CustomsProcessing, &[Code::CustomsProcessing, Code::CustomsReceived, Code::CustomsHeld, Code::CustomsInfoRequired, Code::CustomsPaymentRequired]),
    ("A9", Code::Damaged, &[Code::Damaged]),
    ("BC", Code::Held, &[Code::Held, Code::Exception, Code::InfoRequired, Code::CustomsRejected, Code::AddressProblem, Code::LabelUnreadable, Code::SecurityHold, Code::Undeliverable, Code::PickupMissed]),
    ("AJ", Code::OutForDelivery, &[Code::OutForDelivery]),
    ("AH", Code::AttemptFailed, &[Code::AttemptFailed, Code::CardLeft]),
    ("AP", Code::AttemptNotMade, &[Code::AttemptNotMade]),
    ("A7", Code::AttemptRefused, &[Code::AttemptRefused]),
    ("D1", Code::Delivered, &[Code::Delivered, Code::DeliveredSigned, Code::DeliveredNeighbour, Code::DeliveredReception, Code::DeliveredSafePlace, Code::DeliveredMailbox, Code::DeliveredPoBox, Code::DeliveredOtherAddress, Code::DeliveredPartial, Code::DeliveredDamaged, Code::Collected, Code::CodCollected, Code::ProofOfDelivery]),
    ("A3", Code::ReturnedToSender, &[Code::ReturnedToSender]),
    ("SD", Code::Delayed, &[Code::Delayed, Code::Rescheduled]),
    ("AG", Code::Estimate, &[Code::Estimate]),
];

/// What EPCIS says: business step and disposition. It tells of custody, so of no forecast and of no door that stayed shut.
pub(super) fn epcis(code: Code) -> Option<Word> {
    Word::find(EPCIS, code)
}

const EPCIS: &[Row] = &[
    ("commissioning", Code::OrderCreated, &[Code::OrderCreated]),
    ("staging_outbound", Code::OrderCreated, &[Code::LabelCreated, Code::InfoReceived, Code::AwaitingHandover, Code::HandoverMissed]),
    ("void_shipping", Code::Cancelled, &[Code::Cancelled, Code::LabelVoided]),
    ("accepting", Code::PickedUp, &[Code::PickedUp, Code::DroppedOff, Code::ReceivedOrigin, Code::ReceivedWithoutData]),
    ("transporting", Code::InTransit, &[Code::InTransit, Code::OutForDelivery, Code::ReturnInTransit]),
    ("storing", Code::InTransit, &[Code::Processed, Code::ProblemResolved, Code::Misrouted, Code::ReadyForPickup, Code::ReadyInLocker, Code::ReadyAtShop, Code::ReadyAtDepot, Code::CustomsProcessing, Code::CustomsReceived, Code::CustomsCleared]),
    ("arriving", Code::ArrivedFacility, &[Code::ArrivedFacility, Code::ArrivedDeliveryDepot, Code::ArrivedCountry, Code::ReceivedByPartner]),
    ("departing", Code::DepartedFacility, &[Code::DepartedFacility, Code::DepartedCountry, Code::HandedToPartner, Code::ReturnStarted]),
    ("loading", Code::Loaded, &[Code::LoadedForDelivery]),
    ("inspecting/damaged", Code::Damaged, &[Code::Damaged]),
    ("holding", Code::Held, &[Code::Held, Code::CustomsHeld, Code::CustomsInfoRequired, Code::CustomsPaymentRequired, Code::CustomsRejected, Code::AddressProblem, Code::LabelUnreadable, Code::SecurityHold, Code::Undeliverable, Code::PickupMissed]),
    ("receiving", Code::Delivered, &[Code::Delivered, Code::DeliveredSigned, Code::DeliveredNeighbour, Code::DeliveredReception, Code::DeliveredSafePlace, Code::DeliveredMailbox, Code::DeliveredPoBox, Code::DeliveredOtherAddress, Code::DeliveredPartial, Code::DeliveredDamaged, Code::Collected, Code::CodCollected]),
    ("receiving/returned", Code::ReturnedToSender, &[Code::ReturnedToSender]),
];
