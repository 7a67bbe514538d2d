# G1: five days of failed doors, in the shape of FedEx. Seven notices move nothing, an attempt told twice counts once.
parcel 986578788855 carrier=fedex promised_at=2026-04-26 estimated_until=2026-04-26
dates 2026 -05:00
place A  Fresno,CA,93701,US,FAT
place A1 Fresno,CA,93725,US,FATH
place B  Phoenix,AZ,85034,US,PHX
place C  Memphis,TN,38118,US,MEM
place D1 Dallas,TX,75212,US,DALD
place E1 Garland,TX,75041,US,GARD
place D  Dallas,TX,75201,US
place E  Dallas,TX,75201,US
word OC admin info_received carrier_code=OC
word PU accepted/picked_up carrier_code=PU
word AR in_transit/arrived_facility carrier_code=AR
word AF in_transit/arrived_facility carrier_code=AF
word DP in_transit/departed_facility carrier_code=DP
word OD out_for_delivery carrier_code=OD
word AO notice on_schedule carrier_code=AO
word AE notice on_schedule carrier_code=AE
word AS notice address_corrected carrier_code=AS
word DE/08 attempt_failed carrier_code=DE/08 reason=consignee.not_home
word DE/id attempt_failed carrier_code=DE/id reason=consignee.id_failed
word DE/info exception/info_required carrier_code=DE/info reason=consignee.info_missing
word SE/label exception/label_unreadable carrier_code=SE/label reason=carrier.label_unreadable
word DL delivered carrier_code=DL

at 04-17 10:12 OC
at 04-17 16:40 PU @A
at 04-17 19:05 AR @A1
at 04-17 19:30 AO
at 04-18 02:10 DP @A1
at 04-18 21:44 AR @B
at 04-19 03:20 DP @B
at 04-20 06:15 AR @C
at 04-20 23:50 AR @D1
at 04-21 07:58 OD @D1
at 04-21 14:31 DE/08 @D
at 04-21 15:00 AO
at 04-21 19:12 AR @D1
at 04-22 08:20 OD @D1
at 04-22 13:05 DE/08 @D
at 04-22 13:40 AE
expect status=attempt_failed last_scan_at="04-22 13:05" last_heard_at="04-22 13:40" attempts=2
at 04-22 18:30 AR @D1
at 04-23 08:11 OD @D1
at 04-23 12:47 DE/id @D
at 04-23 22:50 DE/id @D
at 04-23 23:05 AE
at 04-24 04:33 AR @D1
at 04-24 04:33 OD @D1
expect status=out_for_delivery attempts=3 attempt_scans=4
at 04-24 15:10 DE/08 @D
at 04-24 15:30 AE
at 04-24 19:20 AR @D1
at 04-25 07:45 DE/info
expect status=exception code=info_required health=action_required attempts=4
at 04-25 09:10 AR @D1
at 04-25 10:00 AS
at 04-25 11:25 SE/label @D1
expect status=exception code=label_unreadable
at 04-25 12:00 AE
at 04-25 16:00 AF @D1
at 04-26 05:20 AR @E1
at 04-26 08:05 OD @E1
expect status=out_for_delivery delivered_at=none health=ok
at 04-26 11:52 DL @E
at +1h tick
expect status=delivered code=delivered delivered_at="04-26 11:52" delivered_at_earliest="04-26 11:52" attempts=4 attempt_scans=5 exceptions=2 first_attempt_at="04-21 14:31" first_scan_at="04-17 16:40" last_scan_at="04-26 11:52" status_since="04-26 11:52" scans=27 records=35 health=ok carrier_code=DL reason=none estimated_original="04-26 18:59:59.999" unusual=false reopened=false after_terminal=false zone_unproven=false silence=none lane=US-CA>US-TX
any order
