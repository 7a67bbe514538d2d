//! X12 lines whose times are written in all the ways there are: what each means, whatever separates them.

use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Decoder, Defaults, Scratch};
use milepost_model::Scan;

const USUAL: &[u8] = include_bytes!("../../formats/x12_214/golden.x12");
const OTHER_DELIMITERS: &[u8] = include_bytes!("../../formats/x12_214/golden_other_delimiters.x12");

fn decoded(payload: &[u8], tell: &dyn Fn(&Scan<'_>) -> String) -> Vec<String> {
    let mapping = Formats::built_in().get("x12_214").expect("it comes with the program");
    let (mut decoder, scratch, defaults) = (Decoder::new(), Scratch::new(), Defaults::default());
    let mut told = Vec::new();
    decoder.decode_payload(mapping, payload, (&scratch, &defaults), &mut |given| {
        told.push(tell(given.scan.expect("none is refused")));
    });
    told
}

fn told(scan: &Scan<'_>) -> String {
    let status = scan.status.map_or("no status", |status| status.as_str());
    let at = match scan.estimated {
        Some(window) => format!("from {} until {}", window.from, window.until),
        None => format!(
            "{:?} {} to {} by {}",
            scan.time.precision,
            scan.time.earliest,
            scan.time.latest,
            scan.time.basis.as_str()
        ),
    };
    format!("{} {} {status} {at}", scan.carrier_code, scan.kind.as_str())
}

#[test]
fn x12_lines_mean_the_instants_that_their_zones_say() {
    let expected = [
        // 08:15 at -05:00.
        "X6/NS scan in_transit Minute 2026-09-27T13:15:00.000Z to 2026-09-27T13:15:59.999Z by tz_code",
        // 14:02 at -06:00, because Boise lies there.
        "D1/NS scan delivered Minute 2026-09-30T20:02:00.000Z to 2026-09-30T20:02:59.999Z by place",
        // The same without the place.
        "D1/NS scan delivered Minute 2026-09-30T00:02:00.000Z to 2026-10-01T02:02:59.999Z by none",
        // 0000 is the day.
        "AG/NS estimate no status from 2026-09-29T00:00:00.000Z until 2026-09-29T23:59:59.999Z",
        // 16:00:00 and no hundredths at -04:00: ET is summer time in September.
        "AB/NA estimate no status from 2026-09-03T20:00:00.000Z until 2026-09-03T20:00:00.000Z",
    ];
    assert_eq!(decoded(USUAL, &told), expected);
}

#[test]
fn an_appointment_for_the_pickup_is_no_estimate_of_the_delivery() {
    let pickup = String::from_utf8_lossy(USUAL).replace("AB*NA", "AA*NA");
    assert_ne!(pickup.as_bytes(), USUAL);
    let windows = decoded(pickup.as_bytes(), &|scan| {
        format!("{} {:?} {}", scan.carrier_code, scan.estimated, scan.message)
    });
    let found = windows.iter().find(|line| line.starts_with("AA/NA"));
    assert_eq!(found.map(String::as_str), Some("AA/NA None AA 20260903 16000000 ET"));
}

#[test]
fn x12_means_the_same_whatever_separates_it() {
    assert_ne!(USUAL, OTHER_DELIMITERS);
    let all = |scan: &Scan<'_>| format!("{scan:?}");
    assert_eq!(decoded(USUAL, &all), decoded(OTHER_DELIMITERS, &all));
}
