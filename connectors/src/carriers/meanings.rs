//! What statuses, codes and reasons mean, a line each: the list that whoever writes a mapping file chooses from, told by
//! `milepost decode --codes`. A test keeps it whole and in order.

use milepost_model::{Code, Reason, Status};

/// Every status, in the order of the usual journey.
pub const STATUSES: [(Status, &str); Status::ALL.len()] = [
    (Status::Created, "the number is known to the shop, not to the carrier"),
    (Status::Announced, "the carrier has the data, not the parcel"),
    (Status::Accepted, "the carrier has the parcel for the first time"),
    (Status::InTransit, "moving or standing inside the network"),
    (Status::Customs, "with an authority"),
    (Status::Exception, "the carrier stopped its normal handling"),
    (Status::OutForDelivery, "on the last vehicle"),
    (Status::AttemptFailed, "at the door, not handed over"),
    (
        Status::AvailableForPickup,
        "waits for the consignee at a counter, shop, locker or depot",
    ),
    (Status::Returning, "on the way back"),
    (Status::Delivered, "the consignee, or who stands for them, has it"),
    (Status::Returned, "the sender has it back"),
    (Status::Failed, "will not arrive"),
    (Status::Cancelled, "called off"),
    (
        Status::Expired,
        "nothing was heard for long; never sent, it follows from silence",
    ),
];

/// Every code, by its status, and those that belong to none behind them.
pub const CODES: [(Code, &str); Code::ALL.len()] = [
    (Code::OrderCreated, "the order is known"),
    (Code::LabelCreated, "a label was made, the carrier was not told"),
    (Code::PickupRequested, "the carrier was asked to collect it"),
    (Code::NotFound, "the carrier does not know the number yet"),
    (Code::InfoReceived, "the carrier has the data"),
    (Code::AwaitingHandover, "the carrier waits for the parcel"),
    (
        Code::HandoverMissed,
        "it was not there to be collected, or was not brought",
    ),
    (Code::PickedUp, "collected at the sender's"),
    (Code::DroppedOff, "brought to a counter, shop or locker by the sender"),
    (Code::ReceivedOrigin, "at the first depot of the carrier"),
    (
        Code::ReceivedWithoutData,
        "the carrier has the parcel and no data for it",
    ),
    (Code::InTransit, "on the way, no more is said"),
    (Code::ArrivedFacility, "came into a depot, hub or sorting centre"),
    (Code::DepartedFacility, "left a depot, hub or sorting centre"),
    (Code::Processed, "sorted or handled there"),
    (Code::Loaded, "loaded onto a truck, plane, train or ship"),
    (Code::Unloaded, "unloaded from one"),
    (Code::DepartedCountry, "left the country of export"),
    (Code::ArrivedCountry, "came into the country of import"),
    (Code::HandedToPartner, "given to another carrier"),
    (Code::ReceivedByPartner, "the other carrier has it"),
    (Code::ArrivedDeliveryDepot, "at the depot from which it is delivered"),
    (Code::LoadedForDelivery, "on the van, which has not left yet"),
    (Code::Forwarded, "sent on to another address or depot"),
    (Code::Misrouted, "was sent the wrong way"),
    (Code::CustomsCleared, "released by customs"),
    (Code::ProblemResolved, "a problem is over, it moves again"),
    (Code::CustomsProcessing, "customs handles it"),
    (Code::CustomsReceived, "presented to customs"),
    (Code::CustomsHeld, "held by customs"),
    (Code::CustomsInfoRequired, "customs waits for data or papers"),
    (Code::CustomsPaymentRequired, "customs waits for duties or taxes"),
    (Code::Exception, "something is wrong, no more is said"),
    (Code::Held, "held by the carrier"),
    (Code::HeldForPayment, "held until something is paid"),
    (Code::AddressProblem, "the address is wrong or not complete"),
    (Code::InfoRequired, "the carrier waits for data"),
    (Code::Damaged, "damaged on the way"),
    (Code::LabelUnreadable, "the label cannot be read"),
    (Code::MissingDocuments, "papers are missing"),
    (Code::RejectedByCarrier, "the carrier does not carry it"),
    (Code::Refused, "the consignee does not take it"),
    (Code::Undeliverable, "cannot be delivered; it goes back or is kept"),
    (Code::PickupMissed, "not collected in time by the consignee"),
    (Code::CustomsRejected, "customs does not let it in"),
    (Code::SecurityHold, "held for a security check"),
    (Code::TraceOpened, "the carrier searches for it"),
    (Code::Recalled, "the sender asked for it back"),
    (Code::OutForDelivery, "on its way to the door"),
    (Code::AttemptFailed, "nobody took it, no more is said"),
    (Code::CardLeft, "nobody took it, a card was left"),
    (Code::AttemptRefused, "refused at the door"),
    (Code::AttemptNotMade, "was on the van, and the door was not reached"),
    (Code::ReadyForPickup, "can be collected, no more is said"),
    (Code::ReadyInLocker, "can be collected from a locker"),
    (Code::ReadyAtShop, "can be collected at a shop or post office"),
    (Code::ReadyAtDepot, "can be collected at a depot of the carrier"),
    (Code::ReturnStarted, "goes back from here on"),
    (Code::ReturnInTransit, "on the way back"),
    (Code::Delivered, "handed over, no more is said"),
    (Code::DeliveredSigned, "handed over against a signature"),
    (Code::DeliveredNeighbour, "a neighbour has it"),
    (Code::DeliveredReception, "a reception, porter or post room has it"),
    (Code::DeliveredSafePlace, "left at the door or an agreed place"),
    (Code::DeliveredMailbox, "in the mailbox"),
    (Code::DeliveredPoBox, "in a post office box"),
    (Code::DeliveredOtherAddress, "handed over at another address"),
    (Code::DeliveredPartial, "a part of it was handed over"),
    (Code::DeliveredDamaged, "handed over, and damaged"),
    (Code::Collected, "collected by the consignee at a counter or locker"),
    (Code::CodCollected, "handed over against cash"),
    (
        Code::ProofOfDelivery,
        "the proof of a delivery, which may come later than it",
    ),
    (Code::ReturnedToSender, "the sender has it back"),
    (Code::Lost, "given up as lost"),
    (Code::Destroyed, "destroyed on the way"),
    (Code::Disposed, "done away with, as nobody wants it"),
    (Code::Seized, "kept by an authority for good"),
    (Code::Stolen, "stolen"),
    (Code::Cancelled, "called off, no more is said"),
    (Code::LabelVoided, "the label was cancelled"),
    (Code::NoInformation, "nothing was heard for long; never sent"),
    (Code::Info, "the carrier says something that moves nothing"),
    (
        Code::Unmapped,
        "a code of the carrier that no row knows; it is kept and counted",
    ),
    (Code::Delayed, "will be later than planned"),
    (Code::Rescheduled, "the date of delivery was changed"),
    (Code::OnSchedule, "will be there as planned"),
    (Code::Moving, "said to be on the way, and scanned by nobody"),
    (Code::DeliveryScheduled, "the day of delivery is fixed"),
    (Code::ConsigneeContacted, "the carrier wrote to or called the consignee"),
    (Code::RedirectRequested, "is to go to another address, shop or locker"),
    (Code::HoldRequested, "is to be held"),
    (Code::ReturnRequested, "is to go back"),
    (Code::AddressCorrected, "the carrier mended the address"),
    (Code::Repacked, "packed anew"),
    (Code::Relabelled, "got a new label"),
    (Code::PickupReminder, "the consignee was reminded to collect it"),
    (Code::DamageReported, "a damage was noted, it goes on"),
    (Code::PaymentReceived, "what was owed is paid"),
    (Code::Estimate, "when it is expected"),
    (
        Code::Appointment,
        "when the consignee is expected to be there, as agreed",
    ),
];

/// Every reason, by whose doing it is.
pub const REASONS: [(Reason, &str); Reason::ALL.len()] = [
    (Reason::CarrierDamage, "the carrier damaged it"),
    (Reason::CarrierMissort, "it was sorted to the wrong place"),
    (Reason::CarrierLost, "the carrier does not find it"),
    (
        Reason::CarrierAddressNotFound,
        "the address is right, the driver did not find it",
    ),
    (Reason::CarrierNoTime, "the driver's day was over"),
    (Reason::CarrierVehicle, "a vehicle broke down"),
    (Reason::CarrierAccident, "an accident"),
    (
        Reason::CarrierCapacity,
        "too many parcels for the vehicle, depot or locker",
    ),
    (Reason::CarrierLateTransport, "a truck, plane, train or ship was late"),
    (Reason::CarrierProcessing, "the depot did not get it done"),
    (Reason::CarrierClosed, "the carrier's place was closed"),
    (Reason::CarrierStrike, "the carrier's people were on strike"),
    (Reason::CarrierLabelUnreadable, "the label became unreadable on the way"),
    (Reason::CarrierPartner, "another carrier's doing"),
    (Reason::CarrierOther, "the carrier's doing, no more is said"),
    (Reason::ShipperCancelled, "the sender called it off"),
    (Reason::ShipperBadData, "the sender's data are wrong or not complete"),
    (Reason::ShipperNotReady, "it was not ready to be collected"),
    (Reason::ShipperLateHandover, "the sender gave it late"),
    (Reason::ShipperWrongParcel, "the sender gave another parcel"),
    (
        Reason::ShipperBadDimensions,
        "it is larger or heavier than allowed or stated",
    ),
    (Reason::ShipperPackaging, "it is not packed well enough"),
    (Reason::ShipperProhibited, "the carrier may not carry such goods"),
    (Reason::ShipperDocumentsMissing, "the sender's papers are missing"),
    (Reason::ShipperUnpaid, "the sender did not pay"),
    (Reason::ShipperRecalled, "the sender wants it back"),
    (Reason::ShipperHoldRequest, "the sender wants it held"),
    (Reason::ShipperOther, "the sender's doing, no more is said"),
    (Reason::ConsigneeNotHome, "nobody was there"),
    (Reason::ConsigneeClosed, "the business was closed"),
    (Reason::ConsigneeRefused, "the consignee did not want it"),
    (Reason::ConsigneeCancelled, "the consignee called the order off"),
    (Reason::ConsigneeIdFailed, "identity or age was not proven"),
    (Reason::ConsigneeBadAddress, "the address is wrong or not complete"),
    (
        Reason::ConsigneeNoAccess,
        "the door, gate or mailbox could not be reached",
    ),
    (Reason::ConsigneeNoSafePlace, "there was no safe place to leave it"),
    (Reason::ConsigneeBoxFull, "the mailbox of the consignee was full"),
    (Reason::ConsigneeMoved, "the consignee does not live there any more"),
    (Reason::ConsigneeUnknown, "nobody knows the consignee there"),
    (Reason::ConsigneeDeceased, "the consignee has died"),
    (Reason::ConsigneeUnpaid, "cash, duties or a fee were not paid"),
    (Reason::ConsigneeNotCollected, "it was not collected in time"),
    (Reason::ConsigneeInfoMissing, "the consignee's answer is missing"),
    (Reason::ConsigneeHoldRequest, "the consignee wants it held"),
    (Reason::ConsigneeRedirectRequest, "the consignee wants it elsewhere"),
    (Reason::ConsigneeDateRequest, "the consignee wants another day"),
    (Reason::ConsigneeOther, "the consignee's doing, no more is said"),
    (Reason::CustomsProcessing, "customs takes its time"),
    (Reason::CustomsInspection, "customs looks into it"),
    (Reason::CustomsDocuments, "papers for customs are missing"),
    (Reason::CustomsDutiesUnpaid, "duties or taxes are not paid"),
    (Reason::CustomsProhibited, "such goods may not be brought in"),
    (Reason::CustomsRefused, "customs does not let it in"),
    (Reason::CustomsBroker, "a broker clears it, or is waited for"),
    (Reason::NatureWeather, "weather"),
    (Reason::NatureDisaster, "flood, fire or earthquake"),
    (Reason::AuthoritySecurity, "a security check"),
    (Reason::AuthorityRegulation, "a rule of an authority, or a holiday"),
    (Reason::AuthorityCivilEvent, "unrest, a closed road, a large event"),
    (Reason::AuthorityBorder, "a closed or slow border"),
    (Reason::UnknownUnspecified, "the carrier does not say why"),
    (Reason::UnknownTracing, "it is being searched for"),
    (Reason::UnknownForceMajeure, "force majeure, no more is said"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_line_in_the_order_of_the_list() {
        assert!(STATUSES.iter().map(|(status, _)| status).eq(Status::ALL));
        assert!(CODES.iter().map(|(code, _)| code).eq(Code::ALL));
        assert!(REASONS.iter().map(|(reason, _)| reason).eq(Reason::ALL));
    }

    #[test]
    fn no_line_is_empty_or_long() {
        let codes = CODES.iter().map(|(_, line)| line);
        let statuses = STATUSES.iter().map(|(_, line)| line);
        let all = codes.chain(statuses).chain(REASONS.iter().map(|(_, line)| line));
        for line in all {
            assert!((5..=70).contains(&line.len()), "{line}");
        }
    }
}
