# What asks the consignee or the merchant to act, and what no longer does.
parcel 1Z999AA10123456784 carrier=ups
at 0h   announced/handover_missed
expect  health=action_required
at 1h   accepted
expect  health=ok
at 2h   customs/customs_payment_required
expect  health=action_required
at 3h   notice payment_received
expect  health=action_required
at 4h   customs/customs_processing
expect  health=ok
at 5h   exception/address_problem
expect  health=action_required
at 6h   exception/held
expect  health=ok
at 7h   in_transit/misrouted
expect  health=at_risk
at 8h   available_for_pickup
expect  health=action_required
at 9h   delivered/delivered_damaged
expect  health=action_required status=delivered
at 10h  delivered
expect  health=action_required delivered_at=9h
any order
