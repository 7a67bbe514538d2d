# An attempt before the promise ran out: what comes later is not the carrier's lateness.
parcel 1Z999AA10123456784 carrier=ups promised_at=2026-03-03T20:00:00Z
start 2026-03-02T00:00:00Z
at 0h   accepted
at 40h  out_for_delivery
at 43h  attempt_failed/card_left reason=consignee.not_home
expect  health=action_required attempts=1
at 46h  in_transit
at 50h  tick
expect  health=ok overdue=6h first_attempt_at=43h
at 51h  in_transit estimated_until=2026-03-06
expect  health=late_predicted estimated_until=119h59m59s999ms
any order
