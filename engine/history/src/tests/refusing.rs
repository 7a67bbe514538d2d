//! What is refused: writes, more than the limits allow, names that do not exist. Each refusal says what to do.

use super::*;

async fn check(sql: &str, expected: &str) {
    let found = ask(&live(&parcels()), sql).await;
    let found = found.strip_prefix("error: ").unwrap_or(&found);
    assert!(
        found.starts_with(expected),
        "{sql}\n  found    {found}\n  expected {expected}"
    );
}

#[tokio::test]
async fn tables_are_read_only() {
    for (sql, verb) in [
        ("DELETE FROM shipments", "DELETE"),
        ("UPDATE shipments SET health = 'ok'", "UPDATE"),
        ("INSERT INTO shipments (carrier) VALUES ('ups')", "INSERT"),
        ("DROP TABLE shipments", "DROP"),
        ("CREATE TABLE t AS SELECT 1", "CREATE"),
        ("CREATE VIEW v AS SELECT 1", "CREATE"),
        (
            "CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION 'x.parquet'",
            "CREATE",
        ),
        ("COPY shipments TO 'x.parquet'", "COPY"),
        ("EXPLAIN ANALYZE COPY shipments TO 'x.parquet'", "COPY"),
        ("EXPLAIN INSERT INTO shipments (carrier) VALUES ('ups')", "INSERT"),
        ("SET datafusion.execution.batch_size = 1", "SET"),
        ("RESET datafusion.execution.batch_size", "RESET"),
        ("BEGIN", "BEGIN"),
    ] {
        check(
            sql,
            &format!(
                "{verb} is refused: tables are read-only here; SELECT, SHOW TABLES, DESCRIBE and EXPLAIN are allowed"
            ),
        )
        .await;
    }
}

#[tokio::test]
async fn files_of_the_machine_are_out_of_reach() {
    for sql in [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM parquet_metadata('x')",
    ] {
        let found = ask(&live(&parcels()), sql).await;
        assert!(found.starts_with("error: "), "{sql}: {found}");
    }
}

#[tokio::test]
async fn wrong_names_get_the_nearest_right_ones() {
    for (sql, expected) in [
        (
            "SELECT silense FROM shipments",
            "no column `silense`; the nearest are: silence",
        ),
        (
            "SELECT s.carier FROM shipments s",
            "no column `carier`; the nearest are: carrier",
        ),
        ("SELECT quux FROM orders", "no column `quux`"),
        (
            "SELECT * FROM shipment",
            "no table `shipment`; there are: shipments, orders, columns, tables",
        ),
        (
            "DESCRIBE shipment",
            "no table `shipment`; there are: shipments, orders, columns, tables",
        ),
        (
            "SELECT * FROM scans",
            "no table `scans`; there are: shipments, orders, columns, tables",
        ),
        ("SELECT foo(1)", "Invalid function 'foo'"),
        ("SELECT repeat('x', 2000000000)", "Invalid function 'repeat'"),
        ("SELECT list_repeat(1, 2000000000)", "Invalid function 'list_repeat'"),
        ("SELECT range(2000000000)", "Invalid function 'range'"),
        (
            "SELEC 1",
            "this is not SQL that can be read: Expected: an SQL statement, found: SELEC",
        ),
        ("", "expected one SQL statement, found 0; ask one at a time"),
        (
            "SELECT 1; SELECT 2",
            "expected one SQL statement, found 2; ask one at a time",
        ),
    ] {
        check(sql, expected).await;
    }
}

#[tokio::test]
async fn limits_hold() {
    let catalog = live(&parcels());
    let few = Limits {
        rows_max: 3,
        ..Limits::default()
    };
    let answer = catalog
        .query("SELECT carrier FROM shipments", &few)
        .await
        .expect("cut, not refused");
    assert_eq!((answer.rows(), answer.truncated()), (3, true));
    let exact = Limits {
        rows_max: 4,
        ..Limits::default()
    };
    let answer = catalog
        .query("SELECT carrier FROM shipments", &exact)
        .await
        .expect("not cut");
    assert_eq!((answer.rows(), answer.truncated()), (4, false));

    let poor = Limits {
        memory_bytes_max: 1 << 20,
        ..Limits::default()
    };
    let error = catalog
        .query(
            "SELECT value % 999999 AS n, count(*) FROM generate_series(1, 3000000) GROUP BY 1",
            &poor,
        )
        .await;
    let error = error
        .expect_err("a million groups do not fit in a megabyte")
        .to_string();
    assert_eq!(
        error,
        "the query needs more than the 1 MiB it may have; select fewer columns, filter, or raise the limit"
    );

    let hurried = Limits {
        ms_max: 30,
        ..Limits::default()
    };
    let error = catalog
        .query(
            "SELECT count(*) FROM generate_series(1, 100000000000) WHERE value % 7 = 3",
            &hurried,
        )
        .await;
    let error = error.expect_err("that takes minutes").to_string();
    assert_eq!(
        error,
        "the query was stopped after 30 ms; filter more, or raise the limit"
    );
}
