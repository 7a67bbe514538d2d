//! A shipment as it lies in memory: two lines for what a parcel under way has. What few have lies elsewhere, and a shipment
//! that does not fit this form at all, such as one under way for two months, is kept whole.

use crate::chains::Chain;
use crate::flags::Flags;
use crate::fold::Folded;
use crate::groups::{Sender, SenderId, Senders, Towns};
use crate::intern::TextId;
use crate::lists::List;
use crate::more::More;
use crate::order_id::OrderId;
use crate::pages::Slab;
use crate::record::Spot;
use crate::table::Shipment;
use milepost_model::{Code, MINUTE_MS, Reason, Status, Timestamp, Window};

/// Two lines of memory. Instants are milliseconds since the first that was heard.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(128))]
pub(crate) struct Row {
    /// The number, as in [`crate::table::Key`].
    pub(crate) high: u64,
    pub(crate) low: u64,
    first_heard_at: i64,
    pub(crate) sender: SenderId,
    order_number: u32,
    carrier_code: TextId,
    spot: Spot,
    origin: Spot,
    pub(crate) scans: Chain,
    pub(crate) episodes: List,
    /// Place in the slab of what few have, or of whole shipments: `marks` tells which.
    elsewhere: u32,
    last_heard: u32,
    status_since: u32,
    first_scan: u32,
    last_scan: u32,
    previous_scan: u32,
    spot_since: u32,
    judged: u32,
    promised: u32,
    order_prefix: u16,
    /// Minutes by which the promise may end later than it says.
    promised_slack: u16,
    /// The largest wall clock less the last instant, in units of two seconds.
    wall: i16,
    flags: Flags,
    records: u8,
    scan_count: u8,
    exceptions: u8,
    status: u8,
    code: u8,
    /// 1 + the reason; 0 for none.
    reason: u8,
    marks: u8,
}

const _: () = assert!(size_of::<Row>() == 128, "two lines of memory");

/// What else is to be known of a row.
mod mark {
    /// `elsewhere` is what few have.
    pub(super) const MORE: u8 = 1;
    /// `elsewhere` is the whole shipment.
    pub(super) const WHOLE: u8 = 1 << 1;
    pub(super) const STEPS_SUFFICE: u8 = 1 << 2;
    pub(super) const TAIL_TOLD: u8 = 1 << 3;
    pub(super) const PROMISED: u8 = 1 << 4;
    /// Something was heard.
    pub(super) const HEARD: u8 = 1 << 5;
    pub(super) const JUDGED: u8 = 1 << 6;
}

/// What rows have elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Elsewhere {
    more: Slab<More>,
    whole: Slab<Folded>,
}

impl Elsewhere {
    /// Words of what a row has elsewhere, to have it near.
    #[inline]
    pub(crate) fn touch(&self, row: &Row) -> u32 {
        if row.marks & (mark::MORE | mark::WHOLE) == 0 {
            0
        } else if row.marks & mark::WHOLE == 0 {
            self.more.get(row.elsewhere).map_or(0, More::touch)
        } else {
            self.whole.get(row.elsewhere).map_or(0, |whole| whole.records)
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.more.memory_bytes() + self.whole.memory_bytes()
    }
}

impl Row {
    /// The row of a number of which nothing was heard yet.
    pub(crate) fn new(high: u64, low: u64, sender: SenderId) -> Self {
        Self {
            high,
            low,
            first_heard_at: 0,
            sender,
            order_number: 0,
            order_prefix: 0,
            carrier_code: TextId::EMPTY,
            spot: Spot::UNKNOWN,
            origin: Spot::UNKNOWN,
            scans: Chain::default(),
            episodes: List::default(),
            elsewhere: 0,
            last_heard: 0,
            status_since: 0,
            first_scan: 0,
            last_scan: 0,
            previous_scan: 0,
            spot_since: 0,
            judged: 0,
            promised: 0,
            promised_slack: 0,
            wall: 0,
            flags: Flags::default(),
            records: 0,
            scan_count: 0,
            exceptions: 0,
            status: 0,
            code: 0,
            reason: 0,
            marks: mark::STEPS_SUFFICE,
        }
    }

    /// The last instant as of which it was judged.
    pub(crate) fn judged_at(&self) -> Timestamp {
        if self.marks & mark::JUDGED == 0 {
            Timestamp::MIN
        } else {
            self.instant(self.judged)
        }
    }

    #[inline]
    pub(crate) fn order_id(&self) -> OrderId {
        OrderId {
            prefix: self.order_prefix,
            number: self.order_number,
        }
    }

    /// A word of its second line, to have it near.
    #[inline]
    pub(crate) fn last_line(&self) -> u32 {
        self.judged
    }

    /// Loads the shipment, to work with.
    #[inline]
    pub(crate) fn load(&self, elsewhere: &Elsewhere, (towns, senders): (&Towns, &Senders), shipment: &mut Shipment) {
        let has = |mark: u8| self.marks & mark != 0;
        shipment.sender = self.sender;
        shipment.scans = self.scans;
        shipment.episodes = self.episodes;
        shipment.steps_suffice = has(mark::STEPS_SUFFICE);
        shipment.tail_told = has(mark::TAIL_TOLD);
        shipment.judged_at = self.judged_at();
        if self.marks & (mark::HEARD | mark::WHOLE) == mark::HEARD {
            self.unfold(&mut shipment.folded, towns, senders.get(self.sender));
            if has(mark::MORE) {
                let more = elsewhere.more.get(self.elsewhere);
                shipment.folded.more = more.copied().unwrap_or(More::NONE);
                shipment.folded.has_more = true;
            } else if shipment.folded.has_more {
                // What was loaded before had something to tell there.
                shipment.folded.more = More::NONE;
                shipment.folded.has_more = false;
            }
        } else {
            let whole = elsewhere.whole.get(self.elsewhere).filter(|_| has(mark::WHOLE));
            shipment.folded = whole.copied().unwrap_or(Folded::NEW);
        }
    }

    #[inline]
    fn unfold(&self, folded: &mut Folded, towns: &Towns, sender: Sender) {
        folded.status = Status::from_index(usize::from(self.status)).unwrap_or_default();
        folded.code = Code::from_index(usize::from(self.code)).unwrap_or_default();
        folded.reason = usize::from(self.reason).checked_sub(1).and_then(Reason::from_index);
        folded.flags = self.flags;
        folded.legs = 1;
        folded.exceptions = u16::from(self.exceptions);
        folded.scans = u32::from(self.scan_count);
        folded.records = u32::from(self.records);
        folded.carrier_code = self.carrier_code;
        folded.order_id = self.order_id();
        folded.merchant = sender.merchant;
        folded.service = sender.service;
        folded.country = towns.get(self.spot.town).country;
        folded.spot = self.spot;
        folded.spot_since = if self.spot.is_unknown() {
            Folded::NEW.spot_since
        } else {
            self.instant(self.spot_since)
        };
        folded.origin = self.origin;
        folded.status_since = self.instant(self.status_since);
        folded.first_heard_at = Timestamp::from_millis(self.first_heard_at);
        folded.last_heard_at = self.instant(self.last_heard);
        folded.heard_latest = folded.last_heard_at;
        folded.first_scan_at = self.perhaps(self.first_scan);
        folded.last_scan_at = self.perhaps(self.last_scan);
        folded.previous_scan_at = self.perhaps(self.previous_scan);
        folded.promised = (self.marks & mark::PROMISED != 0).then(|| {
            let until = self.instant(self.promised);
            Window {
                from: until,
                until,
                latest: until.plus(i64::from(self.promised_slack) * MINUTE_MS),
            }
        });
        folded.last_wall_seconds = folded.last_heard_at.millis().div_euclid(1000) + 2 * i64::from(self.wall);
    }

    fn instant(&self, since: u32) -> Timestamp {
        Timestamp::from_millis(self.first_heard_at + i64::from(since))
    }

    fn perhaps(&self, since: u32) -> Option<Timestamp> {
        since.checked_sub(1).map(|since| self.instant(since))
    }

    /// Keeps a shipment that was worked with.
    #[inline]
    pub(crate) fn store(&mut self, shipment: &Shipment, elsewhere: &mut Elsewhere, towns: &Towns) {
        let folded = &shipment.folded;
        self.sender = shipment.sender;
        self.scans = shipment.scans;
        self.episodes = shipment.episodes;
        let before = self.marks;
        let fits = self.fold(shipment, towns).is_some();
        let wanted = match (fits, folded.has_more) {
            (true, false) => 0,
            (true, true) => mark::MORE,
            (false, _) => mark::WHOLE,
        };
        let told = [
            (shipment.steps_suffice, mark::STEPS_SUFFICE),
            (shipment.tail_told, mark::TAIL_TOLD),
            (folded.promised.is_some(), mark::PROMISED),
            (folded.records > 0, mark::HEARD),
            (shipment.judged_at != Timestamp::MIN, mark::JUDGED),
        ];
        let told = told.iter().fold(0, |marks, (is, mark)| marks | (u8::from(*is) * mark));
        self.marks = wanted | told;
        self.keep_elsewhere(before & (mark::MORE | mark::WHOLE), wanted, folded, elsewhere);
    }

    fn keep_elsewhere(&mut self, before: u8, wanted: u8, folded: &Folded, elsewhere: &mut Elsewhere) {
        if before != wanted {
            match before {
                mark::MORE => elsewhere.more.remove(self.elsewhere),
                mark::WHOLE => elsewhere.whole.remove(self.elsewhere),
                _ => {}
            }
            match wanted {
                mark::MORE => self.elsewhere = elsewhere.more.put(folded.more),
                mark::WHOLE => self.elsewhere = elsewhere.whole.put(*folded),
                _ => {}
            }
        } else if wanted == mark::MORE {
            if let Some(more) = elsewhere.more.get_mut(self.elsewhere) {
                *more = folded.more;
            }
        } else if wanted == mark::WHOLE
            && let Some(whole) = elsewhere.whole.get_mut(self.elsewhere)
        {
            *whole = *folded;
        }
    }

    /// Writes the row; `None` when something does not fit.
    #[inline]
    fn fold(&mut self, shipment: &Shipment, towns: &Towns) -> Option<()> {
        let folded = &shipment.folded;
        (self.order_number, self.order_prefix) = (folded.order_id.number, folded.order_id.prefix);
        self.instants(shipment)?;
        self.carrier_code = folded.carrier_code;
        self.spot = folded.spot;
        self.origin = folded.origin;
        let wall = folded.last_wall_seconds - folded.last_heard_at.millis().div_euclid(1000);
        self.wall = i16::try_from(wall / 2).ok().filter(|_| wall % 2 == 0)?;
        self.flags = folded.flags;
        self.records = u8::try_from(folded.records).ok()?;
        self.scan_count = u8::try_from(folded.scans).ok()?;
        self.exceptions = u8::try_from(folded.exceptions).ok()?;
        self.status = folded.status as u8;
        self.code = folded.code as u8;
        self.reason = folded.reason.map_or(0, |reason| reason as u8 + 1);
        let usual = folded.legs == 1
            && folded.heard_latest == folded.last_heard_at
            && folded.country == towns.get(folded.spot.town).country;
        usual.then_some(())
    }

    /// Writes the instants, or only that of the last judgement where the shipment has to be kept whole.
    #[inline]
    fn instants(&mut self, shipment: &Shipment) -> Option<()> {
        let folded = &shipment.folded;
        let first = folded.first_heard_at.millis();
        let mut all = 0;
        // What does not fit 32 bits is found at the end, in all of them together.
        let mut since = |at: Timestamp| {
            let since = at.millis().wrapping_sub(first);
            all |= since;
            since as u32
        };
        let judged = shipment.judged_at;
        let judged_since = if judged == Timestamp::MIN { 0 } else { since(judged) };
        (self.last_heard, self.status_since) = (since(folded.last_heard_at), since(folded.status_since));
        self.spot_since = if folded.spot.is_unknown() {
            0
        } else {
            since(folded.spot_since)
        };
        let mut slack = 0;
        if let Some(window) = folded.promised {
            self.promised = since(window.until);
            let is_point = window.from == window.until;
            slack = if is_point {
                window.latest.since(window.until)
            } else {
                -1
            };
            self.promised_slack = (slack / MINUTE_MS) as u16;
        }
        // Stored one later, for 0 means none.
        let mut perhaps = |at: Option<Timestamp>| at.map_or(0, |at| since(at.plus(1)));
        (self.first_scan, self.last_scan) = (perhaps(folded.first_scan_at), perhaps(folded.last_scan_at));
        self.previous_scan = perhaps(folded.previous_scan_at);
        if all >> 32 == 0 && slack == i64::from(self.promised_slack) * MINUTE_MS {
            (self.first_heard_at, self.judged) = (first, judged_since);
            Some(())
        } else {
            // Kept whole; the last judgement is reckoned from itself.
            (self.first_heard_at, self.judged) = (judged.millis(), 0);
            None
        }
    }
}
