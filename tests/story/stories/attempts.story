# Visits at the door: the first counts, one after a van counts, one eighteen hours later counts, another restates. The
# carrier's own number wins if it is larger.
parcel 1Z999AA10123456784 carrier=ups
at 0h   attempt_failed
expect  attempts=1 first_attempt_at=0h
at 17h59m attempt_failed
expect  attempts=1 attempt_scans=2
at 18h  attempt_failed
expect  attempts=2
at 20h  attempt_failed/card_left
expect  attempts=2
at 21h  out_for_delivery
at 22h  attempt_failed
expect  attempts=3
at 23h  attempt_failed attempt=5
expect  attempts=5 attempt_scans=6
any order
