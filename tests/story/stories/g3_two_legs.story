# G3: two carriers under one number, the first with mere dates. What the first calls delivered is the hand-over.
parcel LX123456785CN carrier=china_post
dates 2026 Z
word A/info admin info_received carrier_code=A0
word A/received accepted/received_origin carrier_code=A1
word A/departed in_transit/departed_country carrier_code=A2
word A/customs customs/customs_processing carrier_code=A3
word A/delivered delivered carrier_code=A4
word B/received in_transit/received_by_partner leg_carrier=usps carrier_code=80
word B/van out_for_delivery leg_carrier=usps carrier_code=OF
word B/delivered delivered leg_carrier=usps carrier_code=01
place CN Shenzhen,GD,518000,CN
place US Chicago,IL,60607,US
place HOME Oak-Park,IL,60302,US
at 05-01 A/info
at 05-02 A/received @CN
at 05-03 A/departed @CN
at 05-03 A/customs @CN
expect status=customs code=customs_processing
at 05-05 A/delivered @US
at 05-05 14:20 B/received @US
expect status=in_transit code=received_by_partner legs=2 delivered_at=none
at 05-06 07:40 B/van @US
at 05-06 12:05 B/delivered @HOME
at 05-06 A/delivered @HOME
at 05-06 13:05 tick
expect status=delivered delivered_at="05-06 12:05" legs=2 reopened=false after_terminal=false unusual=false scans=8 health=ok first_attempt_at="05-06 12:05"
any order
