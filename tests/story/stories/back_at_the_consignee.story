# On the way back, but delivered where it was meant to go, which is not where it came from: delivered, and unusual.
parcel 1Z999AA10123456784 carrier=ups
at 0h   accepted @Louisville,KY,40213,US
at 40h  attempt_failed/attempt_refused reason=consignee.refused @Columbus,OH,43085,US
at 41h  returning reason=consignee.refused
at 60h  in_transit @Columbus,OH,43004,US
expect  status=returning code=in_transit
at 65h  delivered @Columbus,OH,43085,US
expect  status=delivered unusual=true delivered_at=65h
any order
