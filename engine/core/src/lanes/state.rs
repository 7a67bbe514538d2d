//! What a parcel under way is doing, as far as it says how soon it will arrive.

use super::clock::{DayPart, DeliveryClock};
use milepost_model::{Code, Status, Timestamp};

/// Where it is on its way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Stage {
    /// In the network, where it was handed over.
    Origin,
    /// On the road from there.
    FromOrigin,
    /// In the network, somewhere else.
    Hub,
    /// On the road from there.
    FromHub,
    /// In the network, in the region to which it goes.
    Near,
    /// There, and where vans are loaded.
    Depot,
    /// With an authority.
    Customs,
    /// The carrier stopped handling it as usual.
    Trouble,
    /// On the last vehicle.
    Van,
}

/// What a row says of where a parcel is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whereabouts {
    pub(super) status: Status,
    /// What was told last of it.
    pub(super) code: Code,
    /// Where it was handed over.
    pub(super) is_at_origin: bool,
    /// In the region to which it goes.
    pub(super) is_near: bool,
}

impl Stage {
    /// How many there are.
    pub(super) const COUNT: usize = Self::ALL.len();
    /// Every stage, in the order in which a parcel usually comes through them.
    pub const ALL: [Self; 9] = [
        Self::Origin,
        Self::FromOrigin,
        Self::Hub,
        Self::FromHub,
        Self::Near,
        Self::Depot,
        Self::Customs,
        Self::Trouble,
        Self::Van,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::FromOrigin => "from_origin",
            Self::Hub => "hub",
            Self::FromHub => "from_hub",
            Self::Near => "near",
            Self::Depot => "depot",
            Self::Customs => "customs",
            Self::Trouble => "trouble",
            Self::Van => "van",
        }
    }

    /// The stage of a parcel that is there. `None` before it was handed over, after the first visit, and on the way back.
    pub(super) const fn of(is: Whereabouts) -> Option<Self> {
        match is.status {
            Status::Accepted | Status::InTransit => Some(Self::in_network(is)),
            Status::Customs => Some(Self::Customs),
            Status::Exception => Some(Self::Trouble),
            Status::OutForDelivery => Some(Self::Van),
            Status::Created
            | Status::Announced
            | Status::AttemptFailed
            | Status::AvailableForPickup
            | Status::Returning
            | Status::Delivered
            | Status::Returned
            | Status::Failed
            | Status::Cancelled
            | Status::Expired => None,
        }
    }

    const fn in_network(is: Whereabouts) -> Self {
        let has_left = matches!(
            is.code,
            Code::DepartedFacility | Code::Loaded | Code::DepartedCountry | Code::Forwarded
        );
        match (is.is_at_origin, is.is_near) {
            (true, _) if has_left => Self::FromOrigin,
            (true, _) => Self::Origin,
            (false, true) if matches!(is.code, Code::ArrivedDeliveryDepot) => Self::Depot,
            (false, true) => Self::Near,
            (false, false) if has_left => Self::FromHub,
            (false, false) => Self::Hub,
        }
    }

    /// Whether it begins with a scan, rather than where the parcel came to a place or got another status.
    pub(super) const fn begins_with_scan(self) -> bool {
        matches!(self, Self::FromOrigin | Self::FromHub | Self::Depot)
    }
}

/// What parcels under way have in common: where they are, since when, and when they were handed over.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Cohort {
    /// Where they are.
    pub(super) stage: Stage,
    /// Since when.
    pub(super) since: DayPart,
    /// The local day on which they were handed over.
    pub(super) handed: i32,
}

/// A stage in which a parcel is, since when, and when it was handed over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) stage: Stage,
    pub(super) since: Timestamp,
    pub(super) handed_at: Timestamp,
}

impl Standing {
    /// What it has in common with others, by the clock of where it goes.
    pub(super) fn cohort(&self, clock: &DeliveryClock) -> Cohort {
        Cohort {
            stage: self.stage,
            since: clock.part(self.since.millis()),
            handed: clock.date(self.handed_at.millis()),
        }
    }
}

/// A stage, and how long ago the parcel got there: what moved today goes on sooner than what has stood since the day before
/// yesterday.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct State(u8);

/// How long ago a parcel got where it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Since {
    /// In the present part of the day.
    Now,
    /// Earlier on that day.
    Today,
    /// On the delivery day before, or on a day off after it.
    Yesterday,
    /// Earlier.
    Before,
}

/// Members of [`Since`].
const AGES: usize = Since::Before as usize + 1;

impl State {
    /// How many there are.
    pub(super) const COUNT: usize = Stage::COUNT * AGES;
    /// The first of them.
    pub(super) const FIRST: Self = Self(0);

    pub(super) const fn new(stage: Stage, since: Since) -> Self {
        Self(stage as u8 * AGES as u8 + since as u8)
    }

    /// The state in that place.
    pub(super) const fn numbered(place: usize) -> Self {
        Self((place % Self::COUNT) as u8)
    }

    /// Whether it is that of parcels in the network which are not yet in the region to which they go.
    pub(super) const fn has_far_to_go(self) -> bool {
        (self.0 as usize) < Stage::Near as usize * AGES
    }

    /// Every state.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u8).map(Self)
    }

    /// Its place among the states.
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }

    /// The state once a part of a day is over; and the day with it where that is told: whether it was a delivery day.
    pub(super) const fn aged(self, day: Option<bool>) -> Self {
        let age = self.0 % AGES as u8;
        let older = match day {
            None if age == Since::Now as u8 => Since::Today as u8,
            Some(_) if age < Since::Yesterday as u8 => Since::Yesterday as u8,
            Some(true) => Since::Before as u8,
            None | Some(false) => age,
        };
        Self(self.0 - age + older)
    }

    /// Lets a part of a day end, and the day with it where that is told.
    pub(super) fn age(shares: &mut [f64; Self::COUNT], day: Option<bool>) {
        let mut aged = [0.0; Self::COUNT];
        for (state, share) in Self::all().zip(&*shares) {
            if let Some(aged) = aged.get_mut(state.aged(day).index()) {
                *aged += share;
            }
        }
        *shares = aged;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_tells_how_far_it_has_come() {
        let stage = |status, code, is_at_origin, is_near| {
            Stage::of(Whereabouts {
                status,
                code,
                is_at_origin,
                is_near,
            })
        };
        let moving = |code, is_at_origin, is_near| stage(Status::InTransit, code, is_at_origin, is_near);
        assert_eq!(
            stage(Status::Accepted, Code::PickedUp, true, false),
            Some(Stage::Origin)
        );
        assert_eq!(moving(Code::DepartedFacility, true, false), Some(Stage::FromOrigin));
        assert_eq!(moving(Code::ArrivedFacility, false, false), Some(Stage::Hub));
        assert_eq!(moving(Code::Loaded, false, false), Some(Stage::FromHub));
        assert_eq!(moving(Code::ArrivedFacility, false, true), Some(Stage::Near));
        assert_eq!(moving(Code::DepartedFacility, false, true), Some(Stage::Near));
        assert_eq!(moving(Code::ArrivedDeliveryDepot, false, true), Some(Stage::Depot));
        // Whatever it is called there: it has not left the place where it was handed over.
        assert_eq!(moving(Code::ArrivedDeliveryDepot, true, true), Some(Stage::Origin));
        assert_eq!(stage(Status::Delivered, Code::Delivered, false, true), None);
        assert_eq!(stage(Status::Created, Code::LabelCreated, false, false), None);
    }

    #[test]
    fn what_stands_grows_old() {
        let mut shares = [0.0; State::COUNT];
        if let Some(share) = shares.get_mut(State::new(Stage::Hub, Since::Now).index()) {
            *share = 1.0;
        }
        for (day, since) in [
            (None, Since::Today),
            (None, Since::Today),
            // A Friday, a weekend, a Monday.
            (Some(true), Since::Yesterday),
            (Some(false), Since::Yesterday),
            (Some(false), Since::Yesterday),
            (Some(true), Since::Before),
            (Some(true), Since::Before),
        ] {
            State::age(&mut shares, day);
            assert_eq!(shares.get(State::new(Stage::Hub, since).index()), Some(&1.0));
            assert_eq!(shares.iter().sum::<f64>(), 1.0);
        }
        assert!(State::all().map(State::index).eq(0..State::COUNT));
    }
}
