# A scan that happened at 20h is heard at 50h, when the silence was already told. The delay was no delay then; there is
# none now. Heard at 100h it is one all the same, only from another instant: it stays the same episode, told once.
parcel 1Z999AA10123456784 carrier=ups
rules
| rules:
|   - delay: stalled_in_transit
|     when: status = 'in_transit' AND silence > INTERVAL '36 hours'
|     until: silence < INTERVAL '1 hour'
|     health: stalled
|     notify: { notice: delay.detected, escalate: [48h], recovered: delay.recovered }
|     because: silent for {silence}
at 0h   in_transit
at 40h  tick
-> opened stalled_in_transit#1 at 36h1ms: silent for 36 hours
-> job delay.detected stalled_in_transit#1 opened: silent for 36 hours
expect  open=stalled_in_transit@36h1ms
at 50h  in_transit of 20h
-> closed stalled_in_transit#1 at 36h1ms, Recovered
-> job delay.recovered stalled_in_transit#1 recovered: over: in_transit
expect  open=none
at 60h  tick
-> opened stalled_in_transit#2 at 56h1ms: silent for 36 hours
-> job delay.detected stalled_in_transit#2 opened: silent for 36 hours
expect  open=stalled_in_transit@56h1ms
at 100h in_transit of 30h
-> moved stalled_in_transit#2 to 66h1ms
expect  open=stalled_in_transit@66h1ms silence=70h
at 120h tick
-> job delay.detected stalled_in_transit#2 escalated.1: silent for 3 days 12 hours
any order
