# Mere dates sort by rank: what begins a day at its start, vans and exceptions at noon, ends at its last second.
parcel 1Z999AA10123456784 carrier=ups
dates 2026
at 03-02 delivered @Columbus,OH,43085,US
at 03-02 out_for_delivery @Columbus,OH,43085,US
at 03-02 in_transit/arrived_facility @Columbus,OH,43085,US
dates 2026 Z
expect status=delivered delivered_at="03-03 04:59:59" delivered_at_earliest="03-02 05:00" first_scan_at="03-02 05:00" bounds="03-02 05:00 to 03-03 04:59:59.999"
any order
