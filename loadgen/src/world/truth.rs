//! What really became of a shipment: the ground that a forecast, a rule or an engine is judged against.

use super::step::{Extra, Plan, Step};
use milepost_model::{Code, Status};

/// What made a journey go wrong first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// Nothing did.
    None,
    /// A hub stood still.
    Jam,
    /// Weather.
    Storm,
    /// It was sent the wrong way.
    Misrouted,
    /// It was damaged, held, or its label or address was wrong.
    Mishap,
    /// Customs took long.
    Customs,
    /// Nobody opened.
    Door,
    /// The shop handed it over late.
    Handover,
    /// It vanished.
    Lost,
}

impl Cause {
    /// The name in the truth file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Jam => "jam",
            Self::Storm => "storm",
            Self::Misrouted => "misrouted",
            Self::Mishap => "mishap",
            Self::Customs => "customs",
            Self::Door => "door",
            Self::Handover => "handover",
            Self::Lost => "lost",
        }
    }
}

/// The ground truth of one shipment.
#[derive(Clone, Copy, Debug)]
pub struct Truth {
    /// The shipment.
    pub plan: Plan,
    /// The status after its last record (within the world's time).
    pub status: Status,
    /// First physical possession, seconds since 1970.
    pub accepted_s: Option<i64>,
    /// First visit at the door, or first day in a shop.
    pub first_attempt_s: Option<i64>,
    /// Hand-over to the consignee.
    pub delivered_s: Option<i64>,
    /// Failed visits.
    pub attempts_failed: u8,
    /// Delivered after the promised day, or never. `None` without a promise, or while the world ends before that day.
    pub late: Option<bool>,
    /// What went wrong first.
    pub cause: Cause,
    /// Records of its history.
    pub scans: u16,
    /// Two lives under one number.
    pub is_recycled: bool,
}

impl Truth {
    /// What the steps up to `until_s` amount to. `first` is the first step of the present life of the number.
    pub(super) fn of(plan: &Plan, steps: &[Step], first: usize, cause: Cause, until_s: i64) -> Self {
        let mut truth = Self {
            plan: *plan,
            status: Status::Created,
            accepted_s: None,
            first_attempt_s: None,
            delivered_s: None,
            attempts_failed: 0,
            late: None,
            cause,
            scans: steps.iter().filter(|step| step.at_s <= until_s).count() as u16,
            is_recycled: first > 0,
        };
        let is_withdrawn = |ordinal: u8| steps.iter().any(|step| step.extra == Extra::Retracts(ordinal));
        for step in steps.iter().skip(first).filter(|step| step.at_s <= until_s) {
            if !is_withdrawn(step.ordinal) {
                truth.follow(step);
            }
        }
        let zone = plan.to.city().zone;
        if let Some(day) = plan.promise.day() {
            truth.late = match truth.delivered_s {
                Some(delivered_s) => Some(zone.local_day(delivered_s) > i64::from(day)),
                None if truth.status == Status::Cancelled => None,
                None if zone.local_day(until_s) > i64::from(day) => Some(true),
                None => None,
            };
        }
        truth
    }

    fn follow(&mut self, step: &Step) {
        let Some(status) = step.status() else { return };
        if !step.kind().may_set(status) {
            return;
        }
        if step.kind().is_physical() && self.accepted_s.is_none() {
            self.accepted_s = Some(step.at_s);
        }
        match status {
            Status::Delivered if step.code == Code::ProofOfDelivery && self.delivered_s.is_some() => {}
            // A delivery on the way back is the sender's.
            Status::Delivered if self.status == Status::Returning => self.status = Status::Returned,
            Status::Delivered => {
                self.delivered_s = self.delivered_s.or(Some(step.at_s));
                self.first_attempt_s = self.first_attempt_s.or(Some(step.at_s));
                self.status = status;
            }
            Status::AttemptFailed | Status::AvailableForPickup => {
                self.attempts_failed += u8::from(status == Status::AttemptFailed);
                self.first_attempt_s = self.first_attempt_s.or(Some(step.at_s));
                self.status = status;
            }
            // On the way back every scan keeps the status.
            Status::Created
            | Status::Announced
            | Status::Accepted
            | Status::InTransit
            | Status::Customs
            | Status::Exception
            | Status::OutForDelivery
                if self.status == Status::Returning => {}
            Status::Created
            | Status::Announced
            | Status::Accepted
            | Status::InTransit
            | Status::Customs
            | Status::Exception
            | Status::OutForDelivery
            | Status::Returning
            | Status::Returned
            | Status::Failed
            | Status::Cancelled
            | Status::Expired => self.status = status,
        }
    }
}
