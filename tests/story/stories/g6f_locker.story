# G6 (f): put into a locker, reminded, collected three days later. The first attempt was the locker.
parcel 986578788855 carrier=fedex
dates 2026 -05:00
place hub Memphis,TN,38118,US,MEM
place depot Dallas,TX,75212,US,DALD
place home Dallas,TX,75201,US
place other Houston,TX,77032,US,HOU
rules
| rules:
|   - notice: delivery.available_for_pickup
|     when: status = 'available_for_pickup'
|   - notice: delivery.pickup_reminder
|     when: status = 'available_for_pickup' AND dwell >= INTERVAL '2 days'
|   - notice: delivery.delivered
|     when: status = 'delivered'
at 05-05 07:55 out_for_delivery @depot
at 05-05 12:00 available_for_pickup/ready_in_locker pickup_until=2026-05-12 @home
-> opened delivery.available_for_pickup#1 at 05-05 12:00: 
-> job delivery.available_for_pickup delivery.available_for_pickup#1 opened: 
expect status=available_for_pickup health=action_required pickup_until="05-12 18:59:59.999" first_attempt_at="05-05 12:00"
at 05-06 09:00 notice pickup_reminder
expect status=available_for_pickup code=ready_in_locker
at 05-07 13:00 tick
-> opened delivery.pickup_reminder#1 at 05-07 12:00: 
-> job delivery.pickup_reminder delivery.pickup_reminder#1 opened: 
at 05-08 12:20 delivered/collected @home
-> closed delivery.available_for_pickup#1 at 05-08 12:20, Finished
-> opened delivery.delivered#1 at 05-08 12:20: 
-> closed delivery.pickup_reminder#1 at 05-08 12:20, Finished
-> job delivery.delivered delivery.delivered#1 opened: 
at +1h tick
expect status=delivered code=collected first_attempt_at="05-05 12:00" delivered_at="05-08 12:20" attempts=0 health=ok
any order
