# G6 (c): the next night another city has the parcel. It reopens once, is disputed, and is delivered two days later.
parcel 986578788855 carrier=fedex
dates 2026 -05:00
place hub Memphis,TN,38118,US,MEM
place depot Dallas,TX,75212,US,DALD
place home Dallas,TX,75201,US
place other Houston,TX,77032,US,HOU
rules
| rules:
|   - notice: delivery.delivered
|     when: status = 'delivered'
|     limit: shipment
|   - notice: delivery.corrected
|     when: reopened
|     limit: shipment
at 05-05 05:10 in_transit/arrived_facility @depot
at 05-05 07:55 out_for_delivery @depot
at 05-05 10:00 delivered @home
-> opened delivery.delivered#1 at 05-05 10:00: 
-> job delivery.delivered delivery.delivered#1 opened: 
at 05-06 02:00 in_transit/arrived_facility @other
-> opened delivery.corrected#1 at 05-06 02:00: 
-> closed delivery.delivered#1 at 05-06 02:00, Recovered
-> job delivery.corrected delivery.corrected#1 opened: 
expect status=in_transit reopened=true health=disputed delivered_at=none code=arrived_facility
at 05-06 04:00 in_transit/departed_facility @other
expect status=in_transit health=disputed
at 05-08 11:00 delivered @home
-> opened delivery.delivered#2 at 05-08 11:00: 
at +1h tick
expect status=delivered delivered_at="05-08 11:00" reopened=true health=ok first_attempt_at="05-05 10:00" attempts=0
any order
