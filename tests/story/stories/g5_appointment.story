# G5 (a), (b), (c): an appointment with an offset and an estimate of a mere date move nothing; a fixed zone is an instant.
parcel 110220330440 carrier=odfl estimate_source=carrier
dates 2026 -05:00
at 09-27 08:15 in_transit carrier_code=X6 @Gary,IN,46402,US time_basis=tz_code
at 09-28 09:00 estimate carrier_code=AG estimated_until=2026-09-29
expect status=in_transit estimated_from="09-28 19:00" estimated_until="09-29 18:59:59.999" last_scan_at="09-27 08:15"
at 09-28 10:00 estimate appointment carrier_code=AA estimated_until=2026-09-29T16:00:00-04:00
at +1h tick
expect status=in_transit status_since="09-27 08:15" last_scan_at="09-27 08:15" last_heard_at="09-28 10:00" estimated_until="09-29 15:00" estimated_original="09-29 18:59:59.999" estimate_source=carrier scans=1 records=3 zone_unproven=false
any order
