//! The shops: where they stand, how fast they pack, how much they dare to promise.

/// A shop.
#[derive(Clone, Copy, Debug)]
pub struct Merchant {
    /// Slug.
    pub slug: &'static str,
    /// City code of its warehouse.
    pub city: &'static str,
    /// Hours from label to hand-over that are usual.
    pub handling_hours: i64,
    /// Days added to what the carrier names before it is promised.
    pub padding_days: i64,
    /// Permille of parcels that go abroad.
    pub abroad_permille: u64,
    /// Its size, relative to the others.
    pub weight: u32,
}

macro_rules! merchants {
    ($($slug:literal $city:literal $handling:literal $padding:literal $abroad:literal $weight:literal;)+) => {
        /// All shops. New ones go to the end: the place in this table is part of every seed.
        pub static MERCHANTS: &[Merchant] = &[$(Merchant {
            slug: $slug, city: $city, handling_hours: $handling, padding_days: $padding,
            abroad_permille: $abroad, weight: $weight,
        }),+];
    };
}
merchants! {
    "acme" "EWR" 5 1 30 100;
    "northwind" "ORD" 8 1 20 80;
    "bluebird-books" "PHX" 12 2 10 45;
    "kettle-and-pine" "SEA" 20 1 40 25;
    "fjord-outdoor" "HAM" 6 1 90 60;
    "maison-lumiere" "LYS" 10 1 160 40;
    "tulip-garden" "RTM" 5 1 240 30;
    "harbour-records" "BHX" 9 1 120 45;
    "maple-supply" "YYZ" 7 1 100 40;
    "piatto-italiano" "MIL" 16 2 180 20;
    "zloty-games" "WAW" 8 1 150 22;
    "sol-y-mar" "BCN" 14 2 120 18;
    "lucky-gadgets" "SZX" 30 3 1000 60;
    "silk-and-thread" "YIW" 40 4 1000 30;
}
