//! What differs when a golden story is told in the format of a carrier, and why it must.

/// Stories, and what differs in each: line of the story, fact, and what it is in this format.
type Exceptions = &'static [(&'static str, &'static [&'static str])];

/// Those of a format.
pub(crate) fn of(format: &str) -> Exceptions {
    match format {
        "easypost" => EASYPOST,
        "aftership" => AFTERSHIP,
        "fedex_track" => FEDEX_TRACK,
        "x12_214" => X12_214,
        "epcis" => EPCIS,
        _other => &[],
    }
}

/// EasyPost has one word for every failed door, no customs, no code for a voided label, a parcel shop or a collection, and
/// nothing that withdraws. Its times may be those of the place, where a place has several zones those of the middle; its
/// estimate is repeated with each event, as a day, and a newer event does not say that it is the newer.
const EASYPOST: Exceptions = &[
    (
        "g1_failed_doors",
        &[
            "43 attempts=0",
            "43 status=exception",
            "51 attempt_scans=0",
            "51 attempts=0",
            "56 attempts=0",
            "56 code=exception",
            "56 health=ok",
            "60 code=exception",
            "68 attempt_scans=0",
            "68 attempts=0",
            "68 delivered_at_earliest=04-26 06:52",
            "68 exceptions=7",
            "68 records=69",
            "68 zone_unproven=true",
        ],
    ),
    (
        "g3_two_legs",
        &["19 code=in_transit", "19 status=in_transit", "22 code=arrived_facility"],
    ),
    ("g3_waits_for_routing", &["11 last_heard_at=05-06 12:05"]),
    (
        "g4_date_only_forecast",
        &["10 code=in_transit", "10 last_scan_at=06-02 02:41", "10 silence=57h19m"],
    ),
    (
        "g5_appointment",
        &["9 estimated_until=09-29 11:00", "9 zone_unproven=true"],
    ),
    (
        "g5_zone_of_the_place",
        &[
            "7 bounds=09-30 14:02 to 09-30 20:02",
            "7 delivered_at_earliest=09-30 14:02",
            "7 zone_unproven=true",
        ],
    ),
    ("g6e_label_voided", &["10 code=cancelled", "13 code=received_origin"]),
    (
        "g6f_locker",
        &["20 pickup_until=none", "22 code=ready_for_pickup", "32 code=delivered"],
    ),
    (
        "g7_no_promise",
        &["18 health=stalled", "18 silence=72h30m", "20 silence=72h31m"],
    ),
    (
        "g8_retraction",
        &[
            "17 said",
            "21 delivered_at=05-05 11:00",
            "21 retracted=false",
            "21 status=delivered",
            "23 said",
            "28 delivered_at=05-05 11:00",
            "28 first_attempt_at=05-05 11:00",
            "28 records=5",
            "28 retracted=false",
            "28 scans=4",
        ],
    ),
    (
        "g8_retraction_comes_first",
        &[
            "11 said",
            "12 delivered_at=05-05 11:00",
            "12 retracted=false",
            "12 status=delivered",
            "14 said",
            "18 delivered_at=05-05 11:00",
            "18 first_attempt_at=05-05 11:00",
            "18 records=5",
            "18 retracted=false",
            "18 scans=4",
        ],
    ),
    (
        "g8_changed_message",
        &["15 city=DALAS", "15 delivered_at=05-05 11:30", "9 said"],
    ),
];

/// AfterShip has no words for some notices and exceptions, and nothing that withdraws. Its estimate is one record.
const AFTERSHIP: Exceptions = &[
    (
        "g1_failed_doors",
        &[
            "43 last_heard_at=04-22 13:05",
            "56 code=exception",
            "56 health=ok",
            "60 code=exception",
            "68 carrier_code=Delivered_001/DL",
            "68 records=56",
        ],
    ),
    ("g3_two_legs", &["22 code=arrived_facility"]),
    ("g3_waits_for_routing", &["11 last_heard_at=05-06 12:05"]),
    (
        "g4_date_only_forecast",
        &[
            "10 code=in_transit",
            "10 last_heard_at=06-02 03:11",
            "10 records=2",
            "13 records=3",
            "13 zone_unproven=false",
        ],
    ),
    ("g6e_label_voided", &["10 code=cancelled"]),
    ("g6f_locker", &["20 pickup_until=none", "22 code=ready_for_pickup"]),
    (
        "g8_retraction",
        &[
            "17 said",
            "21 delivered_at=05-05 11:00",
            "21 retracted=false",
            "21 status=delivered",
            "23 said",
            "28 delivered_at=05-05 11:00",
            "28 first_attempt_at=05-05 11:00",
            "28 retracted=false",
            "28 scans=4",
        ],
    ),
    (
        "g8_retraction_comes_first",
        &[
            "11 said",
            "12 delivered_at=05-05 11:00",
            "12 retracted=false",
            "12 status=delivered",
            "14 said",
            "18 delivered_at=05-05 11:00",
            "18 first_attempt_at=05-05 11:00",
            "18 retracted=false",
            "18 scans=4",
        ],
    ),
];

/// FedEx has no numbers for the exceptions that this story makes up, and nothing that withdraws. Estimate and signature are
/// records of their own.
const FEDEX_TRACK: Exceptions = &[
    (
        "g1_failed_doors",
        &[
            "51 attempt_scans=2",
            "51 attempts=2",
            "56 attempts=3",
            "56 code=exception",
            "56 health=ok",
            "60 code=exception",
            "68 attempt_scans=3",
            "68 attempts=3",
            "68 exceptions=4",
            "68 records=69",
        ],
    ),
    ("g6e_label_voided", &["10 code=cancelled"]),
    (
        "g6f_locker",
        &["20 pickup_until=none", "22 code=ready_for_pickup", "32 code=delivered"],
    ),
    (
        "g8_retraction",
        &[
            "17 said",
            "21 delivered_at=05-05 11:00",
            "21 retracted=false",
            "21 status=delivered",
            "23 said",
            "28 delivered_at=05-05 11:00",
            "28 first_attempt_at=05-05 11:00",
            "28 retracted=false",
            "28 scans=4",
        ],
    ),
    (
        "g8_retraction_comes_first",
        &[
            "11 said",
            "12 delivered_at=05-05 11:00",
            "12 retracted=false",
            "12 status=delivered",
            "14 said",
            "18 delivered_at=05-05 11:00",
            "18 first_attempt_at=05-05 11:00",
            "18 retracted=false",
            "18 scans=4",
        ],
    ),
    ("g8_changed_message", &["15 records=3", "15 scans=3"]),
];

/// X12 has no words for notices, for a parcel that waits to be collected or goes back, and nothing that withdraws. Its
/// estimates are of the sender's clock, wherever that is.
const X12_214: Exceptions = &[
    (
        "g1_failed_doors",
        &[
            "43 last_heard_at=04-22 13:05",
            "56 code=held",
            "56 health=ok",
            "60 code=held",
            "68 carrier_code=D1/NS",
            "68 records=55",
            "68 zone_unproven=true",
        ],
    ),
    (
        "g4_date_only_forecast",
        &[
            "10 code=in_transit",
            "10 last_heard_at=06-02 03:11",
            "10 records=2",
            "13 records=3",
            "13 zone_unproven=false",
        ],
    ),
    (
        "g5_appointment",
        &["9 last_heard_at=09-28 09:00", "9 zone_unproven=true"],
    ),
    (
        "g6d_sent_back",
        &[
            "12 code=delivered",
            "12 status=delivered",
            "14 status=in_transit",
            "17 code=delivered",
            "17 delivered_at=05-13 12:00",
            "17 health=ok",
            "17 reopened=true",
            "17 status=delivered",
        ],
    ),
    ("g6e_label_voided", &["10 code=cancelled"]),
    (
        "g6f_locker",
        &[
            "17 said",
            "20 first_attempt_at=none",
            "20 health=ok",
            "20 pickup_until=none",
            "20 status=in_transit",
            "22 code=arrived_delivery_depot",
            "22 status=in_transit",
            "23 said",
            "26 said",
            "32 code=delivered",
            "32 first_attempt_at=05-08 12:20",
        ],
    ),
    (
        "g8_retraction",
        &[
            "17 said",
            "21 delivered_at=05-05 11:00",
            "21 retracted=false",
            "21 status=delivered",
            "23 said",
            "28 delivered_at=05-05 11:00",
            "28 first_attempt_at=05-05 11:00",
            "28 retracted=false",
            "28 scans=4",
        ],
    ),
    (
        "g8_retraction_comes_first",
        &[
            "11 said",
            "12 delivered_at=05-05 11:00",
            "12 retracted=false",
            "12 status=delivered",
            "14 said",
            "18 delivered_at=05-05 11:00",
            "18 first_attempt_at=05-05 11:00",
            "18 retracted=false",
            "18 scans=4",
        ],
    ),
    ("g8_changed_message", &["15 postal_code=none", "15 signed_by=none"]),
];

/// EPCIS tells of custody: no door that stayed shut, no estimate, no notice, no address, and no way back but its end.
const EPCIS: Exceptions = &[
    (
        "g1_failed_doors",
        &[
            "43 attempts=0",
            "43 last_heard_at=04-22 08:20",
            "43 last_scan_at=04-22 08:20",
            "43 status=in_transit",
            "51 attempt_scans=0",
            "51 attempts=0",
            "51 status=in_transit",
            "56 attempts=0",
            "56 code=arrived_facility",
            "56 health=ok",
            "56 status=in_transit",
            "60 code=held",
            "65 status=in_transit",
            "68 attempt_scans=0",
            "68 attempts=0",
            "68 carrier_code=receiving",
            "68 estimated_original=none",
            "68 exceptions=1",
            "68 first_attempt_at=04-26 11:52",
            "68 lane=>",
            "68 records=22",
            "68 scans=21",
        ],
    ),
    (
        "g4_date_only_forecast",
        &[
            "10 code=in_transit",
            "10 last_heard_at=06-02 03:11",
            "10 records=2",
            "13 city=none",
            "13 records=3",
            "13 zone_unproven=false",
        ],
    ),
    (
        "g5_appointment",
        &[
            "6 estimated_from=none",
            "6 estimated_until=none",
            "9 estimate_source=none",
            "9 estimated_original=none",
            "9 estimated_until=none",
            "9 last_heard_at=09-27 08:15",
            "9 records=1",
        ],
    ),
    (
        "g6d_sent_back",
        &[
            "12 code=delivered",
            "12 status=delivered",
            "14 status=in_transit",
            "17 code=delivered",
            "17 delivered_at=05-13 12:00",
            "17 health=ok",
            "17 reopened=true",
            "17 status=delivered",
        ],
    ),
    ("g6e_label_voided", &["10 code=cancelled"]),
    (
        "g6f_locker",
        &[
            "17 said",
            "20 first_attempt_at=none",
            "20 health=ok",
            "20 pickup_until=none",
            "20 status=in_transit",
            "22 code=in_transit",
            "22 status=in_transit",
            "23 said",
            "26 said",
            "32 code=delivered",
            "32 first_attempt_at=05-08 12:20",
        ],
    ),
    (
        "g8_changed_message",
        &[
            "15 city=none",
            "15 postal_code=none",
            "15 records=3",
            "15 scans=3",
            "15 signed_by=none",
        ],
    ),
];
