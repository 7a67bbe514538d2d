# Where it is to go is known from the label on; a later record that knows less erases nothing, one that says another place does.
parcel 1Z999AA10123456784 carrier=ups
at 0h   announced destination_city=Anchorage destination_region=AK destination_postal_code=99501 destination_country=US
expect  destination_city=Anchorage destination_region=AK destination_postal_code=99501 destination_country=US lane=none
at 20h  accepted @Louisville,KY,40213,US
expect  destination_region=AK lane=US-KY>US-AK
at 30h  in_transit @Louisville,KY,40213,US destination_country=US
expect  destination_city=Anchorage destination_region=AK destination_postal_code=99501 destination_country=US
at 40h  in_transit @Seattle,WA,98101,US
expect  destination_region=AK lane=US-KY>US-AK
at 50h  in_transit @Seattle,WA,98101,US destination_postal_code=99801 destination_country=US
expect  destination_city=none destination_region=none destination_postal_code=99801 lane=US-KY>US
at 51h  address_corrected destination_city=Juneau destination_region=AK destination_country=US
expect  destination_city=Juneau destination_region=AK destination_postal_code=99801 lane=US-KY>US-AK
# Where the van is does not move it.
at 90h  out_for_delivery @Seattle,WA,98101,US
expect  destination_city=Juneau lane=US-KY>US-AK
at 99h  delivered @Seattle,WA,98101,US
expect  destination_city=Juneau status=delivered
any order
