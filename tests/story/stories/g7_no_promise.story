# G7: nobody promised anything, so it is never late, however long it takes; it may be stalled.
parcel 9400111899223197428490 carrier=usps
dates 2026 -07:00
word NT notice moving carrier_code=NT
rules
| rules:
|   - delay: late_delivery
|     when: overdue > INTERVAL '0 hours'
|     health: late
|     because: promised for {promised_at}
at 06-01 18:04 accepted carrier_code=03 @Reno,NV,89502,US
at 06-02 03:11 in_transit/processed carrier_code=10 @Sparks,NV,89431,US
at 06-03 NT
at 06-04 NT
at 06-04 12:00 tick
expect status=in_transit health=ok promised_at=none estimated_until=none overdue=none
at 06-05 03:11 tick
expect health=ok silence=72h
at 06-05 03:12 tick
expect health=stalled silence=72h1m
at 06-25 12:00 tick
expect status=in_transit health=stalled open=none
at 06-26 22:17 in_transit/arrived_facility carrier_code=07 @Denver,CO,80217,US
expect status=in_transit health=ok
at +1h tick
any order
