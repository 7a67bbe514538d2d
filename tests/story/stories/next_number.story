# A number that names its successor never ends as delivered: it was handed on, whenever the link is heard of.
parcel LX123456785CN carrier=china_post
at 0h   accepted @Shenzhen,GD,518000,CN
at 90h  in_transit/arrived_country @Chicago,IL,60607,US
at 100h delivered @Chicago,IL,60607,US
expect  status=delivered delivered_at=100h
at 101h in_transit/handed_to_partner next_carrier=usps next_tracking_number=9400111899223197428490 @Chicago,IL,60607,US of 99h
expect  status=in_transit code=handed_to_partner delivered_at=none next_carrier=usps next_tracking_number=9400111899223197428490 reopened=false
any order
