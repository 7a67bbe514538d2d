-- How long nine of ten parcels take at most, by lane, from the first scan to the door; the busiest lanes first.
SELECT lane,
       count(*) AS delivered,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM delivered_at) - extract(epoch FROM first_scan_at)) / 3600 AS p90_hours
FROM shipments
WHERE delivered_at IS NOT NULL
GROUP BY lane
HAVING count(*) >= 100
ORDER BY delivered DESC, lane
