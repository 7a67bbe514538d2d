# G5 (d): a local time without zone. The place gives it: 14:02 in Boise is 20:02 UTC.
parcel 110220330440 carrier=odfl
dates 2026
at 09-30 14:02:00 delivered carrier_code=D1 @Boise,ID,,US
at 09-30 22:00Z tick
dates 2026 Z
expect status=delivered delivered_at="09-30 20:02" delivered_at_earliest="09-30 20:02" zone_unproven=false bounds="09-30 20:02 to 09-30 20:02"
any order
