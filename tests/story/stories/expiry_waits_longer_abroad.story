# A parcel that crossed a border has sixty days. A notice is a word too: it puts the expiry off, not the silence.
parcel RB123456785GB carrier=royal_mail
at 0h   accepted @London,,EC1A,GB
at 2d   in_transit @New-York,NY,10001,US
at 40d  tick
expect  status=in_transit health=stalled
at 50d  notice moving
at 62d  tick
expect  status=in_transit last_scan_at=48h last_heard_at=1200h
at 111d tick
expect  status=expired status_since=2640h
any order
