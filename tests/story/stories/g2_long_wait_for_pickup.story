# G2, variant: a label waits eleven weeks for its parcel. No physical scan, no end before it: one journey.
parcel 986578788855 carrier=fedex
dates 2026 -05:00
at 03-02 09:00 admin label_created
at 05-20 16:30 accepted @Memphis,TN,38118,US
at +1h tick
expect status=accepted epoch=0 records=2 first_scan_at="05-20 16:30"
any order
