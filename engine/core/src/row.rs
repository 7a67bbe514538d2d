//! A shipment as it lies in memory: two lines for what a parcel under way has, and the end of its history. What others have
//! lies elsewhere, and a shipment that does not fit this form at all, such as one under way for two months, is kept whole.

use crate::chains::{Chain, ROOM};
use crate::elsewhere::{Elsewhere, Slot, kind};
use crate::flags::Flags;
use crate::fold::Folded;
use crate::groups::{Sender, SenderId, Senders, Towns};
use crate::intern::TextId;
use crate::lists::List;
use crate::order_id::OrderId;
use crate::packed::Last;
use crate::places::{PlaceId, Places};
use crate::table::Shipment;
use crate::units::whole;
use milepost_model::{Code, MINUTE_MS, Reason, Status, Timestamp, Window};

/// Two lines of memory. Instants are milliseconds since the first that was heard.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(128))]
pub(crate) struct Row {
    /// The number, as in [`crate::table::Key`].
    pub(crate) high: u64,
    pub(crate) low: u64,
    pub(crate) sender: SenderId,
    order_number: u32,
    carrier_code: TextId,
    place: PlaceId,
    origin: PlaceId,
    last_block: u32,
    episodes: u32,
    last_heard: u32,
    status_since: u32,
    /// When it was scanned first, or the place of what it has elsewhere: [`Slot`].
    first_scan: u32,
    last_scan: u32,
    previous_scan: u32,
    spot_since: u32,
    judged: u32,
    promised: u32,
    /// Milliseconds, the lowest 48 bits; here the lower of them.
    first_heard: u32,
    first_heard_upper: u16,
    order_prefix: u16,
    /// Minutes by which the promise may end later than it says.
    promised_slack: u16,
    /// The largest wall clock less the last instant, in units of two seconds.
    wall: i16,
    /// Flags of the fold, and above them what the last record stated.
    flags: u16,
    /// Bytes of its scans; those that fill no block are its end.
    length: u16,
    episode_count: u8,
    records: u8,
    scan_count: u8,
    /// The status, and above it how many exceptions there were.
    status: u8,
    code: u8,
    last_code: u8,
    /// 1 + the reason; 0 for none.
    reason: u8,
    marks: u8,
    end: [u8; ROOM],
}

const _: () = assert!(size_of::<Row>() == 128, "two lines of memory");
/// Bits of a status beside the number of exceptions.
const STATUS_BITS: u32 = 4;
const _: () = assert!(Status::ALL.len() <= 1 << STATUS_BITS, "a status takes four bits");

/// What else is to be known of a row, above the [`kind`] of what it has elsewhere.
mod mark {
    pub(super) const STEPS_SUFFICE: u8 = 1 << 3;
    pub(super) const TAIL_TOLD: u8 = 1 << 4;
    pub(super) const PROMISED: u8 = 1 << 5;
    /// Something was heard.
    pub(super) const HEARD: u8 = 1 << 6;
    pub(super) const JUDGED: u8 = 1 << 7;
}

impl Row {
    /// The row of a number of which nothing was heard yet.
    pub(crate) fn new(high: u64, low: u64, sender: SenderId) -> Self {
        Self {
            high,
            low,
            sender,
            order_number: 0,
            carrier_code: TextId::EMPTY,
            place: PlaceId::UNKNOWN,
            origin: PlaceId::UNKNOWN,
            last_block: 0,
            episodes: 0,
            last_heard: 0,
            status_since: 0,
            first_scan: 0,
            last_scan: 0,
            previous_scan: 0,
            spot_since: 0,
            judged: 0,
            promised: 0,
            first_heard: 0,
            first_heard_upper: 0,
            order_prefix: 0,
            promised_slack: 0,
            wall: 0,
            flags: 0,
            length: 0,
            episode_count: 0,
            records: 0,
            scan_count: 0,
            status: 0,
            code: 0,
            last_code: 0,
            reason: 0,
            marks: mark::STEPS_SUFFICE,
            end: [0; ROOM],
        }
    }

    fn has(&self, mark: u8) -> bool {
        self.marks & mark != 0
    }

    /// The last instant as of which it was judged.
    #[inline]
    pub(crate) fn judged_at(&self, elsewhere: &Elsewhere) -> Timestamp {
        if !self.has(mark::JUDGED) {
            Timestamp::MIN
        } else if self.has(kind::WHOLE) {
            elsewhere.whole(self.slot()).map_or(Timestamp::MIN, |whole| whole.1)
        } else {
            self.first().instant(self.judged)
        }
    }

    /// What it has elsewhere.
    #[inline]
    pub(crate) fn slot(&self) -> Slot {
        Slot {
            kind: self.marks & kind::BITS,
            place: self.first_scan,
        }
    }

    #[inline]
    pub(crate) fn order_id(&self) -> OrderId {
        OrderId::new(self.order_prefix, self.order_number)
    }

    /// Its scans.
    #[inline]
    pub(crate) fn scans(&self) -> Chain {
        Chain {
            last: self.last_block,
            length: self.length,
            end: self.end,
        }
    }

    #[inline]
    pub(crate) fn episodes(&self) -> List {
        List {
            start: self.episodes,
            length: self.episode_count,
        }
    }

    /// A word of its second line, to have it near.
    #[inline]
    pub(crate) fn last_line(&self) -> u16 {
        self.length
    }

    /// Loads the shipment, to work with.
    #[inline]
    pub(crate) fn load(&self, elsewhere: &Elsewhere, tables: (&Towns, &Senders, &Places), shipment: &mut Shipment) {
        shipment.sender = self.sender;
        shipment.scans = self.scans();
        shipment.episodes = self.episodes();
        shipment.steps_suffice = self.has(mark::STEPS_SUFFICE);
        shipment.tail_told = self.has(mark::TAIL_TOLD);
        shipment.last = Last {
            code: self.last_code,
            states: (self.flags >> Flags::BITS) as u8,
        };
        shipment.judged_at = self.judged_at(elsewhere);
        if self.marks & (mark::HEARD | kind::WHOLE) == mark::HEARD {
            let (folded, first) = (&mut shipment.folded, self.first());
            self.unfold(folded, tables);
            let first_scan = elsewhere.load(self.slot(), first.instant(0), folded, tables.2);
            folded.first_scan_at = first.perhaps(first_scan);
        } else {
            shipment.folded = elsewhere.whole(self.slot()).map_or(Folded::NEW, |whole| whole.0);
        }
    }

    #[inline]
    fn unfold(&self, folded: &mut Folded, (towns, senders, places): (&Towns, &Senders, &Places)) {
        let (sender, first): (Sender, First) = (senders.get(self.sender), self.first());
        folded.status = Status::from_index(usize::from(self.status & ((1 << STATUS_BITS) - 1))).unwrap_or_default();
        folded.code = Code::from_index(usize::from(self.code)).unwrap_or_default();
        folded.reason = usize::from(self.reason).checked_sub(1).and_then(Reason::from_index);
        folded.flags = Flags::from_bits(self.flags);
        folded.legs = 1;
        folded.exceptions = u16::from(self.status >> STATUS_BITS);
        folded.scans = u32::from(self.scan_count);
        folded.records = u32::from(self.records);
        folded.carrier_code = self.carrier_code;
        folded.order_id = self.order_id();
        folded.merchant = sender.merchant;
        folded.service = sender.service;
        (folded.spot, folded.place) = (places.get(self.place), self.place);
        (folded.origin, folded.origin_place) = (places.get(self.origin), self.origin);
        folded.country = towns.get(folded.spot.town).country;
        folded.spot_since = if self.place == PlaceId::UNKNOWN {
            Folded::NEW.spot_since
        } else {
            first.instant(self.spot_since)
        };
        folded.status_since = first.instant(self.status_since);
        folded.first_heard_at = first.instant(0);
        folded.last_heard_at = first.instant(self.last_heard);
        folded.heard_latest = folded.last_heard_at;
        folded.last_scan_at = first.perhaps(self.last_scan);
        folded.previous_scan_at = first.perhaps(self.previous_scan);
        folded.promised = self.has(mark::PROMISED).then(|| {
            let until = first.instant(self.promised);
            Window {
                from: until,
                until,
                latest: until.plus(i64::from(self.promised_slack) * MINUTE_MS),
            }
        });
        folded.last_wall_seconds = whole::<1000>(folded.last_heard_at.millis()) + 2 * i64::from(self.wall);
    }

    /// When something was heard first: what the other instants are reckoned from.
    #[inline]
    fn first(&self) -> First {
        First(i64::from(self.first_heard_upper.cast_signed()) << 32 | i64::from(self.first_heard))
    }

    /// Keeps a shipment that was worked with.
    #[inline]
    pub(crate) fn store(&mut self, shipment: &Shipment, elsewhere: &mut Elsewhere, towns: &Towns) {
        let folded = &shipment.folded;
        self.sender = shipment.sender;
        (self.last_block, self.length, self.end) = (shipment.scans.last, shipment.scans.length, shipment.scans.end);
        (self.episodes, self.episode_count) = (shipment.episodes.start, shipment.episodes.length);
        self.last_code = shipment.last.code;
        self.flags = folded.flags.bits() | u16::from(shipment.last.states) << Flags::BITS;
        let (before, first_scan) = (self.slot(), self.fold(shipment, towns));
        let slot = elsewhere.keep(before, first_scan, shipment);
        self.first_scan = slot.place;
        self.marks = slot.kind
            | marked(shipment.steps_suffice, mark::STEPS_SUFFICE)
            | marked(shipment.tail_told, mark::TAIL_TOLD)
            | marked(folded.promised.is_some(), mark::PROMISED)
            | marked(folded.records > 0, mark::HEARD)
            | marked(shipment.judged_at != Timestamp::MIN, mark::JUDGED);
    }

    /// Writes the row; gives what is to stand for its first scan, `None` when something does not fit.
    #[inline]
    fn fold(&mut self, shipment: &Shipment, towns: &Towns) -> Option<u32> {
        let folded = &shipment.folded;
        (self.order_number, self.order_prefix) = (folded.order_id.number(), folded.order_id.prefix());
        let first_scan = self.instants(shipment)?;
        self.carrier_code = folded.carrier_code;
        (self.place, self.origin) = (folded.place, folded.origin_place);
        let wall = folded.last_wall_seconds - whole::<1000>(folded.last_heard_at.millis());
        self.wall = i16::try_from(wall >> 1).ok().filter(|_| wall & 1 == 0)?;
        self.records = u8::try_from(folded.records).ok()?;
        self.scan_count = u8::try_from(folded.scans).ok()?;
        let exceptions = u8::try_from(folded.exceptions).ok()?;
        self.status = folded.status as u8 | exceptions << STATUS_BITS;
        self.code = folded.code as u8;
        self.reason = folded.reason.map_or(0, |reason| reason as u8 + 1);
        let usual = exceptions >> (u8::BITS - STATUS_BITS) == 0
            && folded.legs == 1
            && folded.heard_latest == folded.last_heard_at
            && folded.country == towns.get(folded.spot.town).country;
        usual.then_some(first_scan)
    }

    /// Writes the instants but that of the first scan, which it gives; `None` when they lie too far apart.
    #[inline]
    fn instants(&mut self, shipment: &Shipment) -> Option<u32> {
        let folded = &shipment.folded;
        let first = folded.first_heard_at.millis();
        (self.first_heard, self.first_heard_upper) = (first as u32, (first >> 32) as u16);
        let mut all = 0;
        // What does not fit 32 bits is found at the end, in all of them together.
        let mut since = |at: Timestamp| {
            let since = at.millis().wrapping_sub(first);
            all |= since;
            since as u32
        };
        let judged = shipment.judged_at;
        self.judged = if judged == Timestamp::MIN { 0 } else { since(judged) };
        (self.last_heard, self.status_since) = (since(folded.last_heard_at), since(folded.status_since));
        self.spot_since = if folded.place == PlaceId::UNKNOWN {
            0
        } else {
            since(folded.spot_since)
        };
        let mut window_fits = true;
        if let Some(window) = folded.promised {
            self.promised = since(window.until);
            self.promised_slack = 0;
            if window.from != window.until || window.latest != window.until {
                let slack = window.latest.since(window.until);
                self.promised_slack = (slack / MINUTE_MS) as u16;
                window_fits = window.from == window.until && slack == i64::from(self.promised_slack) * MINUTE_MS;
            }
        }
        // Stored one later, for 0 means none.
        let mut perhaps = |at: Option<Timestamp>| at.map_or(0, |at| since(at.plus(1)));
        (self.last_scan, self.previous_scan) = (perhaps(folded.last_scan_at), perhaps(folded.previous_scan_at));
        let first_scan = perhaps(folded.first_scan_at);
        let fits = all >> 32 == 0 && window_fits && self.first().0 == first;
        fits.then_some(first_scan)
    }
}

/// What a row's instants are reckoned from.
#[derive(Clone, Copy)]
struct First(i64);

impl First {
    #[inline]
    fn instant(self, since: u32) -> Timestamp {
        Timestamp::from_millis(self.0 + i64::from(since))
    }

    /// Of an instant that was stored one later, for 0 means none.
    #[inline]
    fn perhaps(self, since: u32) -> Option<Timestamp> {
        since.checked_sub(1).map(|since| self.instant(since))
    }
}

#[inline]
fn marked(is: bool, mark: u8) -> u8 {
    u8::from(is) * mark
}
