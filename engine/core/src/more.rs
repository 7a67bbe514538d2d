//! What few of the shipments under way have.

use crate::intern::TextId;
use crate::record::Spot;
use milepost_model::{EstimateSource, Status, Timestamp, Window};

/// What a parcel on its way through the network does not have yet, or never has: most shipments are kept without it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct More {
    pub(crate) epoch: u16,
    pub(crate) attempts: u16,
    pub(crate) attempt_scans: u16,
    pub(crate) estimate_source: Option<EstimateSource>,
    pub(crate) original_source: Option<EstimateSource>,
    pub(crate) signed_by: TextId,
    pub(crate) next_carrier: TextId,
    pub(crate) next_tracking_number: TextId,
    pub(crate) leg_carrier: TextId,
    pub(crate) carrier_shipment_id: TextId,
    pub(crate) shipped_on: Option<i32>,
    /// Place where the last van, attempt or delivery was.
    pub(crate) destination: Spot,
    /// Place of the last physical scan before the delivery.
    pub(crate) depot: Spot,
    /// Place of the scan that set the terminal status.
    pub(crate) end: Spot,
    /// Latest reading of the instant of the terminal status.
    pub(crate) end_latest: Timestamp,
    pub(crate) last_attempt_at: Perhaps,
    pub(crate) van_at: Perhaps,
    pub(crate) first_attempt_at: Perhaps,
    /// The reading of that instant that favours the carrier.
    pub(crate) first_attempt_earliest: Perhaps,
    pub(crate) delivered_at: Perhaps,
    pub(crate) delivered_at_earliest: Perhaps,
    pub(crate) estimated: Option<Window>,
    pub(crate) estimated_known_at: Timestamp,
    pub(crate) original: Option<Window>,
    pub(crate) original_known_at: Timestamp,
    pub(crate) pickup_until: Option<Window>,
}

/// An instant, or none: as long as an instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Perhaps(Timestamp);

impl Perhaps {
    pub(crate) const NONE: Self = Self(Timestamp::MIN);

    pub(crate) fn at(self) -> Option<Timestamp> {
        (self != Self::NONE).then_some(self.0)
    }
}

impl From<Timestamp> for Perhaps {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl More {
    /// Words from each line of memory that it lies in, in whatever order the fields lie.
    #[inline]
    pub(crate) fn touch(&self) -> u32 {
        let places = self.destination.facility.0 ^ self.depot.facility.0 ^ self.end.facility.0;
        let instants = [self.end_latest, self.estimated_known_at, self.original_known_at];
        let instants = instants.iter().fold(0, |words, at| words ^ at.millis());
        let some = [self.last_attempt_at, self.van_at, self.delivered_at_earliest]
            .iter()
            .fold(0, |words, at| words ^ at.0.millis());
        let windows = [self.estimated, self.original, self.pickup_until];
        let windows = windows
            .iter()
            .fold(0, |count, window| count + u32::from(window.is_some()));
        places ^ self.signed_by.0 ^ u32::from(self.epoch) ^ windows ^ (instants ^ some) as u32
    }

    /// What a new parcel has.
    pub(crate) const NONE: Self = {
        let (nowhere, never) = (Spot::UNKNOWN, Timestamp::from_millis(0));
        Self {
            epoch: 0,
            attempts: 0,
            attempt_scans: 0,
            estimate_source: None,
            original_source: None,
            signed_by: TextId::EMPTY,
            next_carrier: TextId::EMPTY,
            next_tracking_number: TextId::EMPTY,
            leg_carrier: TextId::EMPTY,
            carrier_shipment_id: TextId::EMPTY,
            shipped_on: None,
            destination: nowhere,
            depot: nowhere,
            end: nowhere,
            end_latest: never,
            last_attempt_at: Perhaps::NONE,
            van_at: Perhaps::NONE,
            first_attempt_at: Perhaps::NONE,
            first_attempt_earliest: Perhaps::NONE,
            delivered_at: Perhaps::NONE,
            delivered_at_earliest: Perhaps::NONE,
            estimated: None,
            estimated_known_at: never,
            original: None,
            original_known_at: never,
            pickup_until: None,
        }
    };
}

/// Statuses that a record sets only where something of [`More`] is to be told.
pub(crate) const MORE_TO_TELL: u16 = {
    let usual = [
        Status::Created,
        Status::Announced,
        Status::Accepted,
        Status::InTransit,
        Status::Customs,
        Status::Exception,
    ];
    let mut mask = u16::MAX;
    let mut rest: &[Status] = &usual;
    while let Some((status, others)) = rest.split_first() {
        mask &= !status.bit();
        rest = others;
    }
    mask
};
