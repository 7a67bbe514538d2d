# The engine slept for four days. When the tick comes, everything fell due at its own instant: opening, and one step.
parcel 1Z999AA10123456784 carrier=ups
rules
| rules:
|   - delay: stalled_in_transit
|     when: status = 'in_transit' AND silence > INTERVAL '36 hours'
|     health: stalled
|     notify: { notice: delay.detected, escalate: [24h, 72h] }
|     because: silent for {silence}
at 0h   in_transit
at 96h  tick
-> opened stalled_in_transit#1 at 36h1ms: silent for 36 hours
-> job delay.detected stalled_in_transit#1 opened: silent for 36 hours
-> job delay.detected stalled_in_transit#1 escalated.1: silent for 2 days 12 hours
expect  open=stalled_in_transit@36h1ms health=stalled
any order
