//! Codes that no mapping knows, as a table.

use super::{NOW, ask};
use crate::{Catalog, Collector, Generation, ScanRow, Table, needs};
use milepost_model::{Code, HOUR_MS, Kind, Scan, Status, TrackingNumber};

/// A notice of some hours ago with such a code; its message says the hours.
fn notice(carrier: &'static str, number: &str, carrier_code: &'static str, hours: i64) -> ScanRow<'static> {
    let number = TrackingNumber::parse(number.as_bytes()).expect("a number");
    let scan = Scan {
        kind: Kind::Notice,
        status: None,
        code: Code::Unmapped,
        carrier_code,
        source: "easypost",
        message: if hours > 5 { "earlier" } else { "later" },
        ..Scan::new(number, carrier, Status::InTransit, NOW.plus(-hours * HOUR_MS))
    };
    ScanRow {
        scan,
        epoch: 0,
        counted: false,
        retracted: false,
    }
}

fn rows() -> Vec<ScanRow<'static>> {
    let withdrawn = ScanRow {
        retracted: true,
        ..notice("ups", "1ZGONE", "ZZ", 1)
    };
    let mut mapped = notice("ups", "1ZFINE", "OT", 1);
    mapped.scan.code = Code::OutForDelivery;
    vec![
        notice("ups", "1ZFIRST", "QQ/9", 9),
        notice("ups", "1ZOTHER", "QQ/9", 3),
        notice("ups", "1ZTHIRD", "QQ/9", 7),
        notice("usps", "94001", "QQ/9", 2),
        notice("usps", "94001", "", 4),
        withdrawn,
        mapped,
    ]
}

const SQL: &str = "SELECT source, carrier, carrier_code, scans, now() - first_seen, now() - last_seen, tracking_number, message \
                   FROM unmapped_codes ORDER BY scans DESC, carrier_code";
const EXPECTED: &str = "easypost|ups|QQ/9|3|9h|3h|1ZOTHER|later\n\
                        easypost|usps|QQ/9|1|2h|2h|94001|later\n\
                        easypost|usps|NULL|1|4h|4h|94001|later";

#[tokio::test]
async fn unmapped_codes_are_counted_in_live_rows_and_in_files() {
    let mut collector = Collector::new(Table::Scans);
    rows().iter().for_each(|row| collector.push(row));
    let live = Catalog::live(NOW, vec![collector.finish()]);
    assert_eq!(ask(&live, SQL).await, EXPECTED);
    assert_eq!(ask(&live, "SHOW TABLES").await.lines().count(), 2);

    let dir = std::env::temp_dir().join(format!("milepost-unmapped-codes-{}", std::process::id()));
    let generation = Generation::in_place(&dir, NOW).expect("it can be made");
    let mut writer = generation.writer(Table::Scans).expect("it can be made");
    for row in rows() {
        writer.push(&row).expect("it can be written");
    }
    let file = writer.finish().expect("it can be written");
    generation.commit(vec![file]).expect("it can be written");
    let files = Catalog::open(&dir).expect("there are tables");
    assert_eq!(ask(&files, SQL).await, EXPECTED);
    let described = ask(&files, "DESCRIBE unmapped_codes").await;
    assert_eq!(described.lines().count(), Table::UnmappedCodes.columns().len());
    assert!(
        described.contains("scans|BIGINT|Distinct scans with this code."),
        "{described}"
    );
}

#[tokio::test]
async fn a_live_question_for_them_needs_few_columns_of_the_scans() {
    let needs = needs(
        "SELECT carrier_code, scans FROM unmapped_codes",
        &[Table::Shipments, Table::Scans],
    )
    .await;
    let needs = needs.expect("a good query");
    assert_eq!(needs.tables().collect::<Vec<_>>(), [Table::Scans]);
    let places = needs.columns(Table::Scans).expect("scans are needed");
    let columns = Table::Scans.columns();
    let names: Vec<&str> = places
        .iter()
        .filter_map(|place| columns.get(*place))
        .map(|column| column.name)
        .collect();
    assert!(names.contains(&"carrier_code") && !names.contains(&"city"), "{names:?}");
}
