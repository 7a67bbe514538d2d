//! Local and business time: the parcel's own place where none is named, and words where rows have no place.

use super::*;
use crate::needs;

/// One in Berlin, one in Riyadh, one of which no place is known; now is a Tuesday at noon.
fn placed() -> Catalog {
    let mut parcels = parcels();
    for (parcel, (zone, country)) in parcels.iter_mut().zip([
        ("Europe/Berlin", Some("DE")),
        ("Asia/Riyadh", Some("SA")),
        ("UTC", None),
    ]) {
        let silent = parcel.clone().with(Column::LocalZone, Value::Text(zone));
        *parcel = match country {
            Some(country) => silent.with(Column::LocalCountry, Value::Text(country)),
            None => silent.with(
                Column::LastScanAt,
                Value::Time(Timestamp::parse("2026-02-27T08:00:00Z").expect("a time")),
            ),
        };
    }
    live(&parcels)
}

#[tokio::test]
async fn the_parcels_own_place_counts_where_none_is_named() {
    let catalog = placed();
    for (asked, expected) in [
        (
            "local_time(last_scan_at)",
            "2026-03-02T01:00:00.000Z|2026-02-27T11:00:00.000Z|2026-02-27T08:00:00.000Z|NULL",
        ),
        ("extract(hour FROM LOCAL_TIME(now()))", "13|15|12|NULL"),
        (
            "date_trunc('day', local_time(now(), 'Asia/Kolkata'))",
            "2026-03-03T00:00:00.000Z|2026-03-03T00:00:00.000Z|2026-03-03T00:00:00.000Z|2026-03-03T00:00:00.000Z",
        ),
        ("business_days_between(last_scan_at, now())", "1|3|2|NULL"),
        ("business_days_between(now(), last_scan_at)", "-1|-3|-2|NULL"),
        ("business_days_between(last_scan_at, now(), 'DE')", "1|2|2|NULL"),
        ("business_days_between(last_scan_at, now(), NULL, 'UTC')", "1|2|2|NULL"),
        ("business_days_between(DATE '2026-02-27', now())", "2|3|2|NULL"),
        (
            "business_hours_between(last_scan_at, now())",
            "1d 12h|2d 15h|2d 4h|NULL",
        ),
        (
            "business_hours_between(last_scan_at, now()) > INTERVAL '2 days'",
            "false|true|true|NULL",
        ),
        ("local_time(last_scan_at, city)", "NULL|NULL|NULL|NULL"),
    ] {
        let sql = format!("SELECT {asked} FROM shipments ORDER BY tracking_number");
        assert_eq!(ask(&catalog, &sql).await.replace('\n', "|"), expected, "{asked}");
    }
    for (sql, expected) in [
        (
            "SELECT date_trunc('day', local_time(last_scan_at)) AS day, count(*) FROM shipments GROUP BY 1 ORDER BY 1",
            "2026-02-27T00:00:00.000Z|2\n2026-03-02T00:00:00.000Z|1\nNULL|1",
        ),
        (
            "SELECT local_time(last_scan_at) FROM shipments GROUP BY local_time(last_scan_at) HAVING count(*) > 1",
            "",
        ),
        (
            "WITH s AS (SELECT * FROM shipments) SELECT count(*) FROM s JOIN shipments t ON s.carrier = t.carrier WHERE local_time(s.last_scan_at, s.local_zone) > t.last_scan_at",
            "3",
        ),
        (
            "SELECT business_days_between(DATE '2026-04-02', DATE '2026-04-08', 'DE', 'UTC')",
            "2",
        ),
        (
            "SELECT local_time(now(), 'America/New_York')",
            "2026-03-03T07:00:00.000Z",
        ),
    ] {
        assert_eq!(ask(&catalog, sql).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn a_place_that_is_not_there_is_told() {
    let catalog = placed();
    for (sql, expected) in [
        (
            "SELECT local_time(seen) FROM (SELECT last_scan_at AS seen FROM shipments)",
            "`local_time` reads local_zone and local_country where no place is named",
        ),
        (
            "SELECT business_days_between(DATE '2026-04-02', now(), 'DE')",
            "`business_days_between` reads local_zone and local_country where no place is named",
        ),
        ("SELECT local_zone FROM columns", "no column `local_zone`"),
        (
            "SELECT local_time(now(), 'Europe/Berln')",
            "no time zone is called 'Europe/Berln'",
        ),
        (
            "SELECT business_days_between(now(), now(), 'USA') FROM shipments",
            "no country is called 'USA'",
        ),
        (
            "SELECT business_days_between(now()) FROM shipments",
            "business_days_between does not take 1 arguments",
        ),
        (
            "SELECT local_time(silence) FROM shipments",
            "argument 1 of local_time is a time, and this is Duration",
        ),
    ] {
        let found = ask(&catalog, sql).await;
        let found = found.strip_prefix("error: ").unwrap_or("an answer");
        assert!(
            found.starts_with(expected),
            "{sql}\n  found    {found}\n  expected {expected}"
        );
    }
}

#[tokio::test]
async fn a_live_query_is_brought_the_columns_of_the_place() {
    for (sql, expected) in [
        (
            "SELECT local_time(last_scan_at) FROM shipments",
            ["last_scan_at", "local_zone"].as_slice(),
        ),
        (
            "SELECT carrier FROM shipments WHERE business_days_between(last_scan_at, now()) > 2",
            &["carrier", "last_scan_at", "local_country", "local_zone"],
        ),
    ] {
        let needs = needs(sql, &[Table::Shipments]).await.expect("a good query");
        let columns = Table::Shipments.columns();
        let places = needs.columns(Table::Shipments).expect("the table is needed");
        let mut names: Vec<&str> = places
            .iter()
            .filter_map(|place| columns.get(*place))
            .map(|column| column.name)
            .collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{sql}");
    }
}

#[tokio::test]
async fn the_functions_are_described() {
    let sql = "SELECT syntax_example FROM information_schema.routines WHERE routine_name = 'business_days_between'";
    let found = ask(&placed(), sql).await;
    assert_eq!(found, "business_days_between(from, to[, country[, zone]])");
}
