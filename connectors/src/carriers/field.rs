//! The columns of a canonical record, and one record as read: texts by column, no meaning yet.

/// How many columns there are.
pub(crate) const FIELDS: usize = Field::ALL.len();

macro_rules! fields {
    ($($variant:ident = $name:literal,)+) => {
        /// A column of the canonical scan.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub(crate) enum Field { $($variant),+ }

        impl Field {
            /// Every column.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in JSON and CSV.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

fields! {
    EventId = "event_id",
    TrackingNumber = "tracking_number",
    Carrier = "carrier",
    LegCarrier = "leg_carrier",
    Service = "service",
    OrderId = "order_id",
    Merchant = "merchant",
    Source = "source",
    Kind = "kind",
    Status = "status",
    Code = "code",
    CarrierCode = "carrier_code",
    Reason = "reason",
    OccurredAt = "occurred_at",
    OccurredZone = "occurred_zone",
    TimeBasis = "time_basis",
    RecordedAt = "recorded_at",
    ReceivedAt = "received_at",
    City = "city",
    Region = "region",
    PostalCode = "postal_code",
    Country = "country",
    Facility = "facility",
    DestinationCity = "destination_city",
    DestinationRegion = "destination_region",
    DestinationPostalCode = "destination_postal_code",
    DestinationCountry = "destination_country",
    Latitude = "latitude",
    Longitude = "longitude",
    PromisedAt = "promised_at",
    EstimatedFrom = "estimated_from",
    EstimatedUntil = "estimated_until",
    EstimateSource = "estimate_source",
    PickupUntil = "pickup_until",
    Attempt = "attempt",
    Message = "message",
    SignedBy = "signed_by",
    NextCarrier = "next_carrier",
    NextTrackingNumber = "next_tracking_number",
    CarrierShipmentId = "carrier_shipment_id",
    ShippedOn = "shipped_on",
    Retracts = "retracts",
}

impl Field {
    /// Whether JSON writes it as a number; every other column is a string.
    pub(crate) const fn is_number(self) -> bool {
        NUMBERS.0 & self.bit() != 0
    }

    const fn bit(self) -> u64 {
        1 << self as u8
    }
}

/// A column, and the set of it alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) field: Field,
    fields: Fields,
}

impl Column {
    pub(crate) const fn of(field: Field) -> Self {
        Self {
            field,
            fields: Fields::of(&[field]),
        }
    }
}

/// A set of columns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fields(u64);

impl Fields {
    /// The columns named.
    pub(crate) const fn of(fields: &[Field]) -> Self {
        let mut bits = 0;
        let mut rest = fields;
        while let [first, others @ ..] = rest {
            bits |= first.bit();
            rest = others;
        }
        Self(bits)
    }
}

/// Columns that JSON writes as numbers; every other one is a string.
const NUMBERS: Fields = Fields::of(&[Field::Latitude, Field::Longitude, Field::Attempt]);

/// One record as read. Absent, `null` and the empty text are the same; of a repeated column the last value counts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record<'a> {
    texts: [&'a str; FIELDS],
    /// Columns that were set to a string, if only to the empty one.
    stated: u64,
    /// Columns whose value was no string: their text is the literal, or the first byte of something nested.
    odd: u64,
    /// Columns that are none of ours.
    pub(crate) unknown: u32,
    /// All columns came as text, so numbers do too: CSV.
    pub(crate) untyped: bool,
}

impl<'a> Record<'a> {
    pub(crate) const fn new() -> Self {
        Self {
            texts: [""; FIELDS],
            stated: 0,
            odd: 0,
            unknown: 0,
            untyped: false,
        }
    }

    #[inline]
    pub(crate) fn text(&self, field: Field) -> &'a str {
        self.texts.get(field as usize).copied().unwrap_or_default()
    }

    /// Whether any of these columns may say something.
    #[inline]
    pub(crate) const fn states(&self, fields: Fields) -> bool {
        (self.stated | self.odd) & fields.0 != 0
    }

    /// A string value.
    #[inline]
    pub(crate) fn set(&mut self, field: Field, text: &'a str) {
        if let Some(slot) = self.texts.get_mut(field as usize) {
            *slot = text;
        }
        self.stated |= field.bit();
        if self.odd != 0 {
            self.odd &= !field.bit();
        }
    }

    /// A string value, as [`Record::set`] if [`Record::is_plain`] in the end.
    #[inline(always)]
    pub(crate) fn put(&mut self, column: Column, text: &'a str) {
        if let Some(slot) = self.texts.get_mut(column.field as usize) {
            *slot = text;
        }
        self.stated |= column.fields.0;
    }

    /// Whether no column was given a string and another kind of value as well: of these, `put` does not heed the order.
    #[inline]
    pub(crate) const fn is_plain(&self) -> bool {
        self.odd & self.stated == 0
    }

    /// Any other value, as written.
    pub(crate) fn set_literal(&mut self, field: Field, literal: &'a str) {
        if literal == "null" {
            self.set(field, "");
        } else {
            self.set(field, literal);
            self.stated &= !field.bit();
            self.odd |= field.bit();
        }
    }

    /// The first column whose JSON type is wrong, with the literal that stands there.
    #[inline]
    pub(crate) fn wrong_type(&self) -> Option<(Field, &'a str)> {
        if self.odd == 0 && (self.untyped || !self.states(NUMBERS)) {
            return None;
        }
        self.first_wrong_type()
    }

    #[cold]
    fn first_wrong_type(&self) -> Option<(Field, &'a str)> {
        let wrong = |field: &Field| {
            let text = self.text(*field);
            if self.odd & field.bit() == 0 {
                return field.is_number() && !text.is_empty() && !self.untyped;
            }
            !(field.is_number() && text.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
        };
        let field = Field::ALL.iter().find(|field| wrong(field))?;
        Some((*field, self.text(*field)))
    }
}
