//! What the columns of a record mean, one row per case.

use super::super::{Decoder, Defaults, Scratch};
use super::{line, told};

#[test]
fn kind_status_and_code_follow_from_each_other() {
    for (kind, status, code, expected) in [
        ("", "in_transit", "", "scan in_transit in_transit"),
        ("", "", "departed_facility", "scan in_transit departed_facility"),
        (
            "",
            "delivered",
            "delivered_neighbour",
            "scan delivered delivered_neighbour",
        ),
        ("", "announced", "", "admin announced info_received"),
        ("", "", "label_created", "admin created label_created"),
        ("", "", "proof_of_delivery", "proof delivered proof_of_delivery"),
        ("", "cancelled", "", "admin cancelled cancelled"),
        ("", "failed", "", "scan failed lost"),
        // Notices and estimates move nothing.
        ("", "", "delayed", "notice - delayed"),
        ("", "in_transit", "delayed", "notice - delayed"),
        ("notice", "delivered", "", "notice - info"),
        ("estimate", "in_transit", "", "estimate - estimate"),
        ("", "", "appointment", "estimate - appointment"),
        ("", "", "", "notice - info"),
        // A code that is unknown, or belongs to another status, gives way to the status; its text is kept.
        ("", "exception", "WEATHER", "scan exception exception raw WEATHER"),
        (
            "",
            "in_transit",
            "delivered",
            "scan in_transit in_transit raw delivered",
        ),
        (
            "scan",
            "in_transit",
            "delayed",
            "scan in_transit in_transit raw delayed",
        ),
        ("", "", "WEATHER", "notice - unmapped raw WEATHER"),
        ("admin", "", "", "admin - info"),
        ("admin", "customs", "", "admin customs customs_processing"),
    ] {
        let line = line(&[("kind", kind), ("status", status), ("code", code)]);
        let found = told(&line, |scan| {
            let status = scan.status.map_or("-", |status| status.as_str());
            let raw = if scan.carrier_code.is_empty() {
                String::new()
            } else {
                format!(" raw {}", scan.carrier_code)
            };
            format!("{} {status} {}{raw}", scan.kind, scan.code)
        });
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn empty_null_and_absent_are_the_same() {
    let plain = line(&[("carrier_code", "DE/08")]);
    let (scratch, defaults) = (Scratch::new(), Defaults::default());
    let expected = Decoder::new().decode_line(plain.as_bytes(), &scratch, &defaults);
    for empty in ["\"\"", "null", "{},\"city\":null", "\"Rome\",\"city\":\"\""] {
        let line = plain.replace("\"status\"", &format!("\"city\":{empty},\"status\""));
        assert_eq!(
            Decoder::new().decode_line(line.as_bytes(), &scratch, &defaults),
            expected,
            "{line}"
        );
    }
}

#[test]
fn windows_of_promises_and_estimates() {
    for (from, until, expected) in [
        (
            "2026-03-04",
            "",
            "2026-03-04T00:00:00.000Z 2026-03-04T23:59:59.999Z 2026-03-05T11:59:59.999Z",
        ),
        (
            "",
            "2026-03-04",
            "2026-03-04T00:00:00.000Z 2026-03-04T23:59:59.999Z 2026-03-05T11:59:59.999Z",
        ),
        (
            "2026-03-04",
            "2026-03-06",
            "2026-03-04T00:00:00.000Z 2026-03-06T23:59:59.999Z 2026-03-07T11:59:59.999Z",
        ),
        (
            "2026-03-04T13:00:00-05:00",
            "2026-03-04T17:00:00-05:00",
            "2026-03-04T18:00:00.000Z 2026-03-04T22:00:00.000Z 2026-03-04T22:00:00.000Z",
        ),
        (
            "2026-03-04T13:00",
            "",
            "2026-03-04T13:00:00.000Z 2026-03-04T13:00:00.000Z 2026-03-05T01:00:00.000Z",
        ),
        (
            "2026-03-06",
            "2026-03-04",
            "2026-03-04T00:00:00.000Z 2026-03-06T23:59:59.999Z 2026-03-07T11:59:59.999Z",
        ),
    ] {
        let line = line(&[("estimated_from", from), ("estimated_until", until)]);
        let found = told(&line, |scan| {
            let window = scan.estimated.expect("an estimate is stated");
            format!("{} {} {}", window.from, window.until, window.latest)
        });
        assert_eq!(found, expected, "{from} {until}");
    }
}

#[test]
fn a_full_record_keeps_every_column() {
    let line = line(&[
        ("event_id", "ups:7f3a"),
        ("leg_carrier", "USPS"),
        ("service", "Ground"),
        ("order_id", "SO-1001"),
        ("merchant", "acme"),
        ("source", "easypost"),
        ("kind", "proof"),
        ("status", "delivered"),
        ("code", "delivered_signed"),
        ("carrier_code", "DE/08"),
        ("reason", "consignee.not_home"),
        ("recorded_at", "2026-03-01T19:05:00Z"),
        ("received_at", "2026-03-01T19:06:00Z"),
        ("city", "Frankfurt\\/Main"),
        ("region", "HE"),
        ("postal_code", "60311"),
        ("country", "Germany"),
        ("facility", "slic:4009"),
        ("destination_city", "Aachen"),
        ("destination_region", "NW"),
        ("destination_postal_code", "52062"),
        ("destination_country", "DE"),
        ("latitude", "=50.11"),
        ("longitude", "=8.68"),
        ("promised_at", "2026-03-04"),
        ("estimate_source", "merchant"),
        ("pickup_until", "2026-03-12"),
        ("attempt", "=2"),
        ("message", "Left with a neighbour"),
        ("signed_by", "J. SMITH"),
        ("next_carrier", "dhl"),
        ("next_tracking_number", "jd 014-600"),
        ("carrier_shipment_id", "S1"),
        ("shipped_on", "2026-02-27"),
        ("retracts", "ups:7f39"),
        ("unheard_of", "=[1]"),
    ]);
    let found = told(&line, |scan| format!("{scan:#?}"));
    insta::assert_snapshot!(found);
}

#[test]
fn shown_texts_are_cut_and_counted() {
    let line = line(&[
        ("message", &"ü".repeat(1001)),
        ("postal_code", "1234567890123"),
        ("x", "=1"),
        ("country", "Atlantis"),
    ]);
    let (scratch, defaults) = (Scratch::new(), Defaults::default());
    let mut decoder = Decoder::new();
    let scan = decoder
        .decode_line(line.as_bytes(), &scratch, &defaults)
        .expect("a scan all the same");
    assert_eq!(
        (scan.message.chars().count(), scan.place.postal_code),
        (1000, "123456789012")
    );
    let counts = decoder.counts();
    assert_eq!(
        (counts.cut_texts, counts.unknown_fields, counts.unknown_countries),
        (2, 1, 1)
    );
}

#[test]
fn the_feed_fills_what_its_records_leave_out() {
    let defaults = Defaults {
        source: "webhook".into(),
        merchant: "acme".into(),
        carrier: "gls".into(),
    };
    let scratch = Scratch::new();
    let bare = line(&[("carrier", "")]);
    let scan = Decoder::new()
        .decode_line(bare.as_bytes(), &scratch, &defaults)
        .expect("a scan");
    assert_eq!((scan.source, scan.merchant, scan.carrier), ("webhook", "acme", "gls"));
    let own = line(&[("source", "easypost"), ("merchant", "Other Shop")]);
    let scan = Decoder::new()
        .decode_line(own.as_bytes(), &scratch, &defaults)
        .expect("a scan");
    assert_eq!(
        (scan.source, scan.merchant, scan.carrier),
        ("easypost", "other_shop", "ups")
    );
}

#[test]
fn an_ordinary_line_takes_no_memory() {
    let scratch = Scratch::new();
    let line = line(&[("city", "Köln"), ("promised_at", "2026-03-04T20:00:00.000Z")]);
    let _ = Decoder::new()
        .decode_line(line.as_bytes(), &scratch, &Defaults::default())
        .expect("a scan");
    assert_eq!(scratch.bytes(), 0);
}

#[test]
fn a_destination_is_brought_into_form_as_a_place_is() {
    let stated = line(&[
        ("destination_country", "Deutschland"),
        ("destination_city", "K\\u00f6ln"),
        ("destination_region", &"x".repeat(81)),
        ("destination_postal_code", "50667"),
        ("city", "Anchorage"),
    ]);
    let found = told(&stated, |scan| {
        let to = scan.destination.expect("a destination is stated");
        format!(
            "{} {} {} {} {}|{}",
            to.city,
            to.region.len(),
            to.postal_code,
            to.country,
            to.facility,
            scan.place.city
        )
    });
    assert_eq!(found, "Köln 80 50667 DE |Anchorage");
    for nothing in [
        line(&[]),
        line(&[("destination_city", "=\"\"")]),
        line(&[("destination_country", "Atlantis")]),
    ] {
        assert_eq!(told(&nothing, |scan| format!("{:?}", scan.destination)), "None");
    }
}

#[test]
fn a_time_without_zone_is_read_at_home_of_the_carrier_that_did_it() {
    for (carrier, leg_carrier, expected) in [
        ("royal_mail", "", "2026-03-16T13:05:00.000Z carrier_home"),
        ("royal_mail", "royal_mail", "2026-03-16T13:05:00.000Z carrier_home"),
        ("royal_mail", "poste_italiane", "2026-03-16T12:05:00.000Z carrier_home"),
        // Its zones are several, so its home says nothing, and that of the other is not where it was.
        ("royal_mail", "usps", "2026-03-15T23:05:00.000Z none"),
    ] {
        let line = line(&[
            ("carrier", carrier),
            ("leg_carrier", leg_carrier),
            ("occurred_at", "2026-03-16T13:05:00"),
            ("country", ""),
            ("city", ""),
            ("region", ""),
        ]);
        let found = told(&line, |scan| {
            format!("{} {}", scan.time.earliest, scan.time.basis.as_str())
        });
        assert_eq!(found, expected, "{line}");
    }
}
