//! One row of `shipments` at an instant, read in place: what rules judge, jobs state and tables store.

use crate::flags::Flags;
use crate::fold::Folded;
use crate::groups::{Town, TownId, Towns};
use crate::health;
use crate::intern::{TextId, Texts};
use crate::lanes::{Forecast, Learned, Passage, Prospect};
use crate::order_id::OrderText;
use crate::record::Spot;
use crate::table::Key;
use alloc::string::String;
use core::cell::OnceCell;
use milepost_calendar::zone_name;
use milepost_model::Column::{
    EstimateError, EstimatedP10, EstimatedP50, EstimatedP90, LaneCases, LaneReliability, PLate, SilenceP95,
};
use milepost_model::{Code, Column, Facts, Health, Status, Timestamp, TrackingNumber, Value, Zone};

/// A shipment as of `now`.
pub struct ShipmentView<'a> {
    pub(crate) key: Key,
    pub(crate) folded: &'a Folded,
    /// The worst that open episodes do to its health.
    pub(crate) judged: Health,
    pub(crate) now: Timestamp,
    pub(crate) texts: &'a Texts,
    pub(crate) towns: &'a Towns,
    /// The number, where a scan states it.
    pub(crate) stated: Option<&'a TrackingNumber>,
    pub(crate) number: OnceCell<Option<TrackingNumber>>,
    pub(crate) lane: OnceCell<String>,
    /// Room for postal codes: where it is, where it is to go.
    pub(crate) postal: OnceCell<[String; 2]>,
    /// Room for the id of the order.
    pub(crate) order: OnceCell<OrderText>,
    /// What was learned of lanes, where that shall show.
    pub(crate) learned: Option<Learned<'a>>,
    /// What is learned of parcels like it.
    pub(crate) prospect: OnceCell<Option<Prospect<'a>>>,
}

impl<'a> ShipmentView<'a> {
    pub(crate) fn new(
        key: Key,
        folded: &'a Folded,
        judged: Health,
        now: Timestamp,
        (texts, towns): (&'a Texts, &'a Towns),
    ) -> Self {
        Self {
            key,
            folded,
            judged,
            now,
            texts,
            towns,
            stated: None,
            number: OnceCell::new(),
            lane: OnceCell::new(),
            postal: OnceCell::new(),
            order: OnceCell::new(),
            learned: None,
            prospect: OnceCell::new(),
        }
    }

    /// The same row, in which shows what was learned.
    pub(crate) fn knowing(self, learned: Learned<'a>) -> Self {
        Self {
            learned: Some(learned),
            ..self
        }
    }

    /// Is it a problem, as of now.
    #[must_use]
    pub fn health(&self) -> Health {
        health::health(self.folded, self.now).max(self.judged)
    }

    /// The carrier's number.
    #[must_use]
    pub fn tracking_number(&self) -> &str {
        if let Some(number) = self.stated {
            return number.as_str();
        }
        let number = self.number.get_or_init(|| self.key.number(|id| self.texts.get(id)));
        number.as_ref().map_or("", TrackingNumber::as_str)
    }

    /// The journey's number under this tracking number.
    #[must_use]
    pub fn epoch(&self) -> u16 {
        self.folded.more.epoch
    }

    /// Whether the journey goes on under another number.
    #[must_use]
    pub fn has_successor(&self) -> bool {
        !self.folded.more.next_tracking_number.is_empty()
    }

    fn expired(&self) -> bool {
        self.now >= self.folded.expires_at()
    }

    fn text(&self, id: TextId) -> Value<'_> {
        if id.is_empty() {
            Value::Null
        } else {
            Value::Text(self.texts.get(id))
        }
    }

    /// Where it is to go: as stated, else where it was out for delivery.
    fn destination(&self) -> Spot {
        let more = &self.folded.more;
        if more.stated.is_unknown() {
            more.destination
        } else {
            more.stated
        }
    }

    fn lane(&self) -> Value<'_> {
        if self.folded.origin.is_unknown() || self.destination().is_unknown() {
            return Value::Null;
        }
        Value::Text(self.lane.get_or_init(|| {
            let mut lane = String::new();
            for (spot, mark) in [(self.folded.origin, ">"), (self.destination(), "")] {
                let town = self.towns.get(spot.town);
                lane.push_str(self.texts.get(town.country));
                if !town.region.is_empty() {
                    lane.push('-');
                    lane.push_str(self.texts.get(town.region));
                }
                lane.push_str(mark);
            }
            lane
        }))
    }

    /// The postal code of one of the two.
    fn postal_code(&self, pick: fn(&[String; 2]) -> &str) -> Value<'_> {
        let spots = [self.folded.spot, self.destination()];
        let text = |spot: Spot| String::from(spot.postal_code.text(self.texts, &mut [0; 8]));
        match pick(self.postal.get_or_init(|| spots.map(text))) {
            "" => Value::Null,
            code => Value::Text(code),
        }
    }

    /// The town by whose clock and calendar the parcel is judged: that of the destination, else of the last place known, else
    /// of the origin. A town without a country is no help.
    fn local_town(&self) -> TownId {
        let spots = [self.destination(), self.folded.spot, self.folded.origin];
        let mut towns = spots.iter().map(|spot| spot.town);
        towns
            .find(|town| !self.towns.get(*town).country.is_empty())
            .unwrap_or_default()
    }

    fn town(&self, spot: Spot, part: fn(Town) -> TextId) -> Value<'_> {
        self.text(part(self.towns.get(spot.town)))
    }

    fn order_id(&self) -> Value<'_> {
        if self.folded.order_id.is_empty() {
            Value::Null
        } else {
            Value::Text(self.folded.order_id.text(self.texts, &self.order))
        }
    }

    fn status_since(&self) -> Value<'_> {
        Value::Time(if self.expired() {
            self.folded.expires_at()
        } else {
            self.folded.status_since
        })
    }

    fn estimate_source(&self) -> Value<'_> {
        let source = self.folded.more.estimate_source;
        source.map_or(Value::Null, |source| Value::Text(source.as_str()))
    }

    fn code(&self) -> Value<'_> {
        match self.folded.records {
            0 => Value::Null,
            _ if self.expired() => Value::Text(Code::NoInformation.as_str()),
            _ => Value::Text(self.folded.code.as_str()),
        }
    }

    /// Time since an instant, while the journey lasts.
    fn running(&self, since: Option<Timestamp>) -> Value<'_> {
        match since {
            Some(since) if !self.folded.status.is_terminal() => Value::Interval(self.now.since(since)),
            _ => Value::Null,
        }
    }

    fn last_gap(&self) -> Value<'_> {
        let scans = self.folded.last_scan_at.zip(self.folded.previous_scan_at);
        scans.map_or(Value::Null, |(last, previous)| Value::Interval(last.since(previous)))
    }

    /// What is learned of parcels like it; unknown where nothing is learned.
    fn learned(&self, column: Column) -> Value<'_> {
        self.prospect()
            .map_or(Value::Null, |prospect| prospect.value(column, self.now))
    }

    /// When it will come, however little is known of its lane; `None` before it was handed over, after the first visit, and where
    /// nothing was learned.
    #[must_use]
    pub fn forecast(&self) -> Option<Forecast> {
        let passage = Passage::of(self.folded, self.key.carrier, self.towns)?;
        let promised = self.folded.promised.map(|window| window.latest);
        self.learned?.forecast(passage, self.texts, self.now, promised)
    }

    fn prospect(&self) -> Option<&Prospect<'a>> {
        let prospect = self.prospect.get_or_init(|| {
            let learned = self.learned.filter(|learned| learned.lanes.foretells())?;
            let passage = Passage::of(self.folded, self.key.carrier, self.towns)?;
            let promised = self.folded.promised.map(|window| window.latest);
            Prospect::new(learned, self.texts, passage, promised, self.folded.last_scan_at)
        });
        prospect.as_ref()
    }

    fn flag(&self, flag: u16) -> Value<'_> {
        Value::Bool(self.folded.flags.has(flag))
    }
}

fn time<'a>(at: Option<Timestamp>) -> Value<'a> {
    at.map_or(Value::Null, Value::Time)
}

fn count<'a>(value: impl Into<i64>) -> Value<'a> {
    Value::Int(value.into())
}

impl Facts for ShipmentView<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn status(&self) -> Status {
        if self.expired() {
            Status::Expired
        } else {
            self.folded.status
        }
    }

    fn zone(&self) -> Option<Zone> {
        Some(self.towns.zone(self.local_town()))
    }

    fn value_after(&self, column: Column, by_ms: i64) -> Value<'_> {
        if column.drifts() {
            let at = self.now.plus(by_ms);
            return self
                .prospect()
                .map_or(Value::Null, |prospect| prospect.value_at(column, at));
        }
        self.value(column)
    }

    fn value(&self, column: Column) -> Value<'_> {
        let folded = self.folded;
        match column {
            Column::Carrier => self.text(self.key.carrier),
            Column::TrackingNumber => Value::Text(self.tracking_number()),
            Column::Epoch => count(folded.more.epoch),
            Column::OrderId => self.order_id(),
            Column::Merchant => self.text(folded.merchant),
            Column::Service => self.text(folded.service),
            Column::Status => Value::Text(self.status().as_str()),
            Column::StatusSince => self.status_since(),
            Column::Code => self.code(),
            Column::CarrierCode => self.text(folded.carrier_code),
            Column::Reason => folded.reason.map_or(Value::Null, |reason| Value::Text(reason.as_str())),
            Column::Health => Value::Text(self.health().as_str()),
            Column::City => self.town(folded.spot, |town| town.city),
            Column::Region => self.town(folded.spot, |town| town.region),
            Column::PostalCode => self.postal_code(|[here, _]| here),
            Column::Country => self.town(folded.spot, |town| town.country),
            Column::Facility => self.text(folded.spot.facility),
            Column::OriginRegion => self.town(folded.origin, |town| town.region),
            Column::OriginCountry => self.town(folded.origin, |town| town.country),
            Column::DestinationCity => self.town(self.destination(), |town| town.city),
            Column::DestinationRegion => self.town(self.destination(), |town| town.region),
            Column::DestinationPostalCode => self.postal_code(|[_, there]| there),
            Column::DestinationCountry => self.town(self.destination(), |town| town.country),
            Column::LocalZone => Value::Text(zone_name(self.towns.zone(self.local_town()))),
            Column::LocalCountry => self.text(self.towns.get(self.local_town()).country),
            Column::Lane => self.lane(),
            Column::PromisedAt => time(folded.promised.map(|window| window.until)),
            Column::PromisedAtLatest => time(folded.promised.map(|window| window.latest)),
            Column::EstimatedFrom => time(folded.more.estimated.at().map(|window| window.from)),
            Column::EstimatedUntil => time(folded.more.estimated.at().map(|window| window.until)),
            Column::EstimatedOriginal => time(folded.more.original.at().map(|window| window.until)),
            Column::EstimateSource => self.estimate_source(),
            EstimatedP10 | EstimatedP50 | EstimatedP90 | PLate | SilenceP95 | LaneCases | LaneReliability
            | EstimateError => self.learned(column),
            Column::PickupUntil => time(folded.more.pickup_until.at().map(|window| window.until)),
            Column::FirstScanAt => time(folded.first_scan_at),
            Column::LastScanAt => time(folded.last_scan_at),
            Column::LastHeardAt => Value::Time(folded.last_heard_at),
            Column::LastGap => self.last_gap(),
            Column::FirstAttemptAt => time(folded.more.first_attempt_at.at()),
            Column::DeliveredAt => time(folded.more.delivered_at.at()),
            Column::DeliveredAtEarliest => time(folded.more.delivered_at_earliest.at()),
            Column::SignedBy => self.text(folded.more.signed_by),
            Column::Scans => count(folded.scans),
            Column::Records => count(folded.records),
            Column::Attempts => count(folded.more.attempts),
            Column::AttemptScans => count(folded.more.attempt_scans),
            Column::Exceptions => count(folded.exceptions),
            Column::Legs => count(folded.legs),
            Column::NextCarrier => self.text(folded.more.next_carrier),
            Column::NextTrackingNumber => self.text(folded.more.next_tracking_number),
            Column::DelayNotice => self.flag(Flags::DELAY_NOTICE),
            Column::Silence => self.running(folded.last_scan_at),
            Column::Dwell => self.running((!folded.spot.is_unknown()).then_some(folded.spot_since)),
            Column::Age => self.running(Some(folded.first_heard_at)),
            Column::Overdue => self.running(folded.promised.map(|window| window.latest)),
            Column::Unusual => self.flag(Flags::UNUSUAL),
            Column::Reopened => self.flag(Flags::REOPENED),
            Column::AfterTerminal => self.flag(Flags::AFTER_TERMINAL),
            Column::ZoneUnproven => self.flag(Flags::ZONE_UNPROVEN),
            Column::DstAmbiguous => self.flag(Flags::DST_AMBIGUOUS),
            Column::Retracted => self.flag(Flags::RETRACTED),
        }
    }
}
