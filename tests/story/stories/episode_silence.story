# A parcel falls silent for two days; the delay opens once, at its exact instant though the tick comes later; then it
# moves again. The next silence is a new episode.
parcel 1Z999AA10123456784 carrier=ups
rules
| rules:
|   - delay: stalled_in_transit
|     when: status IN ('accepted', 'in_transit') AND silence > INTERVAL '36 hours'
|     until: silence < INTERVAL '1 hour'
|     health: stalled
|     notify: { notice: delay.detected, limit: episode, escalate: [24h, 72h], recovered: delay.recovered }
|     because: "no scan for {silence} since {city}, {region}"
at 0h   in_transit @Louisville,KY,40213,US
at 35h  tick
at 36h  tick
expect  open=none health=ok
at 48h  tick
-> opened stalled_in_transit#1 at 36h1ms: no scan for 36 hours since Louisville, KY
-> job delay.detected stalled_in_transit#1 opened: no scan for 36 hours since Louisville, KY
expect  open=stalled_in_transit@36h1ms health=stalled silence=48h
at 50h  tick
at 59h  notice delayed reason=nature.weather
expect  open=stalled_in_transit@36h1ms last_scan_at=0h last_heard_at=59h
at 60h  tick
at 60h  tick
at 61h  in_transit @Columbus,OH,43085,US
-> closed stalled_in_transit#1 at 61h, Recovered
-> job delay.detected stalled_in_transit#1 escalated.1: no scan for 2 days 12 hours since Louisville, KY
-> job delay.recovered stalled_in_transit#1 recovered: over: in_transit in Columbus, OH
expect  open=none health=ok
at 97h  tick
at 98h  tick
-> opened stalled_in_transit#2 at 97h1ms: no scan for 36 hours since Columbus, OH
-> job delay.detected stalled_in_transit#2 opened: no scan for 36 hours since Columbus, OH
at 99h  in_transit @Columbus,OH,43085,US
-> closed stalled_in_transit#2 at 99h, Recovered
-> job delay.recovered stalled_in_transit#2 recovered: over: in_transit in Columbus, OH
at 135h30m tick
-> opened stalled_in_transit#3 at 135h1ms: no scan for 36 hours since Columbus, OH
-> job delay.detected stalled_in_transit#3 opened: no scan for 36 hours since Columbus, OH
at 140h delivered @Columbus,OH,43085,US
-> closed stalled_in_transit#3 at 140h, Finished
expect  open=none health=ok
any order
