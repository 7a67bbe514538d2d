//! Written times and the instants that they may mean, one row per trap.

use super::*;

/// `zone/carrier/country/region/city`, then what is written; an optional claim stands before it in brackets.
fn told(from: &str, text: &str) -> String {
    let mut parts = from.split('/').map(|part| part.replace('>', "/"));
    let mut part = || parts.next().unwrap_or_default();
    let (claim, zone, carrier, country, region, city) = (part(), part(), part(), part(), part(), part());
    let place = Place {
        city: &city,
        region: &region,
        country: &country,
        ..Place::default()
    };
    let claims = Claims {
        basis: TimeBasis::parse(&claim),
        zone: &zone,
        carrier: &carrier,
        place: &place,
    };
    let written = WrittenTime::parse(text.as_bytes()).expect("the row's time is readable");
    let time = read(&written, &claims, &mut Counts::default());
    assert!(time.earliest <= time.base && time.base <= time.latest, "{time:?}");
    let flag = if time.dst_ambiguous { " ambiguous" } else { "" };
    let short = |at: Timestamp| at.to_string().replace("2026-", "").replace(".000Z", "Z");
    let (earliest, base, latest) = (short(time.earliest), short(time.base), short(time.latest));
    format!("{earliest} {base} {latest} {}{flag}", time.basis.as_str())
}

#[test]
fn each_step_of_the_ladder_gives_its_interval() {
    for (from, text, expected) in [
        // An offset that is written beats every place.
        (
            "///DE",
            "2026-03-01T14:03:22-05:00",
            "03-01T19:03:22Z 03-01T19:03:22Z 03-01T19:03:22Z offset",
        ),
        (
            "///",
            "2026-03-01T14:03Z",
            "03-01T14:03:00Z 03-01T14:03:00Z 03-01T14:03:59.999Z offset",
        ),
        (
            "gmt_pair///",
            "2026-03-01T14:03:22Z",
            "03-01T14:03:22Z 03-01T14:03:22Z 03-01T14:03:22Z gmt_pair",
        ),
        // A zone that is named, then a place, then the carrier's home.
        (
            "/America>Chicago//DE",
            "2026-03-01T14:03:22",
            "03-01T20:03:22Z 03-01T20:03:22Z 03-01T20:03:22Z tz_code",
        ),
        (
            "/Mars>Base//DE",
            "2026-03-01T14:03:22",
            "03-01T13:03:22Z 03-01T13:03:22Z 03-01T13:03:22Z place",
        ),
        (
            "//royal_mail/DE",
            "2026-03-01T14:03:22",
            "03-01T13:03:22Z 03-01T13:03:22Z 03-01T13:03:22Z place",
        ),
        (
            "//yamato/",
            "2026-03-01T14:03:22",
            "03-01T05:03:22Z 03-01T05:03:22Z 03-01T05:03:22Z carrier_home",
        ),
        (
            "//ups/",
            "2026-03-01T14:03:22",
            "03-01T00:03:22Z 03-01T13:03:22Z 03-02T02:03:22Z none",
        ),
        (
            "//ups/",
            "2026-03-01",
            "02-28T10:00:00Z 02-28T23:00:00Z 03-02T11:59:59.999Z none",
        ),
    ] {
        assert_eq!(told(from, text), expected, "{from} {text}");
    }
}

#[test]
fn what_is_not_exact_is_an_interval() {
    for (from, text, expected) in [
        // Minutes and days.
        (
            "///DE",
            "2026-03-01T14:03",
            "03-01T13:03:00Z 03-01T13:03:00Z 03-01T13:03:59.999Z place",
        ),
        (
            "///DE",
            "2026-03-01",
            "02-28T23:00:00Z 02-28T23:00:00Z 03-01T22:59:59.999Z place",
        ),
        // A state in two zones, a country in six.
        (
            "///US/TN",
            "2026-03-01T14:03:22",
            "03-01T19:03:22Z 03-01T19:33:22Z 03-01T20:03:22Z place",
        ),
        (
            "///US/TN/Memphis",
            "2026-03-01T14:03:22",
            "03-01T20:03:22Z 03-01T20:03:22Z 03-01T20:03:22Z place",
        ),
        (
            "///US",
            "2026-03-01T14:03:22",
            "03-01T19:03:22Z 03-01T21:33:22Z 03-02T00:03:22Z place",
        ),
        // A source whose `Z` may be local time; one that says itself that its offset is worth nothing.
        (
            "claimed///",
            "2026-03-01T08:31:00Z",
            "02-28T18:31:00Z 03-01T08:31:00Z 03-01T20:31:00Z claimed",
        ),
        (
            "claimed///US/PA",
            "2026-03-01T08:31:00Z",
            "03-01T08:31:00Z 03-01T13:31:00Z 03-01T13:31:00Z claimed",
        ),
        (
            "none///US/PA",
            "2026-03-01T08:31:00Z",
            "02-28T18:31:00Z 03-01T07:31:00Z 03-01T20:31:00Z none",
        ),
    ] {
        assert_eq!(told(from, text), expected, "{from} {text}");
    }
}

#[test]
fn clocks_that_change_twice_a_year() {
    for (from, text, expected) in [
        // 02:30 occurs twice in Berlin on 25 October, and not at all on 29 March.
        (
            "///DE",
            "2026-10-25T02:30:00",
            "10-25T00:30:00Z 10-25T01:00:00Z 10-25T01:30:00Z place ambiguous",
        ),
        (
            "///DE",
            "2026-10-25T01:59:59",
            "10-24T23:59:59Z 10-24T23:59:59Z 10-24T23:59:59Z place",
        ),
        (
            "///DE",
            "2026-10-25T03:00:00",
            "10-25T02:00:00Z 10-25T02:00:00Z 10-25T02:00:00Z place",
        ),
        (
            "///DE",
            "2026-03-29T02:30:00",
            "03-29T01:30:00Z 03-29T01:30:00Z 03-29T01:30:00Z place",
        ),
        // The day of the change is an hour longer, or shorter; a short day keeps its 24 hours.
        (
            "///DE",
            "2026-10-25",
            "10-24T22:00:00Z 10-24T22:00:00Z 10-25T22:59:59.999Z place",
        ),
        (
            "///DE",
            "2026-03-29",
            "03-28T23:00:00Z 03-28T23:00:00Z 03-29T22:59:59.999Z place",
        ),
        // Arizona keeps its clocks; Kentucky beyond Louisville spans two zones in the doubled hour.
        (
            "///US/AZ/Phoenix",
            "2026-11-01T01:30:00",
            "11-01T08:30:00Z 11-01T08:30:00Z 11-01T08:30:00Z place",
        ),
        (
            "///US/KY",
            "2026-11-01T01:30:00",
            "11-01T05:30:00Z 11-01T06:30:00Z 11-01T07:30:00Z place ambiguous",
        ),
        // Far ahead the rules of today are taken to hold.
        (
            "///DE",
            "2199-07-01T12:00:00",
            "2199-07-01T10:00:00Z 2199-07-01T10:00:00Z 2199-07-01T10:00:00Z place",
        ),
    ] {
        assert_eq!(told(from, text), expected, "{from} {text}");
    }
}
