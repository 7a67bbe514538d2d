//! The fold: what a shipment is, given its records in order. One `step` per record; whole journeys and single scans go
//! through the same steps, so both ways give the same row.

use crate::flags::Flags;
use crate::groups::Towns;
use crate::intern::TextId;
use crate::more::{MORE_TO_TELL, More, Perhaps};
use crate::order_id::OrderId;
use crate::places::PlaceId;
use crate::record::{Record, Spot};
use crate::transition::{Move, transition};
use milepost_model::{Code, DAY_MS, HOUR_MS, Kind, MINUTE_MS, Reason, Status, Timestamp, Window};

/// A depot that scans within this time after a delivery is clearing its handhelds, not moving the parcel.
const REOPEN_AFTER_MS: i64 = 30 * MINUTE_MS;
/// Two failed visits closer than this, with no van between, are one visit told twice.
const ATTEMPT_APART_MS: i64 = 18 * HOUR_MS;
/// A domestic parcel of which nothing was heard for so long has expired (AfterShip's figure).
const EXPIRES_AFTER_MS: i64 = 30 * DAY_MS;
/// The same for one that crossed a border.
const EXPIRES_ABROAD_AFTER_MS: i64 = 60 * DAY_MS;

/// The row of one journey, but for what depends on `now` and on rules.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Folded {
    pub(crate) status: Status,
    pub(crate) code: Code,
    pub(crate) reason: Option<Reason>,
    pub(crate) flags: Flags,
    pub(crate) legs: u8,
    pub(crate) exceptions: u16,
    pub(crate) scans: u32,
    pub(crate) records: u32,
    pub(crate) carrier_code: TextId,
    pub(crate) order_id: OrderId,
    pub(crate) merchant: TextId,
    pub(crate) service: TextId,
    /// Country of the last physical scan that names one.
    pub(crate) country: TextId,
    /// Place of the last physical scan that names one, and since when it is there.
    pub(crate) spot: Spot,
    /// The number of `spot`, after a step from a record as it came.
    pub(crate) place: PlaceId,
    pub(crate) spot_since: Timestamp,
    /// Place of the first physical scan.
    pub(crate) origin: Spot,
    /// The number of `origin`, likewise.
    pub(crate) origin_place: PlaceId,
    pub(crate) status_since: Timestamp,
    pub(crate) first_heard_at: Timestamp,
    pub(crate) last_heard_at: Timestamp,
    /// Latest reading of the time of any record.
    pub(crate) heard_latest: Timestamp,
    pub(crate) first_scan_at: Option<Timestamp>,
    pub(crate) last_scan_at: Option<Timestamp>,
    pub(crate) previous_scan_at: Option<Timestamp>,
    pub(crate) promised: Option<Window>,
    /// Largest wall clock so far, whole seconds: what is written later is no repeat.
    pub(crate) last_wall_seconds: i64,
    /// Something may stand in `more`.
    pub(crate) has_more: bool,
    pub(crate) more: More,
}

impl Folded {
    /// A first journey of which nothing is known yet.
    pub(crate) const NEW: Self = {
        let (nowhere, never) = (Spot::UNKNOWN, Timestamp::from_millis(0));
        Self {
            status: Status::Created,
            code: Code::Unmapped,
            reason: None,
            flags: Flags::NONE,
            legs: 0,
            exceptions: 0,
            scans: 0,
            records: 0,
            carrier_code: TextId::EMPTY,
            order_id: OrderId::NONE,
            merchant: TextId::EMPTY,
            service: TextId::EMPTY,
            country: TextId::EMPTY,
            spot: nowhere,
            place: PlaceId::UNKNOWN,
            spot_since: never,
            origin: nowhere,
            origin_place: PlaceId::UNKNOWN,
            status_since: never,
            first_heard_at: never,
            last_heard_at: Timestamp::MIN,
            heard_latest: Timestamp::MIN,
            first_scan_at: None,
            last_scan_at: None,
            previous_scan_at: None,
            promised: None,
            last_wall_seconds: i64::MIN,
            has_more: false,
            more: More::NONE,
        }
    };

    /// A journey of which nothing is known yet.
    pub(crate) fn new(epoch: u16) -> Self {
        Self {
            has_more: epoch > 0,
            more: More { epoch, ..More::NONE },
            ..Self::NEW
        }
    }

    /// Adds the next record in the order of the fold, and the country that it names. `delivers` is false for a leg that
    /// hands on to another.
    pub(crate) fn step(&mut self, record: &Record, (country, towns): (TextId, &Towns), delivers: bool) -> bool {
        let at = record.point();
        if self.records == 0 {
            self.first_heard_at = at;
            self.status_since = at;
            self.legs = 1;
        }
        self.records += 1;
        self.last_heard_at = at;
        self.heard_latest = self.heard_latest.max(record.time.latest).max(at);
        self.last_wall_seconds = self.last_wall_seconds.max(record.wall_seconds());
        self.note(record, towns);
        if !country.is_empty() {
            if !self.country.is_empty() && self.country != country {
                self.flags.set(Flags::ABROAD);
            }
            if record.kind.is_physical() {
                self.country = country;
            }
        }
        self.has_more |= record.status.is_some_and(|status| status.bit() & MORE_TO_TELL != 0);
        let counted = record.status.is_some_and(|status| self.count(status, record, delivers));
        if record.kind.is_physical() {
            self.scanned(record, at);
        }
        counted
    }

    /// When the parcel counts as expired if nothing more is heard.
    pub(crate) fn expires_at(&self) -> Timestamp {
        if self.status.is_terminal() || self.records == 0 {
            return Timestamp::MAX;
        }
        let after = if self.flags.has(Flags::ABROAD) {
            EXPIRES_ABROAD_AFTER_MS
        } else {
            EXPIRES_AFTER_MS
        };
        self.heard_latest.plus(after)
    }

    /// Facts that any kind of record may carry; the newest wins.
    fn note(&mut self, record: &Record, towns: &Towns) {
        self.order_id = record.order_id.or(self.order_id);
        self.merchant = record.merchant.or(self.merchant);
        self.service = record.service.or(self.service);
        self.promised = record.promised.or(self.promised);
        if matches!(
            record.time.basis,
            milepost_model::TimeBasis::None | milepost_model::TimeBasis::Claimed
        ) {
            self.flags.set(Flags::ZONE_UNPROVEN);
        }
        if record.time.dst_ambiguous {
            self.flags.set(Flags::DST_AMBIGUOUS);
        }
        if record.code == Code::Delayed {
            self.flags.set(Flags::DELAY_NOTICE);
        }
        if record.is_rare {
            self.note_rare(record, towns);
        }
    }

    #[cold]
    fn note_rare(&mut self, record: &Record, towns: &Towns) {
        self.has_more = true;
        let more = &mut self.more;
        more.stated = record.destination.added_to(more.stated, towns);
        more.carrier_shipment_id = record.carrier_shipment_id.or(more.carrier_shipment_id);
        more.shipped_on = record.shipped_on.or(more.shipped_on);
        more.next_carrier = record.next_carrier.or(more.next_carrier);
        more.next_tracking_number = record.next_tracking_number.or(more.next_tracking_number);
        more.pickup_until = record.pickup_until.map_or(more.pickup_until, Perhaps::from);
        if record.estimated.is_some() {
            self.estimate(record);
        }
    }

    /// The current estimate is the newest of the best source that has one; the original is the oldest of any.
    fn estimate(&mut self, record: &Record) {
        let (source, known_at) = (record.estimate_source(), record.known_at());
        let oldest = (self.more.original_known_at, self.more.original_source);
        if self.more.original.is_none() || (known_at, Some(source)) < oldest {
            self.more.original = record.estimated.map_or(Perhaps::NONE, Perhaps::from);
            self.more.original_known_at = known_at;
            self.more.original_source = Some(source);
        }
        let newer = match self.more.estimate_source {
            None => true,
            Some(current) if source == current => known_at >= self.more.estimated_known_at,
            Some(current) => source < current,
        };
        if newer {
            self.more.estimated = record.estimated.map_or(Perhaps::NONE, Perhaps::from);
            self.more.estimated_known_at = known_at;
            self.more.estimate_source = Some(source);
        }
    }

    fn scanned(&mut self, record: &Record, at: Timestamp) {
        if self.scans == 0 {
            self.more.leg_carrier = record.leg_carrier;
        }
        self.scans += 1;
        self.first_scan_at = self.first_scan_at.or(Some(at));
        self.previous_scan_at = self.last_scan_at;
        self.last_scan_at = Some(at);
        self.flags.clear(Flags::DELAY_NOTICE);
        if record.spot.is_unknown() {
            return;
        }
        if self.origin.is_unknown() {
            (self.origin, self.origin_place) = (record.spot, record.place);
        }
        if self.spot.is_unknown() || !self.spot.is_same(record.spot) {
            self.spot_since = at;
        }
        (self.spot, self.place) = (record.spot, record.place);
    }

    /// Moves the status; returns whether the record counted (moved or repeated it).
    fn count(&mut self, next: Status, record: &Record, delivers: bool) -> bool {
        let mut moves = transition(self.status, next);
        if moves == Move::Test {
            moves = if self.reopens(record, delivers) {
                self.flags.set(Flags::DISPUTED);
                Move::Revive
            } else {
                Move::Keep
            };
        }
        if moves == Move::Keep {
            self.flags
                .set(if next == Status::Exception && self.status == Status::Delivered {
                    Flags::CONTESTED | Flags::AFTER_TERMINAL
                } else {
                    Flags::AFTER_TERMINAL
                });
            return false;
        }
        let at = record.point();
        self.count_visit(next, record, at);
        match moves {
            Move::Go => self.enter(next, record, at),
            Move::GoUnusual => {
                self.flags.set(Flags::UNUSUAL);
                self.enter(next, record, at);
            }
            Move::Revive => {
                self.flags.set(Flags::REOPENED);
                self.more.delivered_at = Perhaps::NONE;
                self.more.delivered_at_earliest = Perhaps::NONE;
                self.more.signed_by = TextId::EMPTY;
                self.enter(next, record, at);
            }
            Move::Return => self.come_back(record, at),
            Move::Stay => self.repeat(next, record),
            Move::Keep | Move::Test => {}
        }
        true
    }

    fn enter(&mut self, next: Status, record: &Record, at: Timestamp) {
        self.status = next;
        self.status_since = at;
        self.tell(record);
        // What was reported against one end says nothing of what follows it.
        self.flags.clear(Flags::CONTESTED);
        if next.is_terminal() {
            self.flags.clear(Flags::DISPUTED);
            self.more.depot = self.spot;
            self.more.end = record.spot;
            self.more.end_latest = record.time.latest.max(at);
        }
        if next == Status::Delivered {
            self.more.delivered_at = at.into();
            self.more.delivered_at_earliest = record.time.earliest.min(at).into();
            self.more.signed_by = record.signed_by;
        }
    }

    fn repeat(&mut self, next: Status, record: &Record) {
        if self.status.is_terminal() && self.more.end.is_unknown() {
            self.more.end = record.spot;
        }
        if self.status == Status::Delivered {
            self.more.signed_by = record.signed_by.or(self.more.signed_by);
        } else if next == self.status || self.status == Status::Returning {
            self.tell(record);
        }
    }

    fn tell(&mut self, record: &Record) {
        self.code = record.code;
        self.carrier_code = record.carrier_code;
        self.reason = record.reason;
    }

    /// A delivery while the parcel is on its way back: the sender has it, unless it stands at the consignee's place.
    fn come_back(&mut self, record: &Record, at: Timestamp) {
        let at_consignee = !self.more.destination.is_unknown()
            && !record.spot.is_unknown()
            && record.spot.is_same_address(self.more.destination)
            && !self.more.destination.is_same_address(self.origin);
        if at_consignee {
            self.flags.set(Flags::UNUSUAL);
            self.enter(Status::Delivered, record, at);
        } else {
            self.enter(Status::Returned, record, at);
            self.code = Code::ReturnedToSender;
        }
    }

    /// Whether a scan after the end shows that it was not the end.
    fn reopens(&self, record: &Record, delivers: bool) -> bool {
        record.kind == Kind::Scan
            && delivers
            && record.time.earliest > self.more.end_latest.plus(REOPEN_AFTER_MS)
            && record.spot.is_elsewhere(self.more.end)
            && (self.status == Status::Returned
                || self.more.depot.is_unknown()
                || record.spot.is_elsewhere(self.more.depot))
    }

    fn attempted(&mut self, record: &Record, at: Timestamp) {
        if self.more.first_attempt_at == Perhaps::NONE {
            self.more.first_attempt_at = at.into();
            self.more.first_attempt_earliest = record.time.earliest.min(at).into();
        }
    }

    /// Visits at the door: how many failed, and when the first was.
    fn count_visit(&mut self, next: Status, record: &Record, at: Timestamp) {
        match next {
            Status::OutForDelivery => {
                // Two vans more than a day apart with nothing told between: the first visit failed in silence.
                if let Some(van_at) = self.more.van_at.at()
                    && self.more.first_attempt_at == Perhaps::NONE
                    && at.since(van_at) > DAY_MS
                {
                    self.more.first_attempt_at = van_at.into();
                    self.more.first_attempt_earliest = van_at.into();
                }
                self.more.van_at = at.into();
                self.flags.set(Flags::VAN_SINCE_ATTEMPT | Flags::WAS_ON_VAN);
            }
            Status::AttemptFailed => {
                self.more.attempt_scans = self.more.attempt_scans.saturating_add(1);
                self.attempted(record, at);
                let apart = self
                    .more
                    .last_attempt_at
                    .at()
                    .is_none_or(|last| at.since(last) >= ATTEMPT_APART_MS);
                if apart || self.flags.has(Flags::VAN_SINCE_ATTEMPT) {
                    self.more.attempts = self.more.attempts.saturating_add(1);
                    self.more.last_attempt_at = at.into();
                    self.flags.clear(Flags::VAN_SINCE_ATTEMPT);
                }
                self.more.attempts = self.more.attempts.max(u16::from(record.attempt));
            }
            Status::Exception => {
                self.exceptions = self.exceptions.saturating_add(1);
                if self.flags.has(Flags::WAS_ON_VAN) {
                    self.attempted(record, at);
                }
            }
            Status::Delivered if self.status != Status::Returning => {
                self.attempted(record, at);
            }
            Status::AvailableForPickup => self.attempted(record, at),
            Status::Created
            | Status::Announced
            | Status::Accepted
            | Status::InTransit
            | Status::Customs
            | Status::Delivered
            | Status::Returning
            | Status::Returned
            | Status::Failed
            | Status::Cancelled
            | Status::Expired => {}
        }
        let near_consignee = matches!(
            next,
            Status::OutForDelivery | Status::AttemptFailed | Status::AvailableForPickup | Status::Delivered
        );
        if near_consignee && self.status != Status::Returning && !record.spot.is_unknown() {
            (self.more.destination, self.more.destination_place) = (record.spot, record.place);
        }
    }
}
