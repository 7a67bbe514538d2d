# G8: a delivery is withdrawn, the van goes out, the parcel is delivered. One delivery, one correction.
parcel 986578788855 carrier=fedex
dates 2026 -05:00
place home Dallas,TX,75201,US
rules
| rules:
|   - notice: delivery.delivered
|     when: status = 'delivered'
|   - notice: delivery.corrected
|     when: retracted AND status <> 'delivered'
|     limit: shipment
at 05-05 07:00 in_transit/arrived_delivery_depot @Dallas,TX,75212,US
at 05-05 11:00 delivered event_id=E1 @home
-> opened delivery.delivered#1 at 05-05 11:00: 
-> job delivery.delivered delivery.delivered#1 opened: 
expect status=delivered delivered_at="05-05 11:00"
at 05-05 11:20 notice info retracts=E1
-> opened delivery.corrected#1 at 05-05 11:20: 
-> closed delivery.delivered#1 at 05-05 11:20, Recovered
-> job delivery.corrected delivery.corrected#1 opened: 
expect status=in_transit retracted=true delivered_at=none
at 05-05 13:00 out_for_delivery
at 05-05 15:10 delivered event_id=E2 @home
-> closed delivery.corrected#1 at 05-05 15:10, Finished
-> opened delivery.delivered#2 at 05-05 15:10: 
-> job delivery.delivered delivery.delivered#2 opened: 
at +1h tick
expect status=delivered delivered_at="05-05 15:10" retracted=true reopened=false first_attempt_at="05-05 15:10" scans=3 records=4 last_scan_at="05-05 15:10"
any order
