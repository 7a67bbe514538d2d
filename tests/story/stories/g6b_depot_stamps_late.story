# G6 (b): the same depot stamps the upload with the time of the upload. Kept, flagged, and nothing moves.
parcel 986578788855 carrier=fedex
dates 2026 -05:00
place hub Memphis,TN,38118,US,MEM
place depot Dallas,TX,75212,US,DALD
place home Dallas,TX,75201,US
place other Houston,TX,77032,US,HOU
at 05-04 21:00 in_transit/arrived_facility @hub
at 05-05 05:10 in_transit/arrived_facility @depot
at 05-05 07:55 out_for_delivery @depot
at 05-05 10:00 delivered @home
at 05-05 18:30 in_transit/arrived_facility @depot
at +1h tick
expect status=delivered delivered_at="05-05 10:00" after_terminal=true reopened=false health=ok status_since="05-05 10:00" last_scan_at="05-05 18:30"
any order
