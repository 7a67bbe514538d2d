//! Why something went wrong, and by whose doing: 63 reasons, `who.what`. The prefix decides fault in carrier scores.

use crate::status::closed_list;

closed_list! {
    /// Why, prefixed by who.
    Reason {
        CarrierDamage = "carrier.damage", CarrierMissort = "carrier.missort", CarrierLost = "carrier.lost",
        CarrierAddressNotFound = "carrier.address_not_found", CarrierNoTime = "carrier.no_time",
        CarrierVehicle = "carrier.vehicle", CarrierAccident = "carrier.accident", CarrierCapacity = "carrier.capacity",
        CarrierLateTransport = "carrier.late_transport", CarrierProcessing = "carrier.processing",
        CarrierClosed = "carrier.closed", CarrierStrike = "carrier.strike",
        CarrierLabelUnreadable = "carrier.label_unreadable", CarrierPartner = "carrier.partner",
        CarrierOther = "carrier.other",
        ShipperCancelled = "shipper.cancelled", ShipperBadData = "shipper.bad_data",
        ShipperNotReady = "shipper.not_ready", ShipperLateHandover = "shipper.late_handover",
        ShipperWrongParcel = "shipper.wrong_parcel", ShipperBadDimensions = "shipper.bad_dimensions",
        ShipperPackaging = "shipper.packaging", ShipperProhibited = "shipper.prohibited",
        ShipperDocumentsMissing = "shipper.documents_missing", ShipperUnpaid = "shipper.unpaid",
        ShipperRecalled = "shipper.recalled", ShipperHoldRequest = "shipper.hold_request",
        ShipperOther = "shipper.other",
        ConsigneeNotHome = "consignee.not_home", ConsigneeClosed = "consignee.closed",
        ConsigneeRefused = "consignee.refused", ConsigneeCancelled = "consignee.cancelled",
        ConsigneeIdFailed = "consignee.id_failed", ConsigneeBadAddress = "consignee.bad_address",
        ConsigneeNoAccess = "consignee.no_access", ConsigneeNoSafePlace = "consignee.no_safe_place",
        ConsigneeBoxFull = "consignee.box_full", ConsigneeMoved = "consignee.moved",
        ConsigneeUnknown = "consignee.unknown", ConsigneeDeceased = "consignee.deceased",
        ConsigneeUnpaid = "consignee.unpaid", ConsigneeNotCollected = "consignee.not_collected",
        ConsigneeInfoMissing = "consignee.info_missing", ConsigneeHoldRequest = "consignee.hold_request",
        ConsigneeRedirectRequest = "consignee.redirect_request", ConsigneeDateRequest = "consignee.date_request",
        ConsigneeOther = "consignee.other",
        CustomsProcessing = "customs.processing", CustomsInspection = "customs.inspection",
        CustomsDocuments = "customs.documents", CustomsDutiesUnpaid = "customs.duties_unpaid",
        CustomsProhibited = "customs.prohibited", CustomsRefused = "customs.refused", CustomsBroker = "customs.broker",
        NatureWeather = "nature.weather", NatureDisaster = "nature.disaster",
        AuthoritySecurity = "authority.security", AuthorityRegulation = "authority.regulation",
        AuthorityCivilEvent = "authority.civil_event", AuthorityBorder = "authority.border",
        UnknownUnspecified = "unknown.unspecified", UnknownTracing = "unknown.tracing",
        UnknownForceMajeure = "unknown.force_majeure",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_three_reasons_each_prefixed_by_who() {
        assert_eq!(Reason::ALL.len(), 63);
        let who = [
            "carrier",
            "shipper",
            "consignee",
            "customs",
            "nature",
            "authority",
            "unknown",
        ];
        for reason in Reason::ALL {
            let prefix = reason.as_str().split('.').next().unwrap_or_default();
            assert!(who.contains(&prefix), "{reason}");
            assert_eq!(Reason::parse(reason.as_str()), Some(*reason));
        }
    }
}
