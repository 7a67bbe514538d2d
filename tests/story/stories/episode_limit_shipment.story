# `limit: shipment`: told once in the life of the shipment, however often it happens, escalations included.
parcel 1Z999AA10123456784 carrier=ups
rules
| rules:
|   - delay: misrouted
|     when: code = 'misrouted'
|     health: at_risk
|     notify: { notice: delay.misrouted, limit: shipment, escalate: [10h] }
|     because: misrouted
at 0h   in_transit/misrouted
-> opened misrouted#1 at 0h: misrouted
-> job delay.misrouted misrouted#1 opened: misrouted
at 2h   in_transit/arrived_facility
-> closed misrouted#1 at 2h, Recovered
at 4h   in_transit/misrouted
-> opened misrouted#2 at 4h: misrouted
at 20h  tick
at 21h  in_transit/arrived_facility
-> closed misrouted#2 at 21h, Recovered
at 22h  in_transit/misrouted
-> opened misrouted#3 at 22h: misrouted
expect  open=misrouted@22h
any order
