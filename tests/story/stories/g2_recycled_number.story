# G2: a number is used again after a delivery. Both journeys come in one answer; nothing of the old one reopens.
parcel 986578788855 carrier=fedex
dates 2026 -05:00
word OC admin info_received carrier_code=OC
word PU accepted/picked_up carrier_code=PU
word AR in_transit/arrived_facility carrier_code=AR
word DL delivered carrier_code=DL
place A Memphis,TN,38118,US
place B Dallas,TX,75201,US
rules
| rules:
|   - notice: delivery.delivered
|     when: status = 'delivered' AND now - delivered_at < INTERVAL '1 day'
|   - notice: delivery.reopened
|     when: reopened
at 03-04 20:00 PU @A of 2025-11-03 10:00
at 03-04 20:00 DL @B of 2025-11-06 14:00
at 03-04 20:00 OC of 03-02 09:00
at 03-04 20:00 PU @A of 03-03 16:30
at 03-04 20:00 AR @A of 03-04 19:00
at +1h tick
expect journey 0 status=delivered delivered_at="2025-11-06 14:00" scans=2 reopened=false legs=1
expect journey 1 status=in_transit epoch=1 scans=2 reopened=false first_scan_at="03-03 16:30" health=ok delivered_at=none records=3
expect status=in_transit epoch=1
any order
