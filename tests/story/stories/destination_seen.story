# Nobody states where it is to go: the last stretch shows it.
parcel 1Z999AA10123456784 carrier=ups
at 0h   accepted @Louisville,KY,40213,US
expect  destination_region=none destination_country=none lane=none
at 30h  out_for_delivery @Columbus,OH,43085,US
expect  destination_city=Columbus destination_region=OH destination_postal_code=43085 destination_country=US lane=US-KY>US-OH
at 31h  attempt_failed @Columbus,OH,43085,US
# A carrier that then says so says it better.
at 40h  in_transit @Columbus,OH,43004,US destination_city=Dublin destination_region=OH destination_country=US
expect  destination_city=Dublin destination_postal_code=none lane=US-KY>US-OH
any order
