//! The closed list of 100 sub-statuses; each belongs to one status, or to none when it is a notice or an estimate.

use crate::status::{Kind, Status, closed_list};

closed_list! {
    #[derive(Default)]
    /// Normalised sub-status. Grouped by status, the generic code of a status first.
    Code {
        OrderCreated = "order_created", LabelCreated = "label_created", PickupRequested = "pickup_requested",
        NotFound = "not_found",
        InfoReceived = "info_received", AwaitingHandover = "awaiting_handover", HandoverMissed = "handover_missed",
        PickedUp = "picked_up", DroppedOff = "dropped_off", ReceivedOrigin = "received_origin",
        ReceivedWithoutData = "received_without_data",
        InTransit = "in_transit", ArrivedFacility = "arrived_facility", DepartedFacility = "departed_facility",
        Processed = "processed", Loaded = "loaded", Unloaded = "unloaded", DepartedCountry = "departed_country",
        ArrivedCountry = "arrived_country", HandedToPartner = "handed_to_partner",
        ReceivedByPartner = "received_by_partner", ArrivedDeliveryDepot = "arrived_delivery_depot",
        LoadedForDelivery = "loaded_for_delivery", Forwarded = "forwarded", Misrouted = "misrouted",
        CustomsCleared = "customs_cleared", ProblemResolved = "problem_resolved",
        CustomsProcessing = "customs_processing", CustomsReceived = "customs_received", CustomsHeld = "customs_held",
        CustomsInfoRequired = "customs_info_required", CustomsPaymentRequired = "customs_payment_required",
        Exception = "exception", Held = "held", HeldForPayment = "held_for_payment",
        AddressProblem = "address_problem", InfoRequired = "info_required", Damaged = "damaged",
        LabelUnreadable = "label_unreadable", MissingDocuments = "missing_documents",
        RejectedByCarrier = "rejected_by_carrier", Refused = "refused", Undeliverable = "undeliverable",
        PickupMissed = "pickup_missed", CustomsRejected = "customs_rejected", SecurityHold = "security_hold",
        TraceOpened = "trace_opened", Recalled = "recalled",
        OutForDelivery = "out_for_delivery",
        AttemptFailed = "attempt_failed", CardLeft = "card_left", AttemptRefused = "attempt_refused",
        AttemptNotMade = "attempt_not_made",
        ReadyForPickup = "ready_for_pickup", ReadyInLocker = "ready_in_locker", ReadyAtShop = "ready_at_shop",
        ReadyAtDepot = "ready_at_depot",
        ReturnStarted = "return_started", ReturnInTransit = "return_in_transit",
        Delivered = "delivered", DeliveredSigned = "delivered_signed", DeliveredNeighbour = "delivered_neighbour",
        DeliveredReception = "delivered_reception", DeliveredSafePlace = "delivered_safe_place",
        DeliveredMailbox = "delivered_mailbox", DeliveredPoBox = "delivered_po_box",
        DeliveredOtherAddress = "delivered_other_address", DeliveredPartial = "delivered_partial",
        DeliveredDamaged = "delivered_damaged", Collected = "collected", CodCollected = "cod_collected",
        ProofOfDelivery = "proof_of_delivery",
        ReturnedToSender = "returned_to_sender",
        Lost = "lost", Destroyed = "destroyed", Disposed = "disposed", Seized = "seized", Stolen = "stolen",
        Cancelled = "cancelled", LabelVoided = "label_voided",
        NoInformation = "no_information",
        Info = "info", #[default] Unmapped = "unmapped", Delayed = "delayed", Rescheduled = "rescheduled",
        OnSchedule = "on_schedule", Moving = "moving", DeliveryScheduled = "delivery_scheduled",
        ConsigneeContacted = "consignee_contacted", RedirectRequested = "redirect_requested",
        HoldRequested = "hold_requested", ReturnRequested = "return_requested",
        AddressCorrected = "address_corrected", Repacked = "repacked", Relabelled = "relabelled",
        PickupReminder = "pickup_reminder", DamageReported = "damage_reported", PaymentReceived = "payment_received",
        Estimate = "estimate", Appointment = "appointment",
    }
}

/// What follows from a code.
#[derive(Clone, Copy)]
struct Nature {
    status: Option<Status>,
    kind: Kind,
    rank: u8,
}

/// By code: asked several times per scan, so it is looked up.
const NATURES: [Nature; Code::ALL.len()] = {
    let mut natures = [nature(Code::Unmapped); Code::ALL.len()];
    let mut rest: &mut [Nature] = &mut natures;
    let mut codes = Code::ALL;
    while let (Some((first, others)), Some((code, later))) = (rest.split_first_mut(), codes.split_first()) {
        *first = nature(*code);
        (rest, codes) = (others, later);
    }
    natures
};

const fn nature(code: Code) -> Nature {
    let status = status_of(code);
    let kind = match (code, status) {
        (Code::ProofOfDelivery, _) => Kind::Proof,
        (Code::Estimate | Code::Appointment, _) => Kind::Estimate,
        (_, None) => Kind::Notice,
        (_, Some(Status::Created | Status::Announced | Status::Cancelled)) => Kind::Admin,
        (_, Some(_)) => Kind::Scan,
    };
    let rank = match (code, status) {
        (Code::CustomsCleared, _) => 36,
        (Code::ProblemResolved, _) => 41,
        (_, Some(status)) => status.rank(),
        (_, None) => 30,
    };
    Nature { status, kind, rank }
}

const fn status_of(code: Code) -> Option<Status> {
    // The declaration order groups codes by status, in the order of statuses, the generic one first.
    let mut found = None;
    let mut rest = Status::ALL;
    while let Some((status, later)) = rest.split_first() {
        if (code as u8) < Code::generic(*status) as u8 {
            return found;
        }
        (found, rest) = (Some(*status), later);
    }
    if code as u8 >= Code::Info as u8 { None } else { found }
}

impl Code {
    /// The status a code belongs to; `None` for notices and estimates, which move nothing.
    #[must_use]
    pub const fn status(self) -> Option<Status> {
        self.nature().status
    }

    #[expect(clippy::indexing_slicing, reason = "as many natures as codes")]
    const fn nature(self) -> Nature {
        NATURES[self as usize]
    }

    /// The generic code of a status.
    #[must_use]
    pub const fn generic(status: Status) -> Self {
        match status {
            Status::Created => Self::OrderCreated,
            Status::Announced => Self::InfoReceived,
            Status::Accepted => Self::PickedUp,
            Status::InTransit => Self::InTransit,
            Status::Customs => Self::CustomsProcessing,
            Status::Exception => Self::Exception,
            Status::OutForDelivery => Self::OutForDelivery,
            Status::AttemptFailed => Self::AttemptFailed,
            Status::AvailableForPickup => Self::ReadyForPickup,
            Status::Returning => Self::ReturnStarted,
            Status::Delivered => Self::Delivered,
            Status::Returned => Self::ReturnedToSender,
            Status::Failed => Self::Lost,
            Status::Cancelled => Self::Cancelled,
            Status::Expired => Self::NoInformation,
        }
    }

    /// The kind of a record that carries this code and names none itself.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.nature().kind
    }

    /// Rank for ties: that of the status, but for two codes that end a customs stay or a problem.
    #[must_use]
    pub const fn rank(self) -> u8 {
        self.nature().rank
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_codes_each_with_its_status() {
        assert_eq!(Code::ALL.len(), 100);
        for status in Status::ALL {
            let generic = Code::generic(*status);
            assert_eq!(generic.status(), Some(*status), "{generic}");
            let first = Code::ALL.iter().find(|code| code.status() == Some(*status));
            if *status != Status::Failed {
                assert_eq!(first, Some(&generic), "the generic code of {status} stands first");
            }
        }
        for (code, status) in [
            (Code::CustomsCleared, Some(Status::InTransit)),
            (Code::Recalled, Some(Status::Exception)),
            (Code::ProofOfDelivery, Some(Status::Delivered)),
            (Code::LabelVoided, Some(Status::Cancelled)),
            (Code::Stolen, Some(Status::Failed)),
            (Code::PaymentReceived, None),
            (Code::Appointment, None),
        ] {
            assert_eq!(code.status(), status, "{code}");
            assert_eq!(Code::parse(code.as_str()), Some(code));
        }
    }
}
