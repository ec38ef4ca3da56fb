//! Which sign-ins a page holds.

use serde_json::Value;

use super::filter::Filter;
use super::page::{NextLink, Page, Place};
use super::query::ListQuery;
use crate::clock::Nanos;
use crate::sign_ins::Entry;
use crate::sign_ins::log::SignInLog;
use crate::tenant::{Behaviour, Tenant, lock};

/// A page, and the range of instants its query looks at.
pub(super) struct Selected {
    pub(super) page: Page,
    pub(super) span: (Nanos, Nanos),
}

/// Picks the page that `query` asks for from what `now` can see.
///
/// A walk keeps its place by record, not by number, so records that appear while it runs neither repeat nor hide others.
pub(super) fn select(tenant: &Tenant, log: &SignInLog, query: &ListQuery, now: Nanos) -> Selected {
    let (from, to) = range(query);
    let Behaviour { instability, .. } = *lock(&tenant.behaviour);
    let mut reads = lock(&tenant.reads);
    let mut wanted = |entry: &&Entry| {
        matches(tenant, log, query, entry, now) && !instability.hides(entry.appears, now, &mut reads)
    };
    let all = log.between(from, to);
    let count = query.count.then(|| all.iter().filter(&mut wanted).count());
    let rest = remaining(all, query.after, query.ascending);
    let mut entries: Vec<Entry> = Vec::with_capacity(query.top.min(rest.len()) + 1);
    if query.ascending {
        entries.extend(rest.iter().filter(&mut wanted).take(query.top + 1));
    } else {
        entries.extend(rest.iter().rev().filter(&mut wanted).take(query.top + 1));
    }
    let more = entries.len() > query.top;
    entries.truncate(query.top);
    let start = if query.ascending { (Nanos::MIN, 0) } else { (Nanos::MAX, u32::MAX) };
    let last = entries.last().map_or_else(|| query.after.unwrap_or(start), Entry::key);
    let next = (more || query.top == 0).then_some(NextLink::After(last));
    let span = (from, to.min(now));
    Selected { page: Page { entries, next, count, ..Page::default() }, span }
}

/// How many sign-ins `query` selects in all, of those that `now` can see.
pub(super) fn matching(tenant: &Tenant, log: &SignInLog, query: &ListQuery, now: Nanos) -> usize {
    let (from, to) = range(query);
    log.between(from, to).iter().filter(|entry| matches(tenant, log, query, entry, now)).count()
}

fn range(query: &ListQuery) -> (Nanos, Nanos) {
    query.filter.as_ref().map_or((Nanos::MIN, Nanos::MAX), Filter::range)
}

fn matches(tenant: &Tenant, log: &SignInLog, query: &ListQuery, entry: &Entry, now: Nanos) -> bool {
    let mut record = || Value::Object(tenant.record(log, entry, now, true));
    entry.visible(now)
        && query.matches_kind(entry.kind)
        && query.filter.as_ref().is_none_or(|filter| filter.matches(entry, &mut record))
}

fn remaining(all: &[Entry], after: Option<Place>, ascending: bool) -> &[Entry] {
    let Some(after) = after else { return all };
    if ascending {
        all.get(all.partition_point(|entry| entry.key() <= after)..).unwrap_or(&[])
    } else {
        all.get(..all.partition_point(|entry| entry.key() < after)).unwrap_or(&[])
    }
}
