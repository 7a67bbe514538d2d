# The rules that Milepost ships, over an ordinary bad week.
rules rules/library/stalled.yaml
parcel 1Z999AA10123456784 carrier=ups promised_at=2026-03-05
at 0h   announced
at 20h  accepted @Louisville,KY,40213,US
at 30h  in_transit/departed_facility @Louisville,KY,40213,US
at 5d   tick
-> opened stalled_in_transit#1 at 102h1ms: no scan for 3 days since Louisville, KY
-> job delay.detected stalled_in_transit#1 opened: no scan for 3 days since Louisville, KY
at 6d   in_transit/arrived_facility @Columbus,OH,43085,US
-> closed stalled_in_transit#1 at 144h, Recovered
-> job delay.recovered stalled_in_transit#1 recovered: over: in_transit in Columbus, OH
at 7d   out_for_delivery @Columbus,OH,43085,US
at 7d4h delivered @Columbus,OH,43085,US
expect  status=delivered open=none health=ok
any order
