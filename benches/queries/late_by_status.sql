-- Where the late ones are: shipments past their promise, by status, and by how much.
SELECT status,
       count(*) AS late,
       avg(extract(epoch FROM coalesce(delivered_at, as_of)) - extract(epoch FROM promised_at)) / 3600 AS hours_late
FROM shipments
WHERE coalesce(delivered_at, as_of) > promised_at
GROUP BY status
ORDER BY late DESC, status
