# `for`: a condition that does not hold for long enough opens nothing; one that does opens when it has.
parcel 1Z999AA10123456784 carrier=ups
rules
| rules:
|   - delay: held_up
|     when: status = 'exception'
|     for: 6h
|     health: at_risk
|     notify: { notice: delay.held }
|     because: held as {code}
at 0h   exception/held
at 5h   tick
at 5h30m in_transit
at 7h   tick
expect  open=none health=ok
at 8h   exception/damaged
at 10h  exception/held
at 13h59m tick
expect  open=none
at 15h  tick
-> opened held_up#1 at 14h: held as held
-> job delay.held held_up#1 opened: held as held
expect  open=held_up@14h health=at_risk
at 16h  out_for_delivery
-> closed held_up#1 at 16h, Recovered
any order
