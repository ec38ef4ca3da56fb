//! What is kept account of, hour by hour, when a page is acknowledged.

use std::collections::BTreeMap;

use collector::reconcile::Account;

use super::late::Late;
use crate::coverage::{Interval, Second};
use crate::state::{Delivered, hour_of};

/// The account of some hours.
pub(crate) type Accounts = BTreeMap<i64, Account>;

/// The account of a page: when its records happened, and what of them is new, late or changed. Records that no event can be made of
/// have no time and count in the hour where the page's window begins.
pub(crate) fn of_page(
    times: &[Second],
    (new, changed): (&[Delivered], &[Delivered]),
    late: &Late,
    (set_aside, begins): (usize, Second),
) -> Accounts {
    let mut accounts = Accounts::new();
    for second in times {
        accounts.entry(hour_of(*second)).or_default().fetched += 1;
    }
    for delivered in new {
        accounts.entry(hour_of(delivered.id.at)).or_default().delivered += 1;
    }
    for delivered in changed {
        accounts.entry(hour_of(delivered.id.at)).or_default().changed += 1;
    }
    for second in &late.seconds {
        accounts.entry(hour_of(*second)).or_default().late += 1;
    }
    for account in accounts.values_mut() {
        account.repeated = account.fetched.saturating_sub(account.delivered);
    }
    if set_aside > 0 {
        accounts.entry(hour_of(begins)).or_default().set_aside += set_aside as u64;
    }
    accounts
}

/// Adds that these seconds were read whole.
pub(crate) fn add_read(accounts: &mut Accounts, read: Interval) {
    for hour in hour_of(read.from)..=hour_of(read.to - 1) {
        accounts.entry(hour).or_default().reads += 1;
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::config::EventId;
    use crate::state::{TimedId, Version};

    /// Scenario: a page over two hours, with new, late, changed and known sign-ins and a record that is none; it completes a window of
    /// three hours. Guarantee: each counts in its hour.
    #[test]
    fn a_page_counts_in_its_hours() {
        let delivered = |at| Delivered {
            id: TimedId { id: EventId(Uuid::from_u128(1)), at },
            version: Version::first(0),
        };
        let late = Late { seconds: vec![3_700], ..Late::default() };
        let new = [delivered(3_500), delivered(3_700)];
        let mut accounts = of_page(&[3_500, 3_600, 3_700], (&new, &[delivered(3_600)]), &late, (1, 20));
        add_read(&mut accounts, Interval { from: 20, to: 7_201 });
        let first = Account { fetched: 1, delivered: 1, set_aside: 1, reads: 1, ..Account::default() };
        let second = Account {
            fetched: 2,
            delivered: 1,
            late: 1,
            repeated: 1,
            changed: 1,
            reads: 1,
            ..Account::default()
        };
        let third = Account { reads: 1, ..Account::default() };
        assert_eq!(accounts, Accounts::from([(0, first), (1, second), (2, third)]));
    }
}
