# A repeat of the delivery keeps its time; a later proof adds who signed, and a damage report touches the health alone.
parcel 1Z999AA10123456784 carrier=ups
at 0h   out_for_delivery @Columbus,OH,43004,US
at 5h   delivered @Columbus,OH,43085,US
at 6h   delivered carrier_code=FS @Columbus,OH,43085,US
expect  status=delivered delivered_at=5h signed_by=none
at 30h  proof_of_delivery signed_by="J. SMITH"
expect  status=delivered delivered_at=5h signed_by="J. SMITH" last_scan_at=30h
at 31h  exception/damaged @Columbus,OH,43085,US
expect  status=delivered health=disputed after_terminal=true exceptions=0
any order
