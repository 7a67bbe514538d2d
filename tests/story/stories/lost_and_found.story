# Declared lost, found, delivered: reopened, and nobody disputes it.
parcel 1Z999AA10123456784 carrier=ups
at 0h   in_transit
at 200h admin failed/lost reason=carrier.lost
expect  status=failed health=action_required
at 300h in_transit @Columbus,OH,43004,US
expect  status=in_transit reopened=true health=ok
at 320h delivered
expect  status=delivered reopened=true delivered_at=320h
any order
