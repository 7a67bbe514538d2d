"""The comparison in DuckDB: one batch query over the file. `duckdb_batch.py SCANS NOTIFICATIONS`; README.md beside this
file defines what has to come out.

A batch has all scans at hand, so time needs no timer: a parcel that fell silent in transit shows as the next scan in
order of arrival that is not late, or as its last. Everything else is windows over the scans of a parcel."""

import os
import sys

import duckdb

QUERY = """
COPY (
WITH lines AS (
    SELECT row_number() OVER () AS n, *
    FROM read_json('{scans}', format = 'newline_delimited', columns = {{
        event_id: 'VARCHAR', tracking_number: 'VARCHAR', status: 'VARCHAR', code: 'VARCHAR', occurred_at: 'VARCHAR',
        promised_at: 'VARCHAR'}})
), firsts AS (
    SELECT min(n) AS n FROM lines GROUP BY tracking_number, event_id
), scans AS (
    SELECT n, tracking_number, status, code, epoch_ms(CAST(occurred_at AS TIMESTAMPTZ)) AS t,
           CASE WHEN length(promised_at) = 10
                THEN epoch_ms(CAST(promised_at || 'T00:00:00Z' AS TIMESTAMPTZ)) + 86399999
                ELSE epoch_ms(CAST(promised_at AS TIMESTAMPTZ)) END AS promised
    FROM lines SEMI JOIN firsts USING (n)
), ranked AS (
    SELECT *, max(t) OVER (PARTITION BY tracking_number ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
    FROM scans
), taken AS (
    SELECT *, reached IS NULL OR t >= reached AS in_order FROM ranked
), moved AS (
    SELECT *,
           coalesce(bool_or(status = 'delivered') OVER before, false) AS was_delivered,
           coalesce(last_value(CASE WHEN status <> 'accepted' THEN status END IGNORE NULLS) OVER until_now, 'accepted') AS moves_to,
           last_value(promised IGNORE NULLS) OVER until_now AS promised_now,
           lead(t) OVER (PARTITION BY tracking_number ORDER BY n) AS next_t
    FROM taken
    WHERE in_order
    WINDOW until_now AS (PARTITION BY tracking_number ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
           before AS (PARTITION BY tracking_number ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), stands AS (
    SELECT *, CASE WHEN was_delivered THEN 'delivered' ELSE moves_to END AS now_status FROM moved
), attempts AS (
    SELECT a.n, a.tracking_number, a.t, row_number() OVER (PARTITION BY a.tracking_number ORDER BY a.n) AS attempt
    FROM taken a LEFT JOIN stands s USING (n)
    WHERE a.status = 'attempt_failed' AND NOT coalesce(s.was_delivered, false)
), fired AS (
    SELECT tracking_number, now_status AS rule, n, t AS at_ms FROM stands WHERE now_status IN ('out_for_delivery', 'delivered')
    UNION ALL
    SELECT tracking_number, CASE code WHEN 'damaged' THEN 'damaged' ELSE 'bad_address' END, n, t
    FROM stands WHERE now_status = 'exception' AND code IN ('damaged', 'address_problem')
    UNION ALL
    SELECT tracking_number, 'held_at_customs', n, t FROM stands WHERE now_status = 'customs' AND code = 'customs_held'
    UNION ALL
    SELECT tracking_number, CASE now_status WHEN 'in_transit' THEN 'moves_after_promise' ELSE 'delivered_late' END, n, t
    FROM stands WHERE now_status IN ('in_transit', 'delivered') AND t > promised_now
    UNION ALL
    SELECT tracking_number, 'two_attempts', n, t FROM attempts WHERE attempt = 2
    UNION ALL
    SELECT tracking_number, 'gap', n, t FROM stands WHERE t - reached > 36 * 3600000
    UNION ALL
    SELECT tracking_number, 'silent', n, t + 48 * 3600000 FROM stands
    WHERE now_status = 'in_transit' AND (next_t IS NULL OR next_t >= t + 48 * 3600000)
)
SELECT tracking_number, rule, strftime(make_timestamp_ms(arg_min(at_ms, n)), '%Y-%m-%dT%H:%M:%S.%gZ') AS "at"
FROM fired GROUP BY tracking_number, rule
) TO '{out}' (FORMAT json)
"""


def main():
    scans, out = sys.argv[1:]
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET threads = {len(os.sched_getaffinity(0))}")
    connection.execute("SET preserve_insertion_order = true")
    connection.execute(QUERY.format(scans=scans, out=out))


main()
