//! What messages of a feed's own format become.

use super::*;
use milepost_connectors::log::CLOUD_EVENT;

/// What is taken of a message in that format, and what is refused of it.
fn told(format: Option<&str>, payload: &str) -> (Vec<String>, Vec<&'static str>) {
    let mut intake = Intake::new(Arc::default(), Spares::new(4), 1);
    let message = Message {
        position: Position {
            partition: Some(7),
            sequence: 1,
        },
        timestamp: Timestamp::from_millis(1_772_373_802_000),
        format: format.map(Box::from),
        payload: payload.to_owned().into(),
    };
    let formats = Arc::new(Formats::built_in().clone());
    let decoded = intake.decode(Input::Messages(vec![message], formats));
    let batch = decoded.batches.first().expect("there is one shard");
    let scans = (0..batch.len()).map(|at| {
        let (_, scan) = batch.get(at).expect("it has as many");
        format!(
            "{} {}",
            scan.number.as_str(),
            scan.status.map_or("", |status| status.as_str())
        )
    });
    let refused = decoded.refused.iter().map(|refused| refused.reject.reason.as_str());
    (scans.collect(), refused.collect())
}

const EVENT: &str = r#"{"specversion": "1.0", "id": "wms-1", "source": "/wms", "type": "scan", "time": "2026-03-01T12:00:00Z",
  "data": {"tracking_number": "1Z88A45E0342917767", "carrier": "ups", "status": "delivered"}}"#;

#[test]
fn cloud_events_are_read_by_the_format_that_the_log_names_for_them() {
    let delivered = "1Z88A45E0342917767 delivered".to_owned();
    assert_eq!(told(Some(CLOUD_EVENT), EVENT), (vec![delivered.clone()], vec![]));
    let batch = format!("[{EVENT},\n{}]", EVENT.replace("wms-1", "wms-2"));
    assert_eq!(
        told(Some(CLOUD_EVENT), &batch),
        (vec![delivered.clone(), delivered], vec![])
    );
    let nothing = EVENT.replace("\"data\"", "\"data_base64\"");
    assert_eq!(told(Some(CLOUD_EVENT), &nothing), (vec![], vec!["no_number"]));
    assert_eq!(told(Some(CLOUD_EVENT), "{oh"), (vec![], vec!["not_json"]));
}

#[test]
fn a_message_may_be_of_any_format_that_comes_with_the_program() {
    let segments = [
        "ISA*00*          *00*          *02*RDWY           *01*MILEPOST       *260927*1530*U*00401*000000003*0*P*>",
        "GS*QM*RDWY*MILEPOST*20260927*1530*3*X*004010",
    ];
    assert_eq!(told(Some("x12_214"), &segments.join("~")), (vec![], vec!["not_x12"]));
    assert_eq!(told(Some("parquet"), EVENT), (vec![], vec!["unknown_format"]));
    // In binary mode the payload is the scan.
    let scan = r#"{"tracking_number": "1Z88A45E0342917767", "carrier": "ups", "status": "delivered", "occurred_at": "2026-03-01T12:00:00Z"}"#;
    assert_eq!(
        told(None, scan),
        (vec!["1Z88A45E0342917767 delivered".to_owned()], vec![])
    );
}
