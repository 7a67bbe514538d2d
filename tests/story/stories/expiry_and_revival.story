# Thirty days without a word: expired, and nothing more is told. A scan brings it back, and the row goes on from there.
parcel 1Z999AA10123456784 carrier=ups
rules
| rules:
|   - delay: stalled_in_transit
|     when: status IN ('accepted', 'in_transit') AND silence > INTERVAL '36 hours'
|     health: stalled
|     notify: { notice: delay.detected, recovered: delay.recovered }
|     because: silent for {silence}
|   - notice: shipment.expired
|     when: status = 'expired'
at 0h   in_transit/arrived_facility @Louisville,KY,40213,US
at 29d  tick
-> opened stalled_in_transit#1 at 36h1ms: silent for 36 hours
-> job delay.detected stalled_in_transit#1 opened: silent for 36 hours
expect  status=in_transit open=stalled_in_transit@36h1ms
at 30d1h tick
-> opened shipment.expired#1 at 720h: 
-> closed stalled_in_transit#1 at 720h, Finished
-> job shipment.expired shipment.expired#1 opened: 
expect  status=expired code=no_information status_since=720h open=shipment.expired@720h health=stalled silence=721h
at 40d  in_transit/departed_facility @Columbus,OH,43085,US
-> closed shipment.expired#1 at 960h, Recovered
expect  status=in_transit code=departed_facility status_since=0h open=none silence=0h
at 41d  delivered @Columbus,OH,43085,US
at 90d  tick
expect  status=delivered open=none
any order
