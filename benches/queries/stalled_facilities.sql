-- Where nothing was heard of parcels: the twenty places with most stalls, and how many of them still last.
SELECT facility, city, country,
       count(*) AS stalls,
       count(*) FILTER (WHERE closed_at IS NULL) AS still_open
FROM delays JOIN shipments USING (carrier, tracking_number, epoch)
WHERE delays.health = 'stalled'
GROUP BY facility, city, country
ORDER BY stalls DESC, facility, city
LIMIT 20
