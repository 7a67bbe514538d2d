# G3, variant: the first carrier's clock runs eight hours fast; its repeats lie after the second's delivery.
parcel LX123456785CN carrier=china_post
dates 2026 Z
word B/received in_transit/received_by_partner leg_carrier=usps carrier_code=80
word B/van out_for_delivery leg_carrier=usps carrier_code=OF
word B/delivered delivered leg_carrier=usps carrier_code=01
place CN Shenzhen,GD,518000,CN
place US Chicago,IL,60607,US
place HOME Oak-Park,IL,60302,US
at 05-02 accepted/received_origin carrier_code=A1 @CN
at 05-03 in_transit/departed_country carrier_code=A2 @CN
at 05-05 delivered carrier_code=A4 @US
at 05-05 14:20 B/received @US
at 05-06 07:40 B/van @US
at 05-06 12:05 B/delivered @HOME
at 05-06 15:40 out_for_delivery carrier_code=A5 @US
at 05-06 20:05 delivered carrier_code=A4 @HOME
at +1h tick
expect status=delivered delivered_at="05-06 12:05" reopened=false health=ok after_terminal=true legs=2 first_attempt_at="05-06 12:05" last_scan_at="05-06 20:05"
any order
