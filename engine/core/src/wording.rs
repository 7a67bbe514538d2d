//! From the texts of a scan to the ids that a shard keeps: who sent it and where it was.

use crate::batch::{Incoming, Own};
use crate::groups::{Sender, SenderId, Senders, Town, Towns};
use crate::intern::{Postal, Texts};
use crate::places::{PlaceId, Places};
use crate::recent::{Recent, parted};
use crate::record::Spot;

/// Tables in which a shard keeps texts.
pub(crate) struct Wording<'t> {
    pub(crate) texts: &'t mut Texts,
    pub(crate) towns: &'t mut Towns,
    pub(crate) senders: &'t mut Senders,
    pub(crate) recent_senders: &'t mut Recent<SenderId>,
    pub(crate) places: &'t mut Places,
    pub(crate) recent_places: &'t mut Recent<(Spot, PlaceId)>,
}

impl Wording<'_> {
    /// Who sent a scan.
    #[inline]
    pub(crate) fn sender(&mut self, group: &[u8]) -> SenderId {
        if let Some(sender) = self.recent_senders.get(group) {
            return sender;
        }
        let [carrier, service, merchant, source] = parted(group).map(|text| self.texts.intern(text));
        let sender = self.senders.intern(Sender {
            carrier,
            service,
            merchant,
            source,
        });
        self.recent_senders.put(group, sender);
        sender
    }

    /// Where a scan was.
    #[inline]
    pub(crate) fn place(&mut self, incoming: &Incoming<'_>) -> (Spot, PlaceId) {
        let (mut spot, place) = self.group_of_place(incoming.place);
        if !spot.facility.is_empty() {
            return (spot, place);
        }
        let postal_code = incoming.text(Own::PostalCode);
        if postal_code.is_empty() {
            return (spot, place);
        }
        spot.postal_code = Postal::new(postal_code, self.texts);
        (spot, self.places.number(spot))
    }

    /// Where a scan was, but for the postal code of one that names no facility.
    #[inline]
    fn group_of_place(&mut self, group: &[u8]) -> (Spot, PlaceId) {
        if let Some(place) = self.recent_places.get(group) {
            return place;
        }
        let [city, region, country, postal_code, facility] = parted(group);
        let [city, region, country] = [city, region, country].map(|text| self.texts.intern(text));
        let spot = Spot {
            town: self.towns.intern(Town { city, region, country }, self.texts),
            postal_code: Postal::new(postal_code, self.texts),
            facility: self.texts.intern(facility),
        };
        let id = self.places.number(spot);
        self.recent_places.put(group, (spot, id));
        (spot, id)
    }
}
