# One delivery from two feeds, one with an offset and one in UTC: two keys, and harmless, for a repeat stays a repeat.
parcel 1Z999AA10123456784 carrier=ups
at 0h   raw {"tracking_number":"1Z999AA10123456784","carrier":"ups","status":"delivered","occurred_at":"2026-03-02T09:00:00-05:00","source":"easypost"}
at 1h   raw {"tracking_number":"1Z999AA10123456784","carrier":"ups","status":"delivered","occurred_at":"2026-03-02T14:00:00Z","source":"shippo"}
expect  status=delivered records=2 delivered_at=14h
any order
