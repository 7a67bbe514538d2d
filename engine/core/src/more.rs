//! What few of the shipments under way have.

use crate::intern::TextId;
use crate::places::PlaceId;
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
    /// Where it is to go, as scans state it, and the number of that.
    pub(crate) stated: Spot,
    pub(crate) stated_place: PlaceId,
    /// Place where the last van, attempt or delivery was, and its number after a step from a record as it came.
    pub(crate) destination: Spot,
    pub(crate) destination_place: PlaceId,
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
    pub(crate) estimated: Perhaps<Window>,
    pub(crate) estimated_known_at: Timestamp,
    pub(crate) original: Perhaps<Window>,
    pub(crate) original_known_at: Timestamp,
    pub(crate) pickup_until: Perhaps<Window>,
}

/// An instant or a window, or none: as long as an instant or a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Perhaps<T = Timestamp>(T);

/// What has a value that stands for none.
pub(crate) trait Never: Copy {
    const NEVER: Self;

    fn is_never(self) -> bool;
}

impl Never for Timestamp {
    const NEVER: Self = Self::MIN;

    fn is_never(self) -> bool {
        self == Self::MIN
    }
}

impl Never for Window {
    const NEVER: Self = Self {
        from: Timestamp::MIN,
        until: Timestamp::MIN,
        latest: Timestamp::MIN,
    };

    fn is_never(self) -> bool {
        self.until.is_never()
    }
}

impl<T: Never> Perhaps<T> {
    pub(crate) const NONE: Self = Self(T::NEVER);

    #[inline]
    pub(crate) fn is_none(self) -> bool {
        self.0.is_never()
    }

    #[inline]
    pub(crate) fn at(self) -> Option<T> {
        (!self.is_none()).then_some(self.0)
    }
}

impl<T> From<T> for Perhaps<T> {
    fn from(at: T) -> Self {
        Self(at)
    }
}

impl More {
    /// Whether nothing but a stated destination is in it.
    #[inline]
    pub(crate) fn is_stated_only(&self) -> bool {
        // Nearly always one look tells.
        self.destination_place == PlaceId::UNKNOWN
            && *self
                == Self {
                    stated: self.stated,
                    stated_place: self.stated_place,
                    ..Self::NONE
                }
    }

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
            .fold(0, |count, window| count + u32::from(window.is_none()));
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
            stated: nowhere,
            stated_place: PlaceId::UNKNOWN,
            destination: nowhere,
            destination_place: PlaceId::UNKNOWN,
            depot: nowhere,
            end: nowhere,
            end_latest: never,
            last_attempt_at: Perhaps::NONE,
            van_at: Perhaps::NONE,
            first_attempt_at: Perhaps::NONE,
            first_attempt_earliest: Perhaps::NONE,
            delivered_at: Perhaps::NONE,
            delivered_at_earliest: Perhaps::NONE,
            estimated: Perhaps::NONE,
            estimated_known_at: never,
            original: Perhaps::NONE,
            original_known_at: never,
            pickup_until: Perhaps::NONE,
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
