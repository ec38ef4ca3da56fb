//! `/_simulator/`: a simulator that runs on its own is looked into and steered over HTTP.
//!
//! [`REQUESTS`] lists what it understands. Answers are JSON, laid out for people.

use std::collections::HashMap;

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::clock::timestamp;
use crate::faults::{Fault, FaultKind};
use crate::server::Shared;
use crate::sign_ins::NewSignIn;
use crate::tenant::{Tenant, lock};
use crate::truth::{TruthFilter, truth};
use crate::wire::{Incoming, Reply};

/// Each request below `/_simulator/`, and what it does; `T` is a tenant's GUID or domain.
pub const REQUESTS: &[(&str, &str)] = &[
    ("GET /", "this list"),
    ("GET state", "tenants with their counts and faults, the clock, limits, totals"),
    ("GET violations", "how many requests were beyond a limit"),
    ("GET requests", "the last 100,000 requests"),
    ("GET truth?tenant=T", "every sign-in: id, time, kind, from when it shows"),
    ("GET record?tenant=T&id=ID", "one record"),
    ("GET faults", "each kind of fault, as it is posted, and what it does"),
    ("POST faults?tenant=T", "a fault, or a list of them"),
    ("DELETE faults?tenant=T", "all faults off"),
    (
        "POST sign-ins?tenant=T",
        "a list of sign-ins that happen, with any of created, appears_at, kind, properties",
    ),
    ("POST rate?tenant=T", "a number: sign-ins per second from now on"),
    ("POST clock", "a number: seconds by which the clock jumps"),
];

/// Answers a request below `/_simulator/`.
pub(crate) fn handle(shared: &Shared, path: &[&str], request: &Incoming) -> Reply {
    let options: HashMap<String, String> =
        form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
    let answer = match (&request.method, path) {
        (&Method::GET, [] | [""]) => {
            Ok(REQUESTS.iter().map(|(request, what)| (*request, json!(what))).collect())
        }
        (&Method::GET, ["state"]) => Ok(state(shared)),
        (&Method::GET, ["violations"]) => Ok(json!({"violations": lock(&shared.windows).violations()})),
        (&Method::GET, ["faults"]) => Ok(kinds_of_fault()),
        (&Method::GET, ["requests"]) => Ok(json!(lock(&shared.requests).recent())),
        (&Method::POST, ["clock"]) => body(request).map(|seconds| {
            shared.clock.jump(SignedDuration::from_secs(seconds));
            json!({"now": timestamp(shared.clock.now())})
        }),
        (method, [what]) => of_tenant(shared, method, what, &options, request),
        _ => Err(unknown(&request.method)),
    };
    let (status, body) = match answer {
        Ok(value) => (StatusCode::OK, value),
        Err(message) => (StatusCode::BAD_REQUEST, json!({"error": message})),
    };
    Reply::new(status, "application/json; charset=utf-8", format!("{body:#}\n"))
}

fn unknown(method: &Method) -> String {
    format!("there is no such {method}: GET /_simulator/ lists what there is")
}

fn kinds_of_fault() -> Value {
    let one = |kind: FaultKind| json!({"what": kind.meaning(), "fault": {"kind": kind}});
    FaultKind::examples().into_iter().map(one).collect()
}

fn of_tenant(
    shared: &Shared,
    method: &Method,
    what: &str,
    options: &HashMap<String, String>,
    request: &Incoming,
) -> Result<Value, String> {
    let tenant = || {
        let name = options.get("tenant").ok_or("the option 'tenant' is missing: a domain or GUID")?;
        shared.tenant_named(name).ok_or_else(|| format!("there is no tenant {name}: GET state lists them"))
    };
    match (method, what) {
        (&Method::GET, "truth") => Ok(json!(truth(&tenant()?.log_at(request.now), &TruthFilter::default()))),
        (&Method::GET, "record") => record(tenant()?.as_ref(), options, request),
        (&Method::POST, "faults") => {
            let (tenant, faults) = (tenant()?, one_or_many(request)?);
            let mut board = lock(&tenant.faults);
            for fault in faults {
                board.inject(fault);
            }
            Ok(json!(board.list()))
        }
        (&Method::DELETE, "faults") => {
            lock(&tenant()?.faults).clear();
            Ok(json!([]))
        }
        (&Method::POST, "sign-ins") => {
            let sign_ins: Vec<NewSignIn> = body(request)?;
            Ok(json!(tenant()?.add(sign_ins, request.now)))
        }
        (&Method::POST, "rate") => {
            let per_second = body(request)?;
            lock(&tenant()?.log).set_rate(per_second, request.now);
            Ok(json!({"per_second": per_second}))
        }
        _ => Err(unknown(method)),
    }
}

fn one_or_many(request: &Incoming) -> Result<Vec<Fault>, String> {
    if request.body.trim_ascii_start().starts_with(b"[") {
        body(request)
    } else {
        body(request).map(|fault| vec![fault])
    }
}

fn record(tenant: &Tenant, options: &HashMap<String, String>, request: &Incoming) -> Result<Value, String> {
    let log = tenant.log_at(request.now);
    let entry = options.get("id").and_then(|id| log.find(id)).ok_or("no such sign-in")?;
    Ok(Value::Object(tenant.record(&log, &entry, request.now, true)))
}

fn body<T: DeserializeOwned>(request: &Incoming) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|error| error.to_string())
}

fn state(shared: &Shared) -> Value {
    let limits = shared.limits();
    let in_window = lock(&shared.windows).in_window(limits.window, shared.clock.elapsed());
    let now = shared.clock.now();
    let tenants = shared.tenants.values().map(|tenant| {
        let log = tenant.log_at(now);
        let appeared = log.entries().iter().filter(|entry| entry.visible(now)).count();
        let faults = lock(&tenant.faults);
        json!({
            "id": tenant.id,
            "display_name": tenant.display_name,
            "domains": tenant.domains,
            "client_id": tenant.client_id,
            "sign_ins": log.entries().len(),
            "appeared": appeared,
            "requests_in_window": in_window.get(&(tenant.client_id.clone(), tenant.id)).copied().unwrap_or(0),
            "faults": faults.list(),
            "faults_happened": faults.happened(),
        })
    });
    json!({
        "now": timestamp(now),
        "seed": shared.seed,
        "tenants": tenants.collect::<Vec<_>>(),
        "limits": {
            "per_app_and_tenant": limits.per_app_and_tenant,
            "per_app": limits.per_app,
            "window_secs": limits.window.as_secs_f64(),
            "violations": lock(&shared.windows).violations(),
        },
        "totals": lock(&shared.requests).totals(),
    })
}
