# Other rules come into force. What was open stays open where the rule keeps its name; a rule that is gone closes without a
# word; a new one says nothing of what it finds, unless it asks for that (`backfill: all`), or does not even open (`none`).
parcel 1Z999AA10123456784 carrier=ups promised_at=2026-03-04T00:00:00Z
rules
| rules:
|   - delay: kept
|     when: silence > INTERVAL '10 hours'
|     health: at_risk
|     notify: { notice: delay.detected, limit: episode, escalate: [24h], recovered: delay.recovered }
|     because: "silent for {silence}"
|   - delay: gone
|     when: silence > INTERVAL '10 hours'
|     health: stalled
|     notify: { notice: delay.gone, recovered: delay.gone_over }
|     because: "silent for {silence}"
|   - delay: stricter
|     when: silence > INTERVAL '10 hours'
|     health: at_risk
|     notify: { notice: delay.stricter, recovered: delay.stricter_over }
|     because: "silent for {silence}"
at 0h   in_transit city=Louisville
at 11h  tick
-> opened gone#1 at 10h1ms: silent for 10 hours
-> opened kept#1 at 10h1ms: silent for 10 hours
-> opened stricter#1 at 10h1ms: silent for 10 hours
-> job delay.detected kept#1 opened: silent for 10 hours
-> job delay.gone gone#1 opened: silent for 10 hours
-> job delay.stricter stricter#1 opened: silent for 10 hours
rules
| rules:
|   - delay: kept
|     when: silence > INTERVAL '10 hours'
|     health: late
|     notify: { notice: delay.detected, limit: episode, escalate: [24h], recovered: delay.recovered }
|     because: "no scan for {silence}"
|   - delay: stricter
|     when: silence > INTERVAL '30 hours'
|     health: at_risk
|     notify: { notice: delay.stricter, recovered: delay.stricter_over }
|     because: "silent for {silence}"
|   - delay: new_all
|     when: silence > INTERVAL '5 hours'
|     notify: { notice: delay.new_all, recovered: delay.new_all_over }
|     backfill: all
|     because: "silent for {silence}"
|   - delay: new_open_only
|     when: silence > INTERVAL '5 hours'
|     notify: { notice: delay.new_open_only, escalate: [1h], recovered: delay.new_open_only_over }
|     because: "silent for {silence}"
|   - delay: new_held
|     when: silence > INTERVAL '5 hours'
|     for: 2h
|     notify: { notice: delay.new_held, recovered: delay.new_held_over }
|     because: "silent for {silence}"
|   - delay: new_none
|     when: silence > INTERVAL '5 hours'
|     health: disputed
|     notify: { notice: delay.new_none, recovered: delay.new_none_over }
|     backfill: none
|     because: "silent for {silence}"
|   - notice: delivery.later
|     when: silence > INTERVAL '15 hours'
at 12h  switch
-> closed gone#1 at 12h, RuleRemoved
-> opened new_all#1 at 12h: silent for 12 hours
-> opened new_open_only#1 at 12h: silent for 12 hours
-> closed stricter#1 at 12h, RuleChanged
-> job delay.new_all new_all#1 opened: silent for 12 hours
expect  open=kept@10h1ms,new_all@12h,new_open_only@12h health=late
at 13h  restart
at 14h  tick
-> opened new_held#1 at 14h: silent for 14 hours
at 16h  tick
-> opened delivery.later#1 at 15h1ms: 
-> job delivery.later delivery.later#1 opened: 
at 31h  tick
-> opened stricter#2 at 30h1ms: silent for 30 hours
-> job delay.stricter stricter#2 opened: silent for 30 hours
at 35h  tick
-> job delay.detected kept#1 escalated.1: no scan for 34 hours
at 36h  in_transit city=Columbus
-> closed delivery.later#1 at 36h, Recovered
-> closed kept#1 at 36h, Recovered
-> closed new_all#1 at 36h, Recovered
-> closed new_held#1 at 36h, Recovered
-> closed new_open_only#1 at 36h, Recovered
-> closed stricter#2 at 36h, Recovered
-> job delay.recovered kept#1 recovered: over: in_transit in Columbus
-> job delay.new_all_over new_all#1 recovered: over: in_transit in Columbus
-> job delay.stricter_over stricter#2 recovered: over: in_transit in Columbus
expect  open=none health=ok
at 42h  tick
-> opened new_all#2 at 41h1ms: silent for 5 hours
-> opened new_none#2 at 41h1ms: silent for 5 hours
-> opened new_open_only#2 at 41h1ms: silent for 5 hours
-> job delay.new_all new_all#2 opened: silent for 5 hours
-> job delay.new_open_only new_open_only#2 opened: silent for 5 hours
-> job delay.new_none new_none#2 opened: silent for 5 hours
at 50h  tick
-> opened kept#2 at 46h1ms: no scan for 10 hours
-> opened new_held#2 at 43h1ms: silent for 7 hours
-> job delay.new_open_only new_open_only#2 escalated.1: silent for 6 hours
-> job delay.new_held new_held#2 opened: silent for 7 hours
-> job delay.detected kept#2 opened: no scan for 10 hours
