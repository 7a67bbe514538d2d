# While it stays open it escalates, each step once; a restart in between changes nothing; then it recovers.
parcel 1Z999AA10123456784 carrier=ups
rules
| rules:
|   - delay: stalled_in_transit
|     when: status = 'in_transit' AND silence > INTERVAL '36 hours'
|     until: silence < INTERVAL '1 hour'
|     health: stalled
|     notify: { notice: delay.detected, escalate: [24h, 72h], recovered: delay.recovered }
|     because: silent for {silence}
at 0h   in_transit
at 37h  tick
-> opened stalled_in_transit#1 at 36h1ms: silent for 36 hours
-> job delay.detected stalled_in_transit#1 opened: silent for 36 hours
at 50h  restart
at 59h  tick
at 61h  tick
-> job delay.detected stalled_in_transit#1 escalated.1: silent for 2 days 12 hours
at 61h  restart
at 90h  tick
at 109h tick
-> job delay.detected stalled_in_transit#1 escalated.2: silent for 4 days 12 hours
at 200h tick
at 201h in_transit
-> closed stalled_in_transit#1 at 201h, Recovered
-> job delay.recovered stalled_in_transit#1 recovered: over: in_transit
any order
