-- Day by day: how many parcels were delivered, and how many of them too late.
SELECT date_trunc('day', delivered_at) AS day,
       count(*) AS delivered,
       count(*) FILTER (WHERE delivered_at > promised_at) AS late
FROM shipments
WHERE delivered_at IS NOT NULL
GROUP BY day
ORDER BY day
