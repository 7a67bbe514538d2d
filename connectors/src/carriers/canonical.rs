//! The meaning of a canonical record: which scan its columns state, or why it is refused.

use super::field::{Field, Fields, Record};
use super::refusal::{Quoted, Refusal, nearest};
use super::scratch::Scratch;
use super::{Counts, Defaults, ladder, lexicon, numbers, outcome, texts, utc, window};
use milepost_model::{
    Code, EstimateSource, Kind, Place, Reason, RejectReason, Scan, ScanTime, TimeBasis, Timestamp, TrackingNumber,
    TrackingNumberError, WrittenTime,
};

/// What decoding a record needs besides the record.
pub(crate) struct Context<'a, 'c> {
    pub(crate) scratch: &'a Scratch,
    pub(crate) defaults: &'a Defaults,
    pub(crate) counts: &'c mut Counts,
}

/// Gives the scan that a record states to who takes it. A scan is long: it is built where it lies and lent, not returned,
/// so that it is never moved. A function of its own, or reading and meaning compete for registers.
///
/// What is written in the usual form is taken as it stands; the functions `any_*` read the rest, or refuse it.
#[inline(never)]
pub(crate) fn scan<'a>(
    record: &Record<'a>,
    context: &mut Context<'a, '_>,
    take: &mut dyn FnMut(&Scan<'a>),
) -> Result<(), Refusal> {
    if let Some((field, literal)) = record.wrong_type() {
        return Err(wrong_type(field, literal));
    }
    let text = record.text(Field::TrackingNumber);
    let number = match TrackingNumber::parse_usual(text.as_bytes()) {
        Some(number) => number,
        None => any_number(text)?,
    };
    let mut scan = as_written(record, number);
    if scan.carrier.is_empty() || !texts::is_slug(scan.carrier) {
        scan.carrier = any_carrier(record, &scan.number, context)?;
    }
    let outcome = outcome::of(record, context.counts)?;
    (scan.kind, scan.status, scan.code) = (outcome.kind, outcome.status, outcome.code);
    scan.carrier_code = outcome.carrier_code;
    if !is_usual_place(&scan.place) {
        scan.place = any_place(record, context)?;
    }
    match exact_time(record) {
        Some(at) => scan.time = ScanTime::exact(at),
        None => scan.time = any_time(record, scan.carrier, scan.place, context.counts)?,
    }
    scan.event_id = texts::id(Field::EventId, scan.event_id, 128)?;
    if !texts::is_slug(scan.service) {
        scan.service = slug(record, Field::Service, context)?;
    }
    scan.order_id = texts::id(Field::OrderId, scan.order_id, 64)?;
    scan.merchant = slug_or(record, Field::Merchant, &context.defaults.merchant, context)?;
    scan.source = slug_or(record, Field::Source, &context.defaults.source, context)?;
    scan.carrier_code = texts::id(Field::CarrierCode, scan.carrier_code, 64)?;
    match utc::parse(record.text(Field::PromisedAt).as_bytes()) {
        Some(at) => scan.promised = Some(window::instant(at)),
        None => scan.promised = window::of(record, Field::PromisedAt)?,
    }
    if record.states(SELDOM) {
        add_seldom(&mut scan, record, context)?;
    }
    context.counts.scans += 1;
    take(&scan);
    Ok(())
}

/// The scan with the usual texts of a record as they stand there, and nothing else.
#[inline(always)]
fn as_written<'a>(record: &Record<'a>, number: TrackingNumber) -> Scan<'a> {
    let text = |field| record.text(field);
    Scan {
        number,
        carrier: text(Field::Carrier),
        event_id: text(Field::EventId),
        leg_carrier: "",
        service: text(Field::Service),
        order_id: text(Field::OrderId),
        merchant: "",
        source: "",
        kind: Kind::Notice,
        status: None,
        code: Code::Info,
        carrier_code: "",
        reason: None,
        time: ScanTime::default(),
        recorded_at: None,
        place: Place {
            city: text(Field::City),
            region: text(Field::Region),
            postal_code: text(Field::PostalCode),
            country: text(Field::Country),
            facility: text(Field::Facility),
        },
        destination: None,
        promised: None,
        estimated: None,
        estimate_source: EstimateSource::Carrier,
        pickup_until: None,
        attempt: 0,
        message: "",
        signed_by: "",
        next_carrier: "",
        next_tracking_number: "",
        carrier_shipment_id: "",
        shipped_on: None,
        retracts: "",
        coordinates: None,
    }
}

/// Columns that say where a scan happened.
const PLACE: [Field; 4] = [Field::City, Field::Region, Field::PostalCode, Field::Country];

/// Columns that say where the parcel is to go.
const DESTINATION: [Field; 4] = [
    Field::DestinationCity,
    Field::DestinationRegion,
    Field::DestinationPostalCode,
    Field::DestinationCountry,
];

/// Columns that most records leave out.
const SELDOM: Fields = Fields::of(&[
    Field::DestinationCity,
    Field::DestinationRegion,
    Field::DestinationPostalCode,
    Field::DestinationCountry,
    Field::LegCarrier,
    Field::Reason,
    Field::RecordedAt,
    Field::EstimatedFrom,
    Field::EstimatedUntil,
    Field::EstimateSource,
    Field::PickupUntil,
    Field::Attempt,
    Field::Message,
    Field::SignedBy,
    Field::NextCarrier,
    Field::NextTrackingNumber,
    Field::CarrierShipmentId,
    Field::ShippedOn,
    Field::Retracts,
    Field::Latitude,
    Field::Longitude,
]);

#[cold]
fn add_seldom<'a>(scan: &mut Scan<'a>, record: &Record<'a>, context: &mut Context<'a, '_>) -> Result<(), Refusal> {
    let text = |field| record.text(field);
    if record.states(Fields::of(&DESTINATION)) {
        scan.destination = address(record, DESTINATION, context).known();
    }
    let leg_carrier = slug(record, Field::LegCarrier, context)?;
    scan.leg_carrier = if leg_carrier == scan.carrier { "" } else { leg_carrier };
    scan.reason = reason(text(Field::Reason))?;
    scan.recorded_at = instant(Field::RecordedAt, text(Field::RecordedAt))?;
    scan.estimated = window::between(record, Field::EstimatedFrom, Field::EstimatedUntil)?;
    scan.estimate_source = estimate_source(text(Field::EstimateSource))?;
    scan.pickup_until = window::of(record, Field::PickupUntil)?;
    scan.attempt = attempt(text(Field::Attempt))?;
    scan.message = context.shown(text(Field::Message), 1000);
    scan.signed_by = context.shown(text(Field::SignedBy), 80);
    scan.next_carrier = slug(record, Field::NextCarrier, context)?;
    scan.next_tracking_number = next_number(text(Field::NextTrackingNumber), context)?;
    scan.carrier_shipment_id = id(record, Field::CarrierShipmentId, 128)?;
    scan.shipped_on = window::day(Field::ShippedOn, text(Field::ShippedOn))?;
    scan.retracts = id(record, Field::Retracts, 128)?;
    scan.coordinates = coordinates(text(Field::Latitude), text(Field::Longitude))?;
    Ok(())
}

impl<'a> Context<'a, '_> {
    /// A text that is only shown, cut to its limit.
    #[inline]
    fn shown(&mut self, text: &'a str, max: usize) -> &'a str {
        let (text, cut) = texts::shown(text, max);
        self.counts.cut_texts += u64::from(cut);
        text
    }
}

#[inline(always)]
fn id<'a>(record: &Record<'a>, field: Field, max: usize) -> Result<&'a str, Refusal> {
    texts::id(field, record.text(field), max)
}

#[cold]
fn wrong_type(field: Field, literal: &str) -> Refusal {
    let name = field.name();
    let found = match literal.as_bytes() {
        [b'{', ..] => "an object".to_owned(),
        [b'[', ..] => "an array".to_owned(),
        _ if field.is_number() && !matches!(literal, "true" | "false") => format!("the string {}", Quoted(literal)),
        _ => format!("{}", Quoted(literal)),
    };
    let wanted = if field.is_number() { "a number" } else { "a string" };
    let is_required = matches!(field, Field::TrackingNumber | Field::OccurredAt);
    let or = if is_required {
        String::new()
    } else {
        format!(", or leave {name} out")
    };
    Refusal::new(
        RejectReason::WrongType,
        format!("{name} is {found}; write {wanted}{or}"),
    )
}

#[cold]
fn any_number(text: &str) -> Result<TrackingNumber, Refusal> {
    TrackingNumber::parse(text.as_bytes()).map_err(|error| no_number(text, error))
}

#[cold]
fn no_number(text: &str, error: TrackingNumberError) -> Refusal {
    if text.trim().is_empty() {
        return Refusal::new(
            RejectReason::NoNumber,
            "tracking_number is missing; without it the scan belongs to no shipment",
        );
    }
    let hint = format!(
        "tracking_number {} {error}; send the carrier's number of 5 to 40 letters and digits",
        Quoted(text)
    );
    Refusal::new(RejectReason::BadNumber, hint)
}

fn next_number<'a>(text: &'a str, context: &Context<'a, '_>) -> Result<&'a str, Refusal> {
    if text.is_empty() {
        return Ok("");
    }
    let number = TrackingNumber::parse(text.as_bytes()).map_err(|error| {
        let hint = format!(
            "next_tracking_number {} {error}; send the number that continues this journey, or leave it out",
            Quoted(text)
        );
        Refusal::new(RejectReason::BadNumber, hint)
    })?;
    Ok(if number.as_str() == text {
        text
    } else {
        context.scratch.keep(number.as_str())
    })
}

#[cold]
fn any_carrier<'a>(
    record: &Record<'a>,
    number: &TrackingNumber,
    context: &mut Context<'a, '_>,
) -> Result<&'a str, Refusal> {
    let slug = slug_or(record, Field::Carrier, &context.defaults.carrier, context)?;
    if !slug.is_empty() {
        return Ok(slug);
    }
    detected_carrier(number, context.counts)
}

fn detected_carrier(number: &TrackingNumber, counts: &mut Counts) -> Result<&'static str, Refusal> {
    let candidates = numbers::candidates(number.as_str());
    if let Some(carrier) = candidates.answer() {
        counts.detected_carriers += 1;
        return Ok(carrier);
    }
    let why = candidates.why_none();
    Err(Refusal::new(
        RejectReason::CarrierAmbiguous,
        format!("carrier is missing and the number {number} {why}; send carrier"),
    ))
}

#[inline(never)]
fn slug<'a>(record: &Record<'a>, field: Field, context: &Context<'a, '_>) -> Result<&'a str, Refusal> {
    let text = record.text(field);
    if texts::is_slug(text) {
        return Ok(text);
    }
    normalized_slug(field, text, context.scratch)
}

#[cold]
fn normalized_slug<'a>(field: Field, text: &str, scratch: &'a Scratch) -> Result<&'a str, Refusal> {
    texts::normalized_slug(text, scratch).ok_or_else(|| {
        let is_carrier = matches!(field, Field::Carrier | Field::LegCarrier | Field::NextCarrier);
        let reason = if is_carrier {
            RejectReason::BadCarrier
        } else {
            RejectReason::WrongType
        };
        let name = field.name();
        Refusal::new(
            reason,
            format!("{name} {} is no slug; write 1 to 32 of a-z, 0-9 and _", Quoted(text)),
        )
    })
}

/// A slug that the feed states where the record does not.
#[inline(always)]
fn slug_or<'a>(
    record: &Record<'a>,
    field: Field,
    default: &'a str,
    context: &Context<'a, '_>,
) -> Result<&'a str, Refusal> {
    if record.text(field).is_empty() {
        return Ok(default);
    }
    slug(record, field, context)
}

/// Whether a place is written as we keep it.
#[inline(always)]
fn is_usual_place(place: &Place<'_>) -> bool {
    // No branch for each: nearly always all are.
    let is_short = (place.city.len() <= 80)
        & (place.region.len() <= 80)
        & (place.postal_code.len() <= 12)
        & (place.facility.len() <= 64);
    is_short && texts::is_country(place.country)
}

#[inline(never)]
fn any_place<'a>(record: &Record<'a>, context: &mut Context<'a, '_>) -> Result<Place<'a>, Refusal> {
    Ok(Place {
        facility: id(record, Field::Facility, 64)?,
        ..address(record, PLACE, context)
    })
}

/// City, region, postal code and country, brought into form.
fn address<'a>(record: &Record<'a>, columns: [Field; 4], context: &mut Context<'a, '_>) -> Place<'a> {
    let [city, region, postal_code, country] = columns.map(|field| record.text(field));
    let known = texts::country(country, context.scratch);
    context.counts.unknown_countries += u64::from(known.is_empty() && !country.is_empty());
    Place {
        city: context.shown(city, 80),
        region: context.shown(region, 80),
        postal_code: context.shown(postal_code, 12),
        country: known,
        facility: "",
    }
}

/// When it happened, if it is written in the usual form, and nothing is claimed about where its offset is from.
#[inline(always)]
fn exact_time(record: &Record<'_>) -> Option<Timestamp> {
    if record.states(Fields::of(&[Field::TimeBasis])) {
        return None;
    }
    let at = utc::parse(record.text(Field::OccurredAt).as_bytes())?;
    (at.millis() >= EARLIEST_WALL_MS).then_some(at)
}

#[inline(never)]
fn any_time(record: &Record<'_>, carrier: &str, place: Place<'_>, counts: &mut Counts) -> Result<ScanTime, Refusal> {
    let text = record.text(Field::OccurredAt);
    if text.is_empty() {
        let hint = "occurred_at is missing; send when it happened as the carrier states it, never when you heard of it";
        return Err(Refusal::new(RejectReason::NoTime, hint));
    }
    let written = WrittenTime::parse(text.as_bytes()).map_err(|error| bad_time(Field::OccurredAt, text, error))?;
    if written.wall_ms < EARLIEST_WALL_MS {
        let hint = format!("occurred_at {} lies before 2000; send when it happened", Quoted(text));
        return Err(Refusal::new(RejectReason::BadTime, hint));
    }
    // Who did it has the clock, whoever the number is tracked under.
    let leg_carrier = record.text(Field::LegCarrier);
    let claims = ladder::Claims {
        basis: basis(record.text(Field::TimeBasis))?,
        zone: record.text(Field::OccurredZone),
        carrier: if leg_carrier.is_empty() { carrier } else { leg_carrier },
        place: &place,
    };
    Ok(ladder::read(&written, &claims, counts))
}

/// 2000-01-01: no parcel under way is older, but padded and zeroed dates are.
const EARLIEST_WALL_MS: i64 = 946_684_800_000;

#[cold]
pub(crate) fn bad_time(field: Field, text: &str, error: milepost_model::TimeError) -> Refusal {
    Refusal::new(
        RejectReason::BadTime,
        format!("{} {} {error}", field.name(), Quoted(text)),
    )
}

fn instant(field: Field, text: &str) -> Result<Option<Timestamp>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(at) = utc::parse(text.as_bytes()) {
        return Ok(Some(at));
    }
    Timestamp::parse(text)
        .map(Some)
        .map_err(|error| bad_time(field, text, error))
}

fn basis(text: &str) -> Result<Option<TimeBasis>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    let names = || TimeBasis::ALL.iter().map(|basis| basis.as_str());
    match TimeBasis::ALL.iter().find(|basis| basis.as_str() == text) {
        Some(basis) => Ok(Some(*basis)),
        None => Err(unknown(RejectReason::WrongType, Field::TimeBasis, text, names())),
    }
}

fn reason(text: &str) -> Result<Option<Reason>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    match lexicon::REASONS.find(text) {
        Some(reason) => Ok(Some(reason)),
        None => {
            let names = Reason::ALL.iter().map(|reason| reason.as_str());
            Err(unknown(RejectReason::UnknownReason, Field::Reason, text, names))
        }
    }
}

fn estimate_source(text: &str) -> Result<EstimateSource, Refusal> {
    if text.is_empty() {
        return Ok(EstimateSource::Carrier);
    }
    EstimateSource::parse(text).ok_or_else(|| {
        let names = EstimateSource::ALL.iter().map(|source| source.as_str());
        unknown(RejectReason::WrongType, Field::EstimateSource, text, names)
    })
}

/// Refuses a word that is not in a closed list, naming the nearest one that is.
#[cold]
pub(crate) fn unknown<'n>(
    reason: RejectReason,
    field: Field,
    text: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Refusal {
    let advice = match nearest(text, names.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if names.clone().count() <= 15 => format!("write one of {}", names.collect::<Vec<_>>().join(", ")),
        None => "leave it out, or map it to one of the closed list".to_owned(),
    };
    Refusal::new(
        reason,
        format!("{} {} is unknown; {advice}", field.name(), Quoted(text)),
    )
}

fn attempt(text: &str) -> Result<u8, Refusal> {
    if text.is_empty() {
        return Ok(0);
    }
    // More visits than a byte counts are as many as it can count.
    text.parse::<u64>()
        .map(|count| u8::try_from(count).unwrap_or(u8::MAX))
        .map_err(|_| {
            let hint = format!(
                "attempt is {}; write a whole number from 1, or leave attempt out",
                Quoted(text)
            );
            Refusal::new(RejectReason::WrongType, hint)
        })
}

fn coordinates(latitude: &str, longitude: &str) -> Result<Option<(f64, f64)>, Refusal> {
    if latitude.is_empty() || longitude.is_empty() {
        return Ok(None);
    }
    match (latitude.parse::<f64>(), longitude.parse::<f64>()) {
        (Ok(north), Ok(east)) if north.abs() <= 90.0 && east.abs() <= 180.0 => Ok(Some((north, east))),
        _ => {
            let hint = format!(
                "latitude {} and longitude {} are no place on earth; write WGS 84 degrees, or leave both out",
                Quoted(latitude),
                Quoted(longitude)
            );
            Err(Refusal::new(RejectReason::WrongType, hint))
        }
    }
}
