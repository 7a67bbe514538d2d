# G6 (a): delivered; in the evening the depot uploads what its handhelds read in the morning. Nothing reopens.
parcel 986578788855 carrier=fedex
dates 2026 -05:00
place hub Memphis,TN,38118,US,MEM
place depot Dallas,TX,75212,US,DALD
place home Dallas,TX,75201,US
place other Houston,TX,77032,US,HOU
at 05-04 21:00 in_transit/arrived_facility @hub
at 05-05 10:00 delivered @home
at 05-05 18:30 out_for_delivery @depot of 05-05 07:55
at 05-05 18:30 in_transit/arrived_facility @depot of 05-05 05:10
at +1h tick
expect status=delivered delivered_at="05-05 10:00" after_terminal=false reopened=false health=ok scans=4 last_scan_at="05-05 10:00"
any order
