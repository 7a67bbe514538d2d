# G6 (d): the consignee sends it back. A delivery at the place it came from is its return.
parcel 986578788855 carrier=fedex
dates 2026 -05:00
place hub Memphis,TN,38118,US,MEM
place depot Dallas,TX,75212,US,DALD
place home Dallas,TX,75201,US
place other Houston,TX,77032,US,HOU
at 05-02 16:00 accepted @hub
at 05-05 07:55 out_for_delivery @depot
at 05-05 10:00 delivered @home
at 05-11 14:00 returning/return_started @home
expect status=returning code=return_started delivered_at="05-05 10:00" reopened=false
at 05-12 05:00 in_transit/arrived_facility @hub
expect status=returning code=arrived_facility
at 05-13 12:00 delivered @hub
at +1h tick
expect status=returned code=returned_to_sender status_since="05-13 12:00" reopened=false unusual=false health=action_required delivered_at="05-05 10:00" first_attempt_at="05-05 10:00"
any order
