# What cannot be taken is refused with what to do, and the rest goes on.
parcel 1Z999AA10123456784 carrier=ups
at 0h   in_transit
at 1h   raw {"tracking_number":"1Z999AA10123456784","carrier":"ups","status":"in_transit"}
-> refused no_time: occurred_at is missing; send when it happened as the carrier states it, never when you heard of it
at 1h   raw {"tracking_number":"1Z999AA10123456784","carrier":"ups","status":"deliverd","occurred_at":"2026-03-02T01:00:00Z"}
-> refused unknown_status: status `deliverd` is unknown; did you mean `delivered`?
at 1h   in_transit of 2027-03-02 01:00
-> refused time_in_future: 
at 2h   raw nonsense
-> refused not_json: not JSON at byte 0: the line does not begin with `{`; send one JSON object per line
expect  status=in_transit records=1
any order
