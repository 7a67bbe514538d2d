# G4: the carrier's forecasts of each day move nothing, end no silence, and never stand at midnight between two scans.
parcel 9400111899223197428490 carrier=usps
dates 2026 -07:00
word NT notice moving carrier_code=NT
at 06-01 18:04 accepted carrier_code=03 @Reno,NV,89502,US
at 06-02 03:11 in_transit/processed carrier_code=10 @Sparks,NV,89431,US
at 06-03 NT
at 06-04 NT
at 06-04 12:00 tick
expect status=in_transit code=processed silence=56h49m last_scan_at="06-02 03:11" last_heard_at="06-03 16:00" scans=2 records=4
at 06-04 22:17 in_transit/arrived_facility carrier_code=07 @Denver,CO,80217,US
at +1h tick
expect status=in_transit code=arrived_facility last_scan_at="06-04 22:17" silence=1h city=Denver scans=3 records=5 zone_unproven=true
any order
