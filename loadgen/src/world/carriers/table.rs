//! The table of carriers: hubs, products, raw codes, habits.

use super::{Carrier, Service, TimeForm};
use crate::world::numbers::NumberForm;
use milepost_model::Code;

const fn ground(slug: &'static str, km_per_hour: i64, weight: u32) -> Service {
    Service {
        slug,
        km_per_hour,
        hub_hours: 6,
        days_min: 1,
        km_per_day: 900,
        abroad: false,
        domestic: true,
        weight,
    }
}

const fn express(slug: &'static str, days_min: i64, weight: u32) -> Service {
    let km_per_hour = if days_min == 1 { 420 } else { 220 };
    Service {
        slug,
        km_per_hour,
        hub_hours: 3,
        days_min,
        km_per_day: 6_000,
        abroad: false,
        domestic: true,
        weight,
    }
}

const fn abroad(slug: &'static str, km_per_hour: i64, days_min: i64, weight: u32) -> Service {
    Service {
        slug,
        km_per_hour,
        hub_hours: 5,
        days_min,
        km_per_day: 4_000,
        abroad: true,
        domestic: false,
        weight,
    }
}

/// A road network of several countries without borders in between.
const fn continental(slug: &'static str, weight: u32) -> Service {
    Service {
        slug,
        km_per_hour: 60,
        hub_hours: 6,
        days_min: 1,
        km_per_day: 700,
        abroad: true,
        domestic: true,
        weight,
    }
}

const EUROPE: &[&str] = &["DE", "FR", "NL", "BE", "PL", "ES", "IT", "AT", "GB"];
pub(super) const EVERYWHERE: &[&str] = &["US", "CA", "GB", "DE", "FR", "NL", "BE", "PL", "ES", "IT", "AT", "CN"];

/// All carriers. New ones go to the end: the place in this table is part of every seed.
pub static CARRIERS: &[Carrier] = &[
    UPS,
    USPS,
    FEDEX,
    DHL_EXPRESS,
    DHL,
    DPD,
    GLS,
    ROYAL_MAIL,
    CANADA_POST,
    CHINA_POST,
];

const UPS: Carrier = Carrier {
    slug: "ups",
    form: NumberForm::Ups,
    countries: &["US", "CA", "GB", "DE", "FR"],
    hubs: &["SDF", "ONT", "EWR", "DFW", "ORD", "YYZ", "LON", "CGN", "PAR"],
    services: &[
        ground("ground", 68, 70),
        express("second_day", 2, 18),
        express("next_day", 1, 9),
        abroad("worldwide_saver", 520, 3, 40),
    ],
    saturday: true,
    sunday: false,
    estimates: true,
    shops_permille: 60,
    poll_minutes: 0,
    times: &[(TimeForm::Offset, 92), (TimeForm::Local, 5), (TimeForm::Zulu, 3)],
    codes: &[
        (Code::InfoReceived, "M/MP"),
        (Code::LabelVoided, "MV"),
        (Code::ReceivedOrigin, "I/OR"),
        (Code::ArrivedFacility, "I/AR"),
        (Code::DepartedFacility, "I/DP"),
        (Code::Processed, "I/YP"),
        (Code::LoadedForDelivery, "I/OD"),
        (Code::OutForDelivery, "I/OT"),
        (Code::Delivered, "D/FS"),
        (Code::Rescheduled, "U/RS"),
    ],
    weight: 24,
};

const USPS: Carrier = Carrier {
    slug: "usps",
    form: NumberForm::Impb,
    countries: &["US"],
    hubs: &["EWR", "ATL", "ORD", "DFW", "DEN", "LAX", "SEA"],
    services: &[ground("ground_advantage", 58, 70), express("priority", 2, 30)],
    saturday: true,
    sunday: true,
    estimates: true,
    shops_permille: 20,
    poll_minutes: 15,
    times: &[
        (TimeForm::Offset, 80),
        (TimeForm::Local, 10),
        (TimeForm::Bare, 6),
        (TimeForm::Minute, 4),
    ],
    codes: &[
        (Code::InfoReceived, "GX"),
        (Code::DroppedOff, "03"),
        (Code::PickedUp, "TM"),
        (Code::Processed, "10"),
        (Code::ArrivedDeliveryDepot, "07"),
        (Code::DepartedFacility, "EF"),
        (Code::ReceivedByPartner, "80"),
        (Code::Misrouted, "15"),
        (Code::Moving, "NT"),
        (Code::OutForDelivery, "OF"),
        (Code::CardLeft, "52"),
        (Code::ReadyForPickup, "14"),
        (Code::Delivered, "01"),
        (Code::Collected, "17"),
        (Code::AttemptRefused, "04"),
    ],
    weight: 30,
};

const FEDEX: Carrier = Carrier {
    slug: "fedex",
    form: NumberForm::Fedex,
    countries: &["US", "CA", "GB", "DE", "FR"],
    hubs: &["MEM", "IND", "OAK", "DFW", "EWR", "YYZ", "LON", "CGN", "PAR"],
    services: &[
        ground("ground", 70, 60),
        express("second_day", 2, 20),
        express("priority_overnight", 1, 14),
        abroad("international_economy", 380, 4, 40),
    ],
    saturday: true,
    sunday: false,
    estimates: true,
    shops_permille: 40,
    poll_minutes: 0,
    times: &[(TimeForm::Offset, 100)],
    codes: &[
        (Code::InfoReceived, "OC"),
        (Code::PickedUp, "PU"),
        (Code::ReceivedOrigin, "OF"),
        (Code::ArrivedFacility, "AR"),
        (Code::DepartedFacility, "DP"),
        (Code::ArrivedDeliveryDepot, "FD"),
        (Code::OutForDelivery, "OD"),
        (Code::AttemptFailed, "DE/08"),
        (Code::Delivered, "DL"),
        (Code::OnSchedule, "AO"),
        (Code::Delayed, "DY"),
        (Code::ReturnStarted, "RS"),
        (Code::CustomsProcessing, "CP"),
        (Code::CustomsHeld, "CD"),
        (Code::CustomsCleared, "CC"),
        (Code::AddressCorrected, "AS"),
        (Code::ReadyForPickup, "HL"),
    ],
    weight: 17,
};

const DHL_EXPRESS: Carrier = Carrier {
    slug: "dhl_express",
    form: NumberForm::DhlExpress,
    countries: EVERYWHERE,
    hubs: &[
        "LEJ", "MIA", "EWR", "ORD", "LAX", "YYZ", "LON", "PAR", "MIL", "MAD", "BRU", "PVG",
    ],
    services: &[abroad("express_worldwide", 560, 2, 100)],
    saturday: false,
    sunday: false,
    estimates: true,
    shops_permille: 30,
    poll_minutes: 0,
    times: &[(TimeForm::Offset, 70), (TimeForm::Local, 30)],
    codes: &[
        (Code::PickedUp, "PU"),
        (Code::ArrivedFacility, "AF"),
        (Code::DepartedFacility, "DF"),
        (Code::Processed, "PL"),
        (Code::CustomsProcessing, "IC"),
        (Code::CustomsHeld, "CD"),
        (Code::CustomsCleared, "CR"),
        (Code::OutForDelivery, "WC"),
        (Code::AttemptFailed, "NH"),
        (Code::Delivered, "OK"),
        (Code::Delayed, "TD"),
        (Code::Held, "OH"),
        (Code::CustomsPaymentRequired, "HP"),
    ],
    weight: 14,
};

const DHL: Carrier = Carrier {
    slug: "dhl",
    form: NumberForm::Sscc,
    countries: &["DE", "NL", "BE", "PL", "AT"],
    hubs: &["LEJ", "HAM", "CGN", "MUC", "FRA", "AMS", "WAW", "VIE"],
    services: &[continental("paket", 100)],
    saturday: true,
    sunday: false,
    estimates: false,
    shops_permille: 200,
    poll_minutes: 15,
    times: &[
        (TimeForm::Offset, 78),
        (TimeForm::Local, 14),
        (TimeForm::LocalMinute, 8),
    ],
    codes: &[
        (Code::InfoReceived, "VA"),
        (Code::DroppedOff, "ES"),
        (Code::ArrivedFacility, "EE"),
        (Code::OutForDelivery, "PO"),
        (Code::Delivered, "ZU"),
        (Code::ReadyInLocker, "LA"),
        (Code::AttemptFailed, "ZN"),
    ],
    weight: 34,
};

const DPD: Carrier = Carrier {
    slug: "dpd",
    form: NumberForm::Dpd,
    countries: EUROPE,
    hubs: &["FRA", "PAR", "RTM", "BRU", "WAW", "MAD", "MIL", "VIE", "BHX", "LYS"],
    services: &[continental("classic", 85), express("express_10", 1, 15)],
    saturday: true,
    sunday: false,
    estimates: true,
    shops_permille: 150,
    poll_minutes: 0,
    times: &[(TimeForm::Offset, 60), (TimeForm::ZuluMillis, 40)],
    codes: &[
        (Code::PickedUp, "05"),
        (Code::ArrivedFacility, "02"),
        (Code::DepartedFacility, "01"),
        (Code::OutForDelivery, "03"),
        (Code::AttemptFailed, "14"),
        (Code::Delivered, "13"),
        (Code::ReadyAtShop, "23"),
    ],
    weight: 22,
};

const GLS: Carrier = Carrier {
    slug: "gls",
    form: NumberForm::Gls,
    countries: &["DE", "FR", "NL", "BE", "PL", "ES", "IT", "AT"],
    hubs: &["FRA", "LYS", "AMS", "BRU", "KRK", "BCN", "MIL", "VIE"],
    services: &[continental("business_parcel", 100)],
    saturday: false,
    sunday: false,
    estimates: false,
    shops_permille: 180,
    poll_minutes: 30,
    times: &[(TimeForm::Offset, 60), (TimeForm::Local, 25), (TimeForm::Bare, 15)],
    codes: &[],
    weight: 16,
};

const ROYAL_MAIL: Carrier = Carrier {
    slug: "royal_mail",
    form: NumberForm::S10("GB"),
    countries: &["GB"],
    hubs: &["LON", "BHX", "MAN", "GLA"],
    services: &[ground("tracked_48", 45, 60), express("tracked_24", 1, 40)],
    saturday: true,
    sunday: false,
    estimates: false,
    shops_permille: 60,
    poll_minutes: 15,
    times: &[(TimeForm::Offset, 70), (TimeForm::Minute, 30)],
    codes: &[
        (Code::ReceivedOrigin, "EVAIP"),
        (Code::OutForDelivery, "EVGPD"),
        (Code::Delivered, "EVKSP"),
    ],
    weight: 34,
};

const CANADA_POST: Carrier = Carrier {
    slug: "canada_post",
    form: NumberForm::CanadaPost,
    countries: &["CA"],
    hubs: &["YYZ", "YUL", "YWG", "YVR"],
    services: &[ground("regular_parcel", 55, 65), express("xpresspost", 2, 35)],
    saturday: false,
    sunday: false,
    estimates: true,
    shops_permille: 50,
    poll_minutes: 30,
    times: &[(TimeForm::Offset, 55), (TimeForm::Minute, 45)],
    codes: &[
        (Code::ReceivedOrigin, "0405"),
        (Code::OutForDelivery, "0174"),
        (Code::Delivered, "1496"),
    ],
    weight: 30,
};

const CHINA_POST: Carrier = Carrier {
    slug: "china_post",
    form: NumberForm::S10("CN"),
    countries: &["CN"],
    hubs: &["SZX", "PVG"],
    services: &[Service {
        slug: "epacket",
        km_per_hour: 90,
        hub_hours: 22,
        days_min: 9,
        km_per_day: 2_500,
        abroad: true,
        domestic: false,
        weight: 100,
    }],
    saturday: true,
    sunday: true,
    estimates: false,
    shops_permille: 0,
    poll_minutes: 60,
    times: &[
        (TimeForm::Offset, 40),
        (TimeForm::Local, 25),
        (TimeForm::LocalMinute, 27),
        (TimeForm::Date, 8),
    ],
    codes: &[
        (Code::PickedUp, "EMA"),
        (Code::ArrivedFacility, "EMJ"),
        (Code::DepartedFacility, "EMK"),
        (Code::DepartedCountry, "EMC"),
        (Code::ArrivedCountry, "EMD"),
    ],
    weight: 30,
};
