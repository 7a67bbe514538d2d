# Late the moment after the reading of the promise that favours the carrier: a date ends twelve hours later in the west.
parcel 1Z999AA10123456784 carrier=ups promised_at=2026-03-04
start 2026-03-02T00:00:00Z
at 0h   accepted
at 40h  in_transit
at 70h  notice delayed
expect  health=at_risk delay_notice=true promised_at=71h59m59s999ms promised_at_latest=83h59m59s999ms
at 83h59m tick
expect  health=at_risk overdue=-59s999ms
at 84h  tick
expect  health=late overdue=1ms
at 85h  out_for_delivery
expect  health=late delay_notice=false
at 86h  delivered
expect  health=ok overdue=none
any order
