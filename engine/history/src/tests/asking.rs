//! What is asked is answered: counts, lengths of time, the log's clock, unknown values, orders, descriptions.

use super::*;
use crate::needs;

async fn check(catalog: &Catalog, rows: &[(&str, &str)]) {
    for (sql, expected) in rows {
        assert_eq!(&ask(catalog, sql).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn share_of_late_shipments_by_carrier() {
    let sql = "SELECT carrier, count(*), avg(CASE WHEN health = 'late' THEN 1 ELSE 0 END) FROM shipments GROUP BY 1 ORDER BY 1";
    check(&live(&parcels()), &[(sql, "dhl|2|0.0\nups|2|0.5")]).await;
}

#[tokio::test]
async fn lengths_of_time_compare_as_lengths_and_not_as_calendar_entries() {
    let count = |condition: &str| {
        format!("SELECT string_agg(tracking_number, ' ' ORDER BY tracking_number) FROM shipments WHERE {condition}")
    };
    let catalog = live(&parcels());
    for (condition, expected) in [
        ("silence > INTERVAL '35 hours'", "1Z1 1Z2"),
        ("silence > INTERVAL '36 hours'", "1Z2"),
        ("silence >= INTERVAL '36 hours'", "1Z1 1Z2"),
        // 100 hours are more than two days, though the interval of two days has days and that of 100 hours has none.
        ("silence > INTERVAL '2 days'", "1Z2"),
        ("INTERVAL '2 days' < silence", "1Z2"),
        ("silence = INTERVAL '1 day 12 hours'", "1Z1"),
        ("silence <> INTERVAL '1 day 12 hours'", "1Z2"),
        ("silence BETWEEN INTERVAL '1 day' AND INTERVAL '2 days'", "1Z1"),
        ("silence NOT BETWEEN INTERVAL '1 day' AND INTERVAL '2 days'", "1Z2"),
        ("silence IN (INTERVAL '1 day 12 hours', INTERVAL '1 week')", "1Z1"),
        ("now() - last_scan_at > INTERVAL '2 days'", "1Z2"),
        ("last_scan_at < now() - INTERVAL '2 days'", "1Z2"),
        ("last_scan_at < TIMESTAMP '2026-03-01 12:00:00'", "1Z2"),
        ("last_scan_at < '2026-03-01T12:00:00Z'", "1Z2"),
        ("coalesce(silence, INTERVAL '0 hours') > INTERVAL '2 days'", "1Z2"),
        ("silence > INTERVAL '1 day' + INTERVAL '1 day'", "1Z2"),
        (
            "silence > INTERVAL '1 month'",
            "error: an interval of months has no fixed length; say it in days or hours",
        ),
    ] {
        assert_eq!(ask(&catalog, &count(condition)).await, expected, "{condition}");
    }
}

#[tokio::test]
async fn lengths_can_be_summed_up_and_taken_apart() {
    let catalog = live(&parcels());
    check(
        &catalog,
        &[
            (
                "SELECT max(silence), min(silence), avg(silence), sum(silence) FROM shipments",
                "4d 4h|1d 12h|2d 20h|5d 16h",
            ),
            (
                "SELECT silence FROM shipments ORDER BY silence DESC NULLS LAST LIMIT 1",
                "4d 4h",
            ),
            (
                "SELECT date_part('epoch', silence) / 3600 FROM shipments WHERE silence = INTERVAL '36 hours'",
                "36.0",
            ),
            (
                "SELECT now() - last_scan_at FROM shipments WHERE tracking_number = '1Z1'",
                "1d 12h",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn now_is_the_instant_that_the_tables_show() {
    let catalog = live(&parcels());
    check(
        &catalog,
        &[
            ("SELECT now() = max(as_of) FROM shipments", "true"),
            ("SELECT now(), current_date", "2026-03-03T12:00:00.000Z|2026-03-03"),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_unknown_stays_unknown() {
    let catalog = live(&parcels());
    check(
        &catalog,
        &[
            (
                "SELECT count(*), count(silence), count(attempts), count(lane) FROM shipments",
                "4|2|1|0",
            ),
            (
                "SELECT silence, attempts, city FROM shipments WHERE tracking_number = 'JD4'",
                "NULL|0|NULL",
            ),
            (
                "SELECT count(*) FROM shipments WHERE silence > INTERVAL '1 hour' OR silence <= INTERVAL '1 hour'",
                "2",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn orders_are_their_shipments_folded() {
    let delivered = |number, hours: i64| {
        parcel("ups", number, "delivered", "ok").with(Column::DeliveredAt, Value::Time(NOW.plus(-hours * HOUR_MS)))
    };
    let catalog = live(&[
        delivered("1A", 9).of_order("partly"),
        parcel("ups", "1B", "out_for_delivery", "late").of_order("partly"),
        parcel("ups", "1C", "in_transit", "at_risk").of_order("partly"),
        parcel("ups", "1D", "cancelled", "disputed").of_order("partly"),
        delivered("2A", 9).of_order("whole"),
        delivered("2B", 7).of_order("whole"),
        parcel("ups", "3A", "cancelled", "ok").of_order("called off"),
        delivered("4A", 5).of_order("mixed"),
        parcel("ups", "4B", "returned", "ok").of_order("mixed"),
        parcel("ups", "5A", "in_transit", "stalled")
            .of_order("handed on")
            .with(Column::NextTrackingNumber, Value::Text("5B")),
        delivered("5B", 4).of_order("handed on"),
        delivered("6A", 3),
    ]);
    let sql = "SELECT order_id, shipments, delivered, status, health, now() - first_delivered_at, now() - all_delivered_at \
               FROM orders ORDER BY 1";
    let expected = "called off|1|0|cancelled|ok|NULL|NULL\n\
                    handed on|1|1|delivered|ok|4h|4h\n\
                    mixed|2|1|delivered|ok|5h|NULL\n\
                    partly|3|1|in_transit|late|9h|NULL\n\
                    whole|2|2|delivered|ok|9h|7h";
    check(&catalog, &[(sql, expected)]).await;
    assert_eq!(
        ask(
            &catalog,
            "SELECT count(*) FROM information_schema.columns WHERE table_name = 'orders'"
        )
        .await,
        Table::Orders.columns().len().to_string()
    );
}

#[tokio::test]
async fn tables_and_columns_explain_themselves() {
    let catalog = live(&parcels());
    let tables = ask(&catalog, "SHOW TABLES").await;
    assert_eq!(
        tables
            .lines()
            .map(|line| line.split('|').next().unwrap_or_default())
            .collect::<Vec<_>>(),
        ["shipments", "orders"]
    );
    for sql in ["DESCRIBE shipments", "DESC Shipments"] {
        let described = ask(&catalog, sql).await;
        assert_eq!(described.lines().count(), Column::ALL.len() + 1, "{sql}");
        assert!(
            described.contains(
                "silence|INTERVAL|Time since the last physical scan; unknown before the first and after the end."
            ),
            "{described}"
        );
    }
    check(
        &catalog,
        &[(
            "SELECT column_name FROM columns WHERE table_name = 'shipments' AND data_type = 'INTERVAL'",
            "silence_p95\nestimate_error\nlast_gap\nsilence\ndwell\nage\noverdue",
        )],
    )
    .await;
}

#[tokio::test]
async fn answers_come_in_four_formats() {
    let catalog = live(&parcels());
    let sql = "SELECT tracking_number, silence, last_scan_at, attempts FROM shipments WHERE tracking_number IN ('1Z1', 'JD4') ORDER BY 1";
    for (format, expected) in [
        (
            Format::Table { width: 0 },
            " tracking_number | silence | last_scan_at             | attempts\n\
             -----------------+---------+--------------------------+----------\n \
             1Z1             | 1d 12h  | 2026-03-02T00:00:00.000Z |     NULL\n \
             JD4             | NULL    | NULL                     |        0\n\
             (2 rows)\n",
        ),
        (
            Format::Json,
            "{\"tracking_number\":\"1Z1\",\"silence\":\"PT36H\",\"last_scan_at\":\"2026-03-02T00:00:00.000Z\",\"attempts\":null}\n\
             {\"tracking_number\":\"JD4\",\"silence\":null,\"last_scan_at\":null,\"attempts\":0}\n",
        ),
        (
            Format::Csv,
            "tracking_number,silence,last_scan_at,attempts\n\
             1Z1,PT36H,2026-03-02T00:00:00.000Z,\n\
             JD4,,,0\n",
        ),
    ] {
        assert_eq!(written(&catalog, sql, format).await.expect("a good query"), expected);
    }
    let parquet = catalog
        .query(sql, &Limits::default())
        .await
        .and_then(|answer| answer.write(Format::Parquet));
    assert!(parquet.expect("a good query").starts_with(b"PAR1"));
    let nothing = written(&catalog, "SELECT carrier FROM shipments WHERE false", Format::Csv).await;
    assert_eq!(nothing.expect("a good query"), "carrier\n");
}

#[tokio::test]
async fn a_live_query_needs_only_the_columns_that_it_reads() {
    let tables = [Table::Shipments, Table::Scans];
    for (sql, expected) in [
        (
            "SELECT carrier, count(*) FROM shipments WHERE silence > INTERVAL '1 day' GROUP BY 1",
            "shipments: carrier silence",
        ),
        ("SELECT count(*) FROM shipments", "shipments:"),
        (
            "SELECT s.code FROM scans s JOIN shipments t ON s.carrier = t.carrier",
            "shipments: carrier code; scans: carrier code",
        ),
        (
            "SELECT x FROM (SELECT city AS x, * FROM shipments WHERE health IN (SELECT status FROM scans)) WHERE true OR dwell IS NULL",
            "all",
        ),
        (
            "SELECT order_id FROM orders WHERE delivered > 1",
            "shipments: order_id merchant status health promised_at estimated_until first_scan_at last_heard_at \
             delivered_at next_tracking_number as_of",
        ),
        ("SHOW TABLES", ""),
    ] {
        let needs = needs(sql, &tables).await.expect("a good query");
        let shown: Vec<String> = needs
            .tables()
            .map(|table| {
                let columns = table.columns();
                let places = needs.columns(table).expect("the table is needed");
                let names = places
                    .iter()
                    .filter_map(|place| columns.get(*place))
                    .map(|column| format!(" {}", column.name));
                format!("{}:{}", table.name(), names.collect::<String>())
            })
            .collect();
        if expected != "all" {
            assert_eq!(shown.join("; "), expected, "{sql}");
        }
        let mut rows = Vec::new();
        if let Some(mut collector) = needs.collector(Table::Shipments) {
            parcels().iter().for_each(|parcel| collector.push(&ShipmentRow(parcel)));
            rows.push(collector.finish());
        }
        rows.extend(needs.collector(Table::Scans).map(Collector::finish));
        let answer = Catalog::live(NOW, rows).query(sql, &Limits::default()).await;
        assert!(answer.is_ok(), "{sql}: {answer:?}");
    }
    let error = needs("SELECT silense FROM shipments", &tables)
        .await
        .expect_err("no such column");
    assert!(matches!(error, QueryError::NoColumn { .. }), "{error}");
}
