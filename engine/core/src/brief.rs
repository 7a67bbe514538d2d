//! What most shipments on their last stretch have of [`More`], kept in few bytes: where it was and when. Who made estimates, names
//! a successor or tells of two journeys is kept in full.

use crate::intern::TextId;
use crate::more::{More, Perhaps};
use crate::places::{PlaceId, Places};
use crate::record::Spot;
use milepost_model::Timestamp;

/// Instants are milliseconds since the first that was heard, and one more, for 0 means none.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Brief {
    /// When it was scanned first, as in a row.
    pub(crate) first_scan: u32,
    stated: PlaceId,
    destination: PlaceId,
    depot: Spot,
    end: Spot,
    end_latest: u32,
    last_attempt_at: u32,
    van_at: u32,
    first_attempt_at: u32,
    first_attempt_earliest: u32,
    delivered_at: u32,
    delivered_at_earliest: u32,
    signed_by: TextId,
    leg_carrier: TextId,
    attempts: u8,
    attempt_scans: u8,
}

impl Brief {
    /// What was told in short, given when something was heard first; `None` when it is more than fits.
    #[inline]
    pub(crate) fn of(more: &More, first_scan: u32, first: Timestamp) -> Option<Self> {
        let is_long = (more.epoch != 0)
            | !(more.estimated.is_none() & more.original.is_none() & more.pickup_until.is_none())
            | more.shipped_on.is_some()
            | !(more.next_carrier.is_empty()
                & more.next_tracking_number.is_empty()
                & more.carrier_shipment_id.is_empty());
        if is_long {
            return None;
        }
        let mut all = 0;
        // What does not fit 32 bits is found at the end, in all of them together.
        let mut since = |at: Option<Timestamp>| {
            let since = at.map_or(0, |at| at.millis().wrapping_sub(first.millis()).wrapping_add(1));
            all |= since | i64::from(at.is_some() && since == 0) << 32;
            since as u32
        };
        let brief = Self {
            first_scan,
            stated: more.stated_place,
            destination: more.destination_place,
            depot: more.depot,
            end: more.end,
            end_latest: since(Some(more.end_latest).filter(|at| *at != More::NONE.end_latest)),
            last_attempt_at: since(more.last_attempt_at.at()),
            van_at: since(more.van_at.at()),
            first_attempt_at: since(more.first_attempt_at.at()),
            first_attempt_earliest: since(more.first_attempt_earliest.at()),
            delivered_at: since(more.delivered_at.at()),
            delivered_at_earliest: since(more.delivered_at_earliest.at()),
            signed_by: more.signed_by,
            leg_carrier: more.leg_carrier,
            attempts: u8::try_from(more.attempts).ok()?,
            attempt_scans: u8::try_from(more.attempt_scans).ok()?,
        };
        (all >> 32 == 0).then_some(brief)
    }

    /// The same at length.
    #[inline]
    pub(crate) fn tell(&self, more: &mut More, first: Timestamp, places: &Places) {
        let at = |since: u32| first.plus(i64::from(since) - 1);
        let perhaps = |since: u32| if since == 0 { Perhaps::NONE } else { at(since).into() };
        *more = More {
            stated: places.get(self.stated),
            stated_place: self.stated,
            destination: places.get(self.destination),
            destination_place: self.destination,
            depot: self.depot,
            end: self.end,
            end_latest: if self.end_latest == 0 {
                More::NONE.end_latest
            } else {
                at(self.end_latest)
            },
            last_attempt_at: perhaps(self.last_attempt_at),
            van_at: perhaps(self.van_at),
            first_attempt_at: perhaps(self.first_attempt_at),
            first_attempt_earliest: perhaps(self.first_attempt_earliest),
            delivered_at: perhaps(self.delivered_at),
            delivered_at_earliest: perhaps(self.delivered_at_earliest),
            signed_by: self.signed_by,
            leg_carrier: self.leg_carrier,
            attempts: self.attempts.into(),
            attempt_scans: self.attempt_scans.into(),
            ..More::NONE
        };
    }

    /// Words from both lines of memory that it lies in.
    #[inline]
    pub(crate) fn touch(&self) -> u32 {
        self.first_scan ^ self.leg_carrier.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::TownId;
    use crate::intern::Postal;
    use milepost_model::EstimateSource;
    use proptest::prelude::*;

    fn spot() -> impl Strategy<Value = Spot> {
        (0u32..3, 0u32..3, 0u32..3).prop_map(|(town, postal_code, facility)| Spot {
            town: TownId(town),
            postal_code: Postal::of_digits(postal_code),
            facility: TextId(facility),
        })
    }

    fn perhaps() -> impl Strategy<Value = Perhaps> {
        let near = -3i64..3;
        let far = (1i64 << 32) - 3..(1 << 32) + 3;
        prop_oneof![
            Just(None),
            near.prop_map(Some),
            (0i64..1 << 31).prop_map(Some),
            far.prop_map(Some)
        ]
        .prop_map(|since| since.map_or(Perhaps::NONE, |since| FIRST.plus(since).into()))
    }

    const FIRST: Timestamp = Timestamp::from_millis(1_772_000_000_000);

    proptest! {
        #[test]
        fn what_is_told_in_short_is_the_same(
            spots in [spot(), spot(), spot(), spot()], instants in [perhaps(), perhaps(), perhaps(), perhaps(), perhaps(), perhaps()],
            end in perhaps(), attempts in 0u16..300, signed_by in 0u32..3, leg in 0u32..3, long in 0u8..8, first_scan: u32,
        ) {
            let ([stated, destination, depot, end_spot], mut places) = (spots, Places::new(1));
            let [last_attempt_at, van_at, first_attempt_at, first_attempt_earliest, delivered_at, delivered_at_earliest] = instants;
            let mut more = More {
                stated, stated_place: places.number(stated), destination, destination_place: places.number(destination),
                 depot, end: end_spot, last_attempt_at, van_at, first_attempt_at, first_attempt_earliest, delivered_at,
                delivered_at_earliest, attempts, attempt_scans: attempts / 2, end_latest: end.at().unwrap_or_default(),
                signed_by: TextId(signed_by), leg_carrier: TextId(leg), ..More::NONE
            };
            match long {
                0 => more.epoch = 1,
                1 => more.shipped_on = Some(0),
                2 => more.next_carrier = TextId(1),
                3 => (more.original, more.original_source) = (milepost_model::Window::default().into(), Some(EstimateSource::Carrier)),
                _ => {}
            }
            if let Some(brief) = Brief::of(&more, first_scan, FIRST) {
                let mut told = More { epoch: 7, ..More::NONE };
                brief.tell(&mut told, FIRST, &places);
                prop_assert_eq!(told, more);
                prop_assert_eq!(brief.first_scan, first_scan);
                prop_assert!(long > 3);
            } else {
                let is_near = |at: &Perhaps| at.at().is_none_or(|at| (0..(1i64 << 32) - 1).contains(&at.since(FIRST)));
                prop_assert!(long <= 3 || attempts > 255 || !instants.iter().chain([&end]).all(is_near));
            }
        }
    }
}
