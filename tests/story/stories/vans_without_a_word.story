# Two vans more than a day apart with nothing told between: the first visit failed in silence, and is the first attempt.
parcel 1Z999AA10123456784 carrier=ups
at 0h   out_for_delivery
at 20h  out_for_delivery carrier_code=2
expect  first_attempt_at=none
at 49h  out_for_delivery carrier_code=3
expect  first_attempt_at=20h attempts=0
at 50h  delivered
expect  first_attempt_at=20h
any order
