# G6 (e): the label was voided, and the parcel is picked up all the same.
parcel 986578788855 carrier=fedex
dates 2026 -05:00
place hub Memphis,TN,38118,US,MEM
place depot Dallas,TX,75212,US,DALD
place home Dallas,TX,75201,US
place other Houston,TX,77032,US,HOU
at 05-05 08:00 admin label_created
at 05-05 09:00 admin cancelled/label_voided
expect status=cancelled code=label_voided
at 05-06 16:00 accepted/picked_up @hub
at +1h tick
expect status=accepted code=picked_up reopened=true unusual=false health=ok
any order
