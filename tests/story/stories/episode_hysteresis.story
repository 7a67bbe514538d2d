# `until`: what opened stays open while its condition comes and goes, and closes when `until` holds or the journey ends.
parcel 1Z999AA10123456784 carrier=ups
rules
| rules:
|   - delay: damaged_once
|     when: code = 'damaged'
|     until: status = 'out_for_delivery'
|     health: action_required
|     notify: { notice: delay.damaged, recovered: delay.repaired }
|     because: damaged
at 0h   exception/damaged
-> opened damaged_once#1 at 0h: damaged
-> job delay.damaged damaged_once#1 opened: damaged
at 1h   in_transit
expect  open=damaged_once@0h health=action_required
at 2h   exception/damaged
at 3h   in_transit
at 4h   out_for_delivery
-> closed damaged_once#1 at 4h, Recovered
-> job delay.repaired damaged_once#1 recovered: over: out_for_delivery
expect  open=none
at 5h   exception/damaged
-> opened damaged_once#2 at 5h: damaged
-> job delay.damaged damaged_once#2 opened: damaged
at 9h   delivered
-> closed damaged_once#2 at 9h, Finished
expect  open=none health=ok
any order
