# G3, variant: a last record says that the parcel waits for routing. It is a notice: the status stands.
parcel LX123456785CN carrier=china_post
dates 2026 Z
at 05-02 accepted/received_origin @Shenzhen,GD,518000,CN
at 05-03 in_transit/departed_country @Shenzhen,GD,518000,CN
at 05-05 14:20 in_transit/received_by_partner leg_carrier=usps @Chicago,IL,60607,US
at 05-06 07:40 out_for_delivery leg_carrier=usps @Chicago,IL,60607,US
at 05-06 12:05 delivered leg_carrier=usps @Oak-Park,IL,60302,US
at 05-06 19:00 notice info carrier_code=WAIT message="Waits for routing"
at +1h tick
expect status=delivered code=delivered delivered_at="05-06 12:05" last_scan_at="05-06 12:05" last_heard_at="05-06 19:00" legs=2 health=ok
any order
