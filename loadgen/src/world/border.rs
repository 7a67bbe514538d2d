//! Across a border: export, customs where there is one, and the hand-over to a partner for the last leg.

use super::calendar::HOUR_S;
use super::places::{CityId, Site, Spot};
use super::truth::Cause;
use super::walk::{Onward, Walk};
use milepost_model::{Code, Reason};

/// The customs union a country belongs to, or the country itself.
fn customs_area(country: &'static str) -> &'static str {
    match country {
        "DE" | "FR" | "NL" | "BE" | "PL" | "ES" | "IT" | "AT" => "EU",
        other => other,
    }
}

impl Walk<'_> {
    /// From the first hub to the gateway of the destination. Where the parcel is afterwards.
    pub(super) fn border(&mut self, first_hub: CityId) -> (Onward, CityId) {
        let last_leg = self.plan.partner.unwrap_or(self.plan.carrier);
        let arrives = self.troubles.atlas.nearest_hub(last_leg, self.plan.to);
        let has_customs = customs_area(self.plan.from.city().country) != customs_area(self.plan.to.city().country);
        if !has_customs {
            self.drive(first_hub, arrives);
            return (Onward::Yes, first_hub);
        }
        self.pass(2_400);
        self.note_often(800, Spot::new(first_hub, Site::Gateway, 1), Code::DepartedCountry);
        self.drive(first_hub, arrives);
        let gateway = Spot::new(arrives, Site::Gateway, 1);
        self.note_often(850, gateway, Code::ArrivedCountry);
        let onward = self.customs(gateway);
        if onward == Onward::Yes && self.plan.partner().is_some() {
            self.pass(5 * HOUR_S);
            self.note(gateway, Code::HandedToPartner);
            self.pass(7 * HOUR_S);
            self.by_partner = true;
            self.note(Spot::new(arrives, Site::Hub, 1), Code::ReceivedByPartner);
        }
        (onward, arrives)
    }

    fn customs(&mut self, gateway: Spot) -> Onward {
        self.pass(2 * HOUR_S);
        let code = if self.rng.permille(600) {
            Code::CustomsProcessing
        } else {
            Code::CustomsReceived
        };
        self.note(gateway, code);
        self.pass(5 * HOUR_S);
        let case = self.rng.below(1_000);
        if case < 150 {
            self.expected_day += 1;
            if self.cause == Cause::None {
                self.cause = Cause::Customs;
            }
        }
        match case {
            0..90 => {
                let reason = if case < 50 {
                    Reason::CustomsInspection
                } else {
                    Reason::CustomsDocuments
                };
                self.note(gateway, Code::CustomsHeld).reason = Some(reason);
                self.pass(40 * HOUR_S);
            }
            90..118 => {
                self.note(gateway, Code::CustomsInfoRequired).reason = Some(Reason::CustomsDocuments);
                self.pass(44 * HOUR_S);
            }
            118..147 => {
                self.note(gateway, Code::CustomsPaymentRequired).reason = Some(Reason::CustomsDutiesUnpaid);
                self.pass(36 * HOUR_S);
                self.tell(Code::PaymentReceived, Reason::CustomsDutiesUnpaid);
                self.pass(3 * HOUR_S);
            }
            147..150 => {
                self.note(gateway, Code::CustomsRejected).reason = Some(Reason::CustomsProhibited);
                self.pass(20 * HOUR_S);
                return Onward::Back;
            }
            _ => {}
        }
        self.note(gateway, Code::CustomsCleared);
        Onward::Yes
    }
}
