//! What happened to a parcel (status), what kind of record says so (kind), and whether it is a problem (health).

macro_rules! closed_list {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum $name { $($(#[$variant_meta])* #[doc = concat!("`", $text, "`")] $variant),+ }

        impl $name {
            /// Every member, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name used in scans, columns, rules and the API.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The member of that name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }

            /// The member at that place in [`Self::ALL`].
            #[must_use]
            pub fn from_index(index: usize) -> Option<Self> {
                Self::ALL.get(index).copied()
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use closed_list;

closed_list! {
    #[derive(Default)]
    /// What happened: one of fifteen. The order is that of the parcel's usual journey.
    Status {
        /// We know the number, the carrier does not.
        #[default]
        Created = "created",
        /// The carrier has data, not the parcel.
        Announced = "announced",
        /// First physical possession by the carrier.
        Accepted = "accepted",
        /// Moving or standing inside the network.
        InTransit = "in_transit",
        /// With an authority.
        Customs = "customs",
        /// The carrier stopped normal handling of this parcel.
        Exception = "exception",
        /// On the last vehicle.
        OutForDelivery = "out_for_delivery",
        /// At the door, not handed over.
        AttemptFailed = "attempt_failed",
        /// Waits for the consignee at a counter, shop, locker or depot.
        AvailableForPickup = "available_for_pickup",
        /// On the way back.
        Returning = "returning",
        /// The consignee, or who stands for them, has it. Terminal.
        Delivered = "delivered",
        /// The sender has it back. Terminal.
        Returned = "returned",
        /// Will not arrive. Terminal.
        Failed = "failed",
        /// Called off. Terminal.
        Cancelled = "cancelled",
        /// Nothing was heard for long: derived from time alone, undone by any counted record.
        Expired = "expired",
    }
}

impl Status {
    /// Breaks ties at one instant and places records that carry a mere date; nothing else.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Created => 0,
            Self::Announced => 10,
            Self::Accepted => 20,
            Self::InTransit => 30,
            Self::Customs => 35,
            Self::Exception => 40,
            Self::OutForDelivery => 50,
            Self::AttemptFailed => 55,
            Self::AvailableForPickup => 60,
            Self::Returning => 70,
            Self::Delivered => 90,
            Self::Returned => 95,
            Self::Failed => 96,
            Self::Cancelled => 97,
            Self::Expired => 98,
        }
    }

    /// Whether the journey is over. `expired` is soft and does not count.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Delivered | Self::Returned | Self::Failed | Self::Cancelled)
    }

    /// A mask with this status' bit set.
    #[must_use]
    pub const fn bit(self) -> u16 {
        1 << self as u8
    }
}

closed_list! {
    #[derive(Default)]
    /// What kind of record a scan is: decides what it may move.
    Kind {
        /// Somebody had the parcel in hand.
        #[default]
        Scan = "scan",
        /// The carrier says something without having it in hand.
        Notice = "notice",
        /// A delivery date, window or appointment.
        Estimate = "estimate",
        /// Label, manifest, cancellation, customs declaration, "declared lost".
        Admin = "admin",
        /// Signature, photo, proof of delivery.
        Proof = "proof",
    }
}

impl Kind {
    /// Whether a record of this kind means that the parcel was in somebody's hands: only those end a silence.
    #[must_use]
    pub const fn is_physical(self) -> bool {
        matches!(self, Self::Scan | Self::Proof)
    }

    /// Whether a record of this kind may move a shipment to `status`.
    #[must_use]
    pub const fn may_set(self, status: Status) -> bool {
        match self {
            Self::Scan => !matches!(status, Status::Created | Status::Announced | Status::Expired),
            Self::Proof => matches!(status, Status::Delivered | Status::Returned),
            Self::Admin => matches!(
                status,
                Status::Created
                    | Status::Announced
                    | Status::Cancelled
                    | Status::Customs
                    | Status::Exception
                    | Status::Failed
            ),
            Self::Notice | Self::Estimate => false,
        }
    }
}

closed_list! {
    #[derive(Default)]
    /// Is it a problem. The worst problem wins; later members are worse.
    Health {
        /// No problem is known.
        #[default]
        Ok = "ok",
        /// Something may delay it.
        AtRisk = "at_risk",
        /// The newest estimate ends after the promise.
        LatePredicted = "late_predicted",
        /// Silent for longer than is normal.
        Stalled = "stalled",
        /// The promise is over and it is not there.
        Late = "late",
        /// The consignee or the merchant must act.
        ActionRequired = "action_required",
        /// Evidence stands against a terminal status.
        Disputed = "disputed",
    }
}
