//! The table of transitions as the field writes it, read at run time: slow, and easy to compare with its source.

use milepost_model::Status;

const COLUMNS: [Status; 13] = [
    Status::Announced,
    Status::Accepted,
    Status::InTransit,
    Status::Customs,
    Status::Exception,
    Status::OutForDelivery,
    Status::AttemptFailed,
    Status::AvailableForPickup,
    Status::Delivered,
    Status::Returning,
    Status::Returned,
    Status::Failed,
    Status::Cancelled,
];

const TABLE: &str = "
created              | >  | >  | >  | >  | >  | >  | >  | >  | >  | >  | >! | >  | >
announced            | =  | >  | >  | >  | >  | >  | >  | >  | >  | >  | >! | >  | >
accepted             | =  | =  | >  | >  | >  | >  | >  | >  | >  | >  | >! | >  | >!
in_transit           | =  | =  | =  | >  | >  | >  | >  | >  | >  | >  | >! | >  | >!
customs              | =  | =  | >  | =  | >  | >  | >  | >  | >  | >  | >! | >  | >!
exception            | =  | >  | >  | >  | =  | >  | >  | >  | >  | >  | >  | >  | >
out_for_delivery     | =  | =  | >  | >! | >  | =  | >  | >  | >  | >  | >! | >  | >!
attempt_failed       | =  | =  | >  | >! | >  | >  | =  | >  | >  | >  | >! | >  | >!
available_for_pickup | =  | =  | >  | >! | >  | >  | >  | =  | >  | >  | >! | >  | x
returning            | =  | =  | =  | =  | =  | =  | =  | =  | R  | =  | >  | >  | =
delivered            | x  | x  | ?  | x  | x  | ?  | x  | ?  | =  | >  | >! | x  | x
returned             | x  | ?  | ?  | x  | x  | ?  | x  | x  | ?  | x  | =  | x  | x
failed               | x  | F  | F  | F  | x  | F  | F  | F  | F  | F  | F  | =  | x
cancelled            | x  | F  | F  | F  | x  | F  | F  | F  | F  | F  | F  | x  | =
";

/// What a record of status `next` does to a shipment in `before`, in the marks of the table.
pub(crate) fn mark(before: Status, next: Status) -> &'static str {
    let column = COLUMNS.iter().position(|status| *status == next);
    // Nothing is before `created`, so it repeats what is known.
    let Some(column) = column else { return "=" };
    let row = TABLE.lines().find(|line| {
        line.split('|')
            .next()
            .is_some_and(|name| name.trim() == before.as_str())
    });
    let row = row.unwrap_or_else(|| panic!("the table has a row for {before}"));
    row.split('|').nth(column + 1).map_or("=", str::trim)
}
