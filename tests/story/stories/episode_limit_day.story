# `limit: day`: three vans on one local day are told once, the van of the next morning again. The day is that of the place:
# 23:30 and 00:30 in the west are two days, though one in UTC.
parcel 1Z999AA10123456784 carrier=ups
dates 2026 -05:00
rules
| rules:
|   - notice: delivery.out_for_delivery
|     when: status = 'out_for_delivery'
|     limit: day
at 03-02 08:00 out_for_delivery
-> opened delivery.out_for_delivery#1 at 03-02 08:00: 
-> job delivery.out_for_delivery delivery.out_for_delivery#1 opened: 
at 03-02 12:00 attempt_failed
-> closed delivery.out_for_delivery#1 at 03-02 12:00, Recovered
at 03-02 14:00 out_for_delivery
-> opened delivery.out_for_delivery#2 at 03-02 14:00: 
at 03-02 16:00 attempt_failed
-> closed delivery.out_for_delivery#2 at 03-02 16:00, Recovered
at 03-02 23:30 out_for_delivery
-> opened delivery.out_for_delivery#3 at 03-02 23:30: 
at 03-02 23:40 in_transit
-> closed delivery.out_for_delivery#3 at 03-02 23:40, Recovered
at 03-03 00:30 out_for_delivery
-> opened delivery.out_for_delivery#4 at 03-03 00:30: 
-> job delivery.out_for_delivery delivery.out_for_delivery#4 opened: 
at 03-03 01:00 in_transit
-> closed delivery.out_for_delivery#4 at 03-03 01:00, Recovered
any order
