# Scans older than what is known change the row's history, not its status; nothing is told.
parcel 1Z999AA10123456784 carrier=ups
rules
| rules:
|   - notice: delivery.delivered
|     when: status = 'delivered'
|   - notice: delivery.out_for_delivery
|     when: status = 'out_for_delivery'
|   - notice: delivery.on_its_way
|     when: first_scan_at IS NOT NULL
|     limit: shipment
at 30h  delivered @Columbus,OH,43085,US
-> opened delivery.delivered#1 at 30h: 
-> opened delivery.on_its_way#1 at 30h: 
-> job delivery.delivered delivery.delivered#1 opened: 
-> job delivery.on_its_way delivery.on_its_way#1 opened: 
at 31h  out_for_delivery @Columbus,OH,43004,US of 25h
-> moved delivery.on_its_way#1 to 25h
at 32h  in_transit/arrived_facility @Columbus,OH,43004,US of 20h
-> moved delivery.on_its_way#1 to 20h
at 32h  in_transit/arrived_facility @Columbus,OH,43004,US of 20h
expect  status=delivered scans=3 first_scan_at=20h last_scan_at=30h first_attempt_at=30h
any order
