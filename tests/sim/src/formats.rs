//! Feeds of which a part comes in a format that mapping files describe, and the files change on the way: each message must be
//! read by the files that stand before it in the log, by whichever engine.

use crate::feed::{Feed, Sending};
use milepost_connectors::log::{Append, Control};
use milepost_loadgen::rng::Rng;

/// The stream of chance that puts messages into another format.
const FORMATTING: u64 = 0x666F_726D;
/// The name of the format.
const NAME: &str = "depot";

/// The mapping files of a version: the service that it writes tells by which a scan was read.
#[must_use]
pub fn files(version: u64) -> Vec<(String, String)> {
    let text = format!(
        "format: {NAME}
title: \"Depot scanners, version {version}\"
payload: json
detect:
  document.tracking_number: \"*\"
records:
  - each:
      - scan: document
    fields:
      tracking_number: scan.tracking_number
      carrier: scan.carrier
      status: scan.status
      code: scan.code
      carrier_code: scan.carrier_code
      occurred_at: scan.occurred_at
      city: scan.city
      region: scan.region
      postal_code: scan.postal_code
      country: scan.country
      promised_at: scan.promised_at
      service: =v{version}
"
    );
    vec![(format!("{NAME}.yaml"), text)]
}

impl Feed {
    /// The same feed with mapping files that change; of one seed in eleven. What comes in their format before the first of them
    /// stands in the log is of a format that nobody knows.
    #[must_use]
    pub fn with_formats(mut self) -> Self {
        if self.seed % 11 != 9 {
            return self;
        }
        let mut chance = Rng::new(self.seed, FORMATTING, 0);
        let mut version = 0;
        for mut sending in std::mem::take(&mut self.sendings) {
            if chance.permille(20) {
                version += 1;
                let control = match chance.below(5) {
                    0 => Control::Formats(Vec::new()),
                    1 => Control::Formats(vec![(
                        "broken.yaml".to_owned(),
                        "format: depot\npayload: wax\n".to_owned(),
                    )]),
                    _ => Control::Formats(files(version)),
                };
                self.sendings.push(Sending {
                    at: sending.at,
                    append: control.append(),
                    lines: Vec::new(),
                });
            }
            if let [None] = sending.lines.as_slice()
                && chance.permille(400)
            {
                let format = if chance.permille(500) {
                    "depot"
                } else {
                    "depot; merchant=acme"
                };
                sending.append = Append {
                    format: Some(format.into()),
                    ..sending.append
                };
            }
            self.sendings.push(sending);
        }
        self
    }
}
