use super::*;
use crate::carriers::{Decoder, Defaults, Scratch};

fn shown(file: &str, payload: &str) -> String {
    let mapping = Mapping::parse(file).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    let (mut decoder, scratch, defaults) = (Decoder::new(), Scratch::new(), Defaults::default());
    let mut lines = Vec::new();
    decoder.decode_payload(
        &mapping,
        payload.as_bytes(),
        (&scratch, &defaults),
        &mut |number, given| {
            lines.push(match given {
                Ok(scan) => format!(
                    "{number} {} {} {:?} {:?} {:?} {} {}..{} {:?} {}",
                    scan.carrier,
                    String::from_utf8_lossy(scan.number.as_bytes()),
                    scan.kind,
                    scan.status,
                    scan.code,
                    scan.carrier_code,
                    scan.time.earliest,
                    scan.time.latest,
                    scan.time.basis,
                    scan.place.city
                ),
                Err(refusal) => format!("{number} {refusal}"),
            });
        },
    );
    lines.join("\n")
}

#[test]
fn easypost_shows() {
    let told = shown(
        include_str!("../../../formats/easypost.yaml"),
        include_str!("../../../formats/easypost/delivered.json"),
    );
    println!("{told}");
}
