# A stated destination is no place where it was: on the way back, a delivery there is one to the sender.
parcel 1Z999AA10123456784 carrier=ups
at 0h   accepted @Louisville,KY,40213,US destination_city=Columbus destination_region=OH destination_postal_code=43085 destination_country=US
at 41h  returning reason=consignee.refused
at 65h  delivered @Columbus,OH,43085,US
expect  status=returned unusual=false destination_city=Columbus
any order
