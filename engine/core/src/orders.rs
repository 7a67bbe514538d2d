//! Shipments folded into orders: "2 of 3 delivered", the worst health.

use milepost_model::{Health, Status, Timestamp};

/// What an order's fold reads of one shipment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its status.
    pub status: Status,
    /// Its health.
    pub health: Health,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
    /// It goes on under another number, which is a part of its own.
    pub has_successor: bool,
}

/// An order, folded from its shipments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    /// Shipments that count: without successors, and without cancelled ones unless all are.
    pub shipments: u32,
    /// How many of them are delivered.
    pub delivered: u32,
    /// The least advanced open shipment's status, or the end that all share, or delivered when some are and all ended.
    pub status: Status,
    /// The worst of them.
    pub health: Health,
    /// When the first of them was delivered.
    pub first_delivered_at: Option<Timestamp>,
    /// When the last of them was delivered, once all are.
    pub all_delivered_at: Option<Timestamp>,
}

/// Folds the shipments of one order; `None` when there is none.
#[must_use]
pub fn fold_order(parts: &[Part]) -> Option<Order> {
    // While no successor has been heard of, those that name one stand for them.
    let all_go_on = parts.iter().all(|part| part.has_successor);
    let standing = || parts.iter().filter(move |part| all_go_on || !part.has_successor);
    let all_cancelled = standing().all(|part| part.status == Status::Cancelled);
    let counted = || standing().filter(move |part| all_cancelled || part.status != Status::Cancelled);
    let first = counted().next()?;
    let shipments = u32::try_from(counted().count()).unwrap_or(u32::MAX);
    let delivered =
        u32::try_from(counted().filter(|part| part.status == Status::Delivered).count()).unwrap_or(u32::MAX);
    let open = counted()
        .filter(|part| !part.status.is_terminal())
        .min_by_key(|part| part.status.rank());
    let status = match open {
        Some(part) => part.status,
        None if counted().all(|part| part.status == first.status) => first.status,
        None if delivered > 0 => Status::Delivered,
        None => counted()
            .map(|part| part.status)
            .max_by_key(|status| status.rank())
            .unwrap_or(first.status),
    };
    let times = || counted().filter_map(|part| part.delivered_at);
    Some(Order {
        shipments,
        delivered,
        status,
        health: counted().map(|part| part.health).max().unwrap_or_default(),
        first_delivered_at: times().min(),
        all_delivered_at: if delivered == shipments { times().max() } else { None },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_split_order_is_as_far_as_its_least_advanced_shipment() {
        let part = |status, health, day: i64| Part {
            status,
            health,
            delivered_at: (status == Status::Delivered).then(|| Timestamp::from_millis(day)),
            has_successor: false,
        };
        let (done, moving, gone) = (
            part(Status::Delivered, Health::Ok, 1),
            part(Status::InTransit, Health::Stalled, 0),
            part(Status::Cancelled, Health::Ok, 0),
        );
        let later = part(Status::Delivered, Health::Ok, 2);
        let lost = part(Status::Failed, Health::ActionRequired, 0);
        for (parts, expected) in [
            (
                Vec::from([done, later, moving]),
                (3, 2, Status::InTransit, Health::Stalled, Some(1), None),
            ),
            (
                Vec::from([done, later]),
                (2, 2, Status::Delivered, Health::Ok, Some(1), Some(2)),
            ),
            (
                Vec::from([done, gone]),
                (1, 1, Status::Delivered, Health::Ok, Some(1), Some(1)),
            ),
            (
                Vec::from([gone, gone]),
                (2, 0, Status::Cancelled, Health::Ok, None, None),
            ),
            (
                Vec::from([done, lost]),
                (2, 1, Status::Delivered, Health::ActionRequired, Some(1), None),
            ),
            (
                Vec::from([
                    Part {
                        has_successor: true,
                        ..moving
                    },
                    done,
                ]),
                (1, 1, Status::Delivered, Health::Ok, Some(1), Some(1)),
            ),
        ] {
            let order = fold_order(&parts).expect("not empty");
            let millis = |at: Option<Timestamp>| at.map(Timestamp::millis);
            let found = (
                order.shipments,
                order.delivered,
                order.status,
                order.health,
                millis(order.first_delivered_at),
                millis(order.all_delivered_at),
            );
            assert_eq!(found, expected);
        }
        assert_eq!(fold_order(&[]), None);
    }
}
