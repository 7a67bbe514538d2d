//! The nouns: ids, time, places, scans, status, shipments, jobs. Pure.
