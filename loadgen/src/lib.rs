//! A seeded world of parcels, with faults.
