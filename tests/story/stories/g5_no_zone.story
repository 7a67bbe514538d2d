# G5 (d) without a place: no zone is proven, so the instant lies between 00:02 UTC and 02:02 UTC of the next day.
parcel 110220330440 carrier=odfl
dates 2026
at 09-30 14:02:00 delivered carrier_code=D1
at 09-30 22:00Z tick
dates 2026 Z
expect status=delivered delivered_at="09-30 13:02" delivered_at_earliest="09-30 00:02" zone_unproven=true bounds="09-30 00:02 to 10-01 02:02"
any order
