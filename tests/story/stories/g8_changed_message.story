# G8, variant: the same scan with another text and a place that was mended. One scan, the new text, no notice.
parcel 986578788855 carrier=fedex
dates 2026 -05:00
rules
| rules:
|   - notice: delivery.delivered
|     when: status = 'delivered'
at 05-05 07:00 out_for_delivery carrier_code=OD @Dallas,TX,75212,US
at 05-05 11:00 delivered carrier_code=DL message=DELIVRD recorded_at=2026-05-05T16:01:00Z @DALAS,TX,,US
-> opened delivery.delivered#1 at 05-05 11:00: 
-> job delivery.delivered delivery.delivered#1 opened: 
at 05-05 12:00 delivered carrier_code=DL message=Delivered recorded_at=2026-05-05T17:00:00Z signed_by="J. SMITH" @Dallas,TX,75201,US of 05-05 11:00
at 05-05 12:10 delivered carrier_code=DL message=DELIVRD recorded_at=2026-05-05T16:01:00Z @DALAS,TX,,US of 05-05 11:00
at +1h tick
expect status=delivered delivered_at="05-05 11:00" scans=2 records=2 city=Dallas postal_code=75201 signed_by="J. SMITH" health=ok
any order
