# The clock and the calendar of the last place known count, before there is one those of UTC and of nowhere: Good Friday and
# Easter Monday are off in Frankfurt, and Wednesday begins there two hours before it does in UTC.
parcel 1Z999AA10123456784 carrier=ups
dates 2026 Z
rules
| rules:
|   - delay: untouched
|     when: business_days_between(status_since, now) >= 2
|     health: stalled
|     because: "two business days without news in {local_zone}, {local_country}"
|   - notice: good_morning
|     when: status = 'in_transit' AND extract(hour FROM local_time(now)) BETWEEN 8 AND 9
|     limit: day
at 04-02 10:00 announced
expect local_zone=UTC local_country=none open=none
at 04-02 16:00 in_transit @Frankfurt,HE,,DE
expect local_zone=Europe/Berlin local_country=DE open=none
at 04-03 12:00 tick
-> opened good_morning#1 at 04-03 06:00: 
-> closed good_morning#1 at 04-03 08:00, Recovered
-> job good_morning good_morning#1 opened: 
at 04-08 12:00 tick
-> opened good_morning#2 at 04-04 06:00: 
-> closed good_morning#2 at 04-04 08:00, Recovered
-> opened good_morning#3 at 04-05 06:00: 
-> closed good_morning#3 at 04-05 08:00, Recovered
-> opened good_morning#4 at 04-06 06:00: 
-> closed good_morning#4 at 04-06 08:00, Recovered
-> opened good_morning#5 at 04-07 06:00: 
-> closed good_morning#5 at 04-07 08:00, Recovered
-> opened good_morning#6 at 04-08 06:00: 
-> closed good_morning#6 at 04-08 08:00, Recovered
-> opened untouched#1 at 04-07 22:00: two business days without news in Europe/Berlin, DE
-> job good_morning good_morning#2 opened: 
-> job good_morning good_morning#3 opened: 
-> job good_morning good_morning#4 opened: 
-> job good_morning good_morning#5 opened: 
-> job good_morning good_morning#6 opened: 
at 04-08 18:00 in_transit @Phoenix,AZ,,US
expect local_zone=America/Phoenix local_country=US
any order
