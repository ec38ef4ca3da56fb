//! What each fault does to a request: answer instead, change the query, change the page, change the reply.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use uuid::Uuid;

use super::{FaultKind, Occasion};
use crate::graph::challenge;
use crate::graph::errors::GraphError;
use crate::graph::filter::Filter;
use crate::graph::limits::throttled;
use crate::graph::page::{NextLink, Page};
use crate::graph::query::ListQuery;
use crate::identity::errors::refusal;
use crate::sign_ins::Entry;
use crate::tenant::{Tenant, lock};
use crate::wire::{DateHeader, Delivery, Incoming, Reply};

const MEBIBYTE: usize = 1024 * 1024;

const HTML: &str = "<!DOCTYPE html>\n<html><head><title>Sign in to your account</title></head><body><h1>We are sorry, something went wrong</h1></body></html>\n";

/// Answers a request to `tenant` with the faults that it meets around `answer`.
pub(crate) fn around(
    tenant: &Tenant,
    occasion: &Occasion<'_>,
    request: &Incoming,
    answer: impl FnOnce(&[FaultKind]) -> Reply,
) -> Reply {
    let faults = lock(&tenant.faults).meet(occasion);
    let instead = faults.iter().find_map(|fault| answer_instead(fault, request));
    let mut reply = instead.unwrap_or_else(|| answer(&faults));
    for fault in &faults {
        amend_reply(fault, &mut reply);
    }
    reply
}

/// The answer that takes the place of the right one, if the fault is of that sort.
fn answer_instead(fault: &FaultKind, request: &Incoming) -> Option<Reply> {
    let json = |text: &str| Reply::new(StatusCode::OK, "application/json", text.to_owned());
    let reply = match fault {
        FaultKind::Throttle { retry_after, wait_millis } => {
            throttled(request, *retry_after, Duration::from_millis(*wait_millis))
        }
        FaultKind::Status { status, retry_after_secs } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let reply = GraphError::of_status(status).reply(request);
            match retry_after_secs {
                Some(secs) => reply.with(header::RETRY_AFTER, &secs.to_string()),
                None => reply,
            }
        }
        FaultKind::Reset => Reply { delivery: Delivery::Reset, ..json("") },
        FaultKind::Html => Reply::new(StatusCode::OK, "text/html; charset=utf-8", HTML),
        FaultKind::BrokenJson => {
            json(r#"{"value":[{"id":"6dbd5b6e-8b2c-4d61-a5a0-5d5d3e3b9d5f","createdDateTime":"#)
        }
        FaultKind::WrongShape => json(r#"{"value":{"signIns":[]},"@odata.nextLink":7}"#),
        FaultKind::EmptyBody => json(""),
        FaultKind::DeadSkiptoken => GraphError::invalid_skiptoken().reply(request),
        FaultKind::Redirect { status, location } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::FOUND);
            Reply::new(status, "text/html", "").with(header::LOCATION, location)
        }
        FaultKind::HugePage { mebibytes } => json(&huge(*mebibytes)),
        FaultKind::InvalidToken => {
            let error = GraphError::invalid_token("Lifetime validation failed, the token is expired.");
            challenge(error.reply(request), None)
        }
        FaultKind::ClaimsChallenge { claims } => {
            let error = GraphError::invalid_token(
                "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp",
            );
            challenge(error.reply(request), Some(claims))
        }
        FaultKind::Forbidden { code } => GraphError::forbidden(code).reply(request),
        FaultKind::InvalidFilter => GraphError::invalid_filter().reply(request),
        FaultKind::Aadsts { code, suberror, claims } => {
            refusal(request, *code, suberror.as_deref(), claims.as_deref())
        }
        _ => return None,
    };
    Some(reply)
}

/// A page with one record that holds nothing but padding; it compresses to about a thousandth.
fn huge(mebibytes: usize) -> String {
    format!(r#"{{"value":[{{"padding":"{}"}}]}}"#, "0".repeat(mebibytes * MEBIBYTE))
}

/// Faults of the query: order, page size and kinds.
pub(crate) fn change_query(fault: &FaultKind, query: &mut ListQuery) {
    match fault {
        FaultKind::Descending => query.ascending = false,
        FaultKind::FirstKindAlone => query.filter = query.filter.take().map(Filter::with_first_kind_alone),
        FaultKind::EmptyPage => query.top = 0,
        FaultKind::ShortPage { records } => query.top = query.top.min(*records),
        _ => {}
    }
}

/// Faults of the page: records and next link. `salt` makes additional records differ from page to page.
pub(crate) fn amend_page(fault: &FaultKind, page: &mut Page, salt: Uuid) {
    match fault {
        FaultKind::WrongCount { more } => page.count = page.count.map(|count| count + more),
        FaultKind::NoCount => page.count = None,
        FaultKind::RepeatInPage => page.entries.extend(page.entries.first().copied()),
        FaultKind::RepeatAcrossPages => repeat_last(page),
        FaultKind::NextLinkLoop => page.next = Some(NextLink::Same),
        FaultKind::ForeignNextLink { part } => {
            let last = page.entries.last().map_or((0, 0), Entry::key);
            page.next = Some(NextLink::Foreign(*part, last));
        }
        FaultKind::FlawedRecords { flaw } => page.extras.push(flaw.record(salt, page.entries.first())),
        FaultKind::UnknownFields => page.decoration.unknown_fields = true,
        FaultKind::UnknownEnumValues => page.decoration.unknown_enum_values = true,
        FaultKind::HeavyRecords { kibibytes } => page.decoration.padding_kibibytes = *kibibytes,
        _ => {}
    }
}

/// Lets the next page begin with the last record of this one; a page of one record would never end.
fn repeat_last(page: &mut Page) {
    if let (Some(_), [.., before, _]) = (page.next, page.entries.as_slice()) {
        page.next = Some(NextLink::After(before.key()));
    }
}

/// Faults of the reply: time, headers, delivery.
fn amend_reply(fault: &FaultKind, reply: &mut Reply) {
    match fault {
        FaultKind::Delay { millis } => reply.delay = Duration::from_millis(*millis),
        FaultKind::DateOffset { seconds } => reply.date = DateHeader::Ahead(*seconds),
        FaultKind::NoDate => reply.date = DateHeader::Absent,
        FaultKind::HalfBody => reply.delivery = Delivery::Half,
        FaultKind::CutBody => reply.delivery = Delivery::CutShort,
        FaultKind::StalledBody => reply.delivery = Delivery::Stalled,
        FaultKind::WrongContentType => {
            reply.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        }
        _ => {}
    }
}
