# G8, variant EPCIS: an event comes again, declared an error. The earlier one is gone, though the two are alike.
parcel 986578788855 carrier=fedex
dates 2026 -05:00
at 05-05 07:00 in_transit/arrived_facility event_id=urn:1 @Dallas,TX,75212,US
at 05-05 11:00 delivered event_id=urn:2 @Dallas,TX,75201,US
at 05-05 12:00 delivered event_id=urn:2-error retracts=urn:2 @Dallas,TX,75201,US of 05-05 11:00
at +1h tick
expect status=in_transit delivered_at=none retracted=true scans=1
any order
