# A forecast for the day after tomorrow, and a handheld whose clock is fast: nothing is silent because of either. When the
# time has really come, it is.
rules
| rules:
|   - delay: silent
|     when: silence > INTERVAL '36 hours'
|     because: "no scan for {silence}"
|     notify: { notice: delay.detected, recovered: delay.recovered }
parcel 1Z999AA10123456784 carrier=ups
at 0h   in_transit @Louisville,KY,40213,US
at 12h  moving of 50h
expect  status=in_transit open=none
at 20h  tick
at 37h  tick
-> opened silent#1 at 36h1ms: no scan for 36 hours
-> job delay.detected silent#1 opened: no scan for 36 hours
at 38h  out_for_delivery @Columbus,OH,43085,US
-> closed silent#1 at 38h, Recovered
-> job delay.recovered silent#1 recovered: over: out_for_delivery in Columbus, OH
at 39h  delivered @Columbus,OH,43085,US of 80h
expect  status=delivered open=none
