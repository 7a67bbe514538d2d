-- Which carrier keeps its promises: the share of its delivered parcels that came in time.
SELECT carrier,
       count(*) AS delivered,
       avg(CASE WHEN delivered_at <= promised_at THEN 1.0 ELSE 0.0 END) AS on_time
FROM shipments
WHERE delivered_at IS NOT NULL AND promised_at IS NOT NULL
GROUP BY carrier
ORDER BY on_time DESC, carrier
