//! Microsoft Graph: the sign-in log and the organization.

mod access;
pub(crate) mod errors;
pub(crate) mod filter;
pub(crate) mod limits;
mod organization;
pub(crate) mod page;
pub(crate) mod query;
mod render;
mod select;
mod shape;

use axum::http::{HeaderName, StatusCode};
use serde_json::Value;

pub(crate) use self::access::challenge;
use self::access::{Caller, authenticate, require_premium, require_role};
use self::errors::GraphError;
pub(crate) use self::organization::organization;
use self::query::ListQuery;
use self::select::{Selected, matching, select};
use crate::clock::{Nanos, SECOND};
use crate::config::AUDIT_LOG_READ_ALL;
use crate::faults::{Endpoint, FaultKind, Occasion, amend_page, around, change_query};
use crate::server::Shared;
use crate::wire::{Incoming, Reply};

/// The two versions of Graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V1,
    Beta,
}

impl Version {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "v1.0" => Some(Self::V1),
            "beta" => Some(Self::Beta),
            _ => None,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }
}

/// `GET /{version}/auditLogs/signIns`
pub(crate) fn list_sign_ins(shared: &Shared, version: Version, request: &Incoming) -> Reply {
    guarded(shared, Endpoint::SignIns, request, |caller, faults| {
        require_role(caller, AUDIT_LOG_READ_ALL, "Authentication_MSGraphPermissionMissing")?;
        require_premium(caller)?;
        list(shared, version, request, caller, faults).map(|reply| deprecation(reply, version))
    })
}

fn list(
    shared: &Shared,
    version: Version,
    request: &Incoming,
    caller: &Caller,
    faults: &[FaultKind],
) -> Result<Reply, GraphError> {
    let mut query = ListQuery::parse(version, request, shared)?;
    for fault in faults {
        change_query(fault, &mut query);
    }
    let tenant = &caller.tenant;
    let log = tenant.log_at(request.now);
    let Selected { mut page, span } = select(tenant, &log, &query, request.now);
    if faults.iter().any(|fault| too_much(fault, span, &mut || matching(tenant, &log, &query, request.now))) {
        return Err(GraphError::of_status(StatusCode::GATEWAY_TIMEOUT));
    }
    for fault in faults {
        amend_page(fault, &mut page, request.request_id);
    }
    let records = page.entries.len();
    let body = render::page(tenant, &log, &query, &page, request, shared);
    drop(log);
    let mut reply = Reply::new(StatusCode::OK, CONTENT_TYPE, body);
    reply.note.records = records;
    Ok(reply)
}

/// The content type of Graph's JSON.
pub(crate) const CONTENT_TYPE: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// Whether a window is beyond what a [`FaultKind::WindowTimeout`] allows; `matching` counts what it holds.
fn too_much(fault: &FaultKind, (from, to): (Nanos, Nanos), matching: &mut dyn FnMut() -> usize) -> bool {
    let FaultKind::WindowTimeout { seconds, records } = fault else { return false };
    let allowed = i64::try_from(*seconds).unwrap_or(i64::MAX).saturating_mul(SECOND);
    to.saturating_sub(from) > allowed || matching() > *records
}

/// `GET /{version}/auditLogs/signIns/{id}`
pub(crate) fn get_sign_in(shared: &Shared, version: Version, id: &str, request: &Incoming) -> Reply {
    guarded(shared, Endpoint::SignIns, request, |caller, _| {
        require_role(caller, AUDIT_LOG_READ_ALL, "Authentication_MSGraphPermissionMissing")?;
        require_premium(caller)?;
        let log = caller.tenant.log_at(request.now);
        let entry = log.find(id).filter(|entry| entry.visible(request.now));
        let entry = entry.ok_or_else(|| GraphError::of_status(StatusCode::NOT_FOUND))?;
        let record = caller.tenant.record(&log, &entry, request.now, caller.tenant.shows_policies());
        let record = shape::shaped(record, version, render::knows_newer_members(request), None);
        Ok(deprecation(Reply::new(StatusCode::OK, CONTENT_TYPE, Value::Object(record).to_string()), version))
    })
}

/// What every Graph request goes through: token, limits, faults, and then `answer`.
fn guarded(
    shared: &Shared,
    endpoint: Endpoint,
    request: &Incoming,
    answer: impl FnOnce(&Caller, &[FaultKind]) -> Result<Reply, GraphError>,
) -> Reply {
    let caller = match authenticate(shared, request) {
        Ok(caller) => caller,
        Err(error) => return challenge(error.reply(request), None).noted(endpoint, None),
    };
    let noted = |reply: Reply| reply.noted(endpoint, Some(caller.tenant.id));
    if endpoint == Endpoint::SignIns
        && let Some(wait) = shared.count_request(&caller.app_id, caller.tenant.id)
    {
        let mut reply = limits::throttled(request, shared.limits().retry_after, wait);
        reply.note.over_limit = true;
        return noted(reply);
    }
    let occasion = Occasion {
        endpoint,
        following: query::has_skiptoken(&request.query),
        range: query::asked_range(&request.query),
        claims: caller.claims.as_deref(),
    };
    noted(around(&caller.tenant, &occasion, request, |faults| {
        answer(&caller, faults).unwrap_or_else(|error| error.reply(request))
    }))
}

/// beta says that the sign-in type is going to change.
fn deprecation(reply: Reply, version: Version) -> Reply {
    match version {
        Version::V1 => reply,
        Version::Beta => reply.with(
            HeaderName::from_static("link"),
            "<https://developer.microsoft.com/graph/changes?$filterby=beta,Removal:SignIn&from=2024-08-01&to=2024-09-01>;rel=\"deprecation\";type=\"text/html\"",
        ),
    }
}
