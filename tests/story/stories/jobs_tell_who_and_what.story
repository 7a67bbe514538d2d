# Two shipments of one order, told apart; the same story twice tells each job once: ids follow from shipment, rule,
# episode and step.
rules
| rules:
|   - notice: delivery.delivered
|     when: status = 'delivered'
parcel 1Z999AA10123456784 carrier=ups order_id=SO-1
at 0h   in_transit
at 10h  delivered
-> opened delivery.delivered#1 at 10h: 
-> job delivery.delivered delivery.delivered#1 opened: 
at 10h  delivered
parcel 986578788855 carrier=fedex order_id=SO-1
at 11h  delivered
-> opened delivery.delivered#1 at 11h: 
-> job delivery.delivered delivery.delivered#1 opened: 
at 12h  raw {"tracking_number":"986578788855","carrier":"fedex","order_id":"SO-1","status":"delivered","occurred_at":"2026-03-02T11:00:00Z"}
expect  order_id=SO-1 status=delivered records=1
any order
