//! `/_simulator/`: a simulator that runs on its own is looked into and steered over HTTP.
//!
//! | request | what |
//! | --- | --- |
//! | `GET state` | tenants with their counts and faults, the clock, totals, violations |
//! | `GET violations` | requests beyond a limit |
//! | `GET requests` | the last requests |
//! | `GET truth?tenant=T` | every sign-in: id, time, kind, when it appears |
//! | `GET record?tenant=T&id=ID` | one record |
//! | `GET faults` | one example of each kind of fault |
//! | `POST faults?tenant=T` | a [`Fault`] as JSON, or a list of them |
//! | `DELETE faults?tenant=T` | all faults off |
//! | `POST sign-ins?tenant=T` | a list of sign-ins ([`NewSignIn`]) that happen; gives their ids |
//! | `POST rate?tenant=T` | a number: sign-ins per second from now on |
//! | `POST clock` | a number: seconds by which the clock jumps |
//!
//! `T` is a GUID or a domain.

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

/// Answers a request below `/_simulator/`.
pub(crate) fn handle(shared: &Shared, path: &[&str], request: &Incoming) -> Reply {
    let options: HashMap<String, String> =
        form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
    let answer = match (&request.method, path) {
        (&Method::GET, ["state"]) => Ok(state(shared)),
        (&Method::GET, ["violations"]) => Ok(json!({"violations": lock(&shared.windows).violations()})),
        (&Method::GET, ["faults"]) => Ok(json!(FaultKind::examples())),
        (&Method::GET, ["requests"]) => Ok(json!(lock(&shared.requests).recent())),
        (&Method::POST, ["clock"]) => body(request).map(|seconds| {
            shared.clock.jump(SignedDuration::from_secs(seconds));
            json!({"now": timestamp(shared.clock.now())})
        }),
        (method, [what]) => of_tenant(shared, method, what, &options, request),
        _ => Err("no such path".to_owned()),
    };
    match answer {
        Ok(value) => Reply::json(StatusCode::OK, &value),
        Err(message) => Reply::json(StatusCode::BAD_REQUEST, &json!({"error": message})),
    }
}

fn of_tenant(
    shared: &Shared,
    method: &Method,
    what: &str,
    options: &HashMap<String, String>,
    request: &Incoming,
) -> Result<Value, String> {
    let name = options.get("tenant").ok_or("the option 'tenant' is missing")?;
    let tenant = shared.tenant_named(name).ok_or("no such tenant")?;
    match (method, what) {
        (&Method::GET, "truth") => Ok(json!(truth(&tenant.log_at(request.now), &TruthFilter::default()))),
        (&Method::GET, "record") => record(&tenant, options, request),
        (&Method::POST, "faults") => {
            let faults: Vec<Fault> = body(request).or_else(|_| body(request).map(|fault| vec![fault]))?;
            let mut board = lock(&tenant.faults);
            for fault in faults {
                board.inject(fault);
            }
            Ok(json!(board.list()))
        }
        (&Method::DELETE, "faults") => {
            lock(&tenant.faults).clear();
            Ok(json!([]))
        }
        (&Method::POST, "sign-ins") => {
            body::<Vec<NewSignIn>>(request).map(|sign_ins| json!(tenant.add(sign_ins, request.now)))
        }
        (&Method::POST, "rate") => body(request).map(|per_second| {
            lock(&tenant.log).set_rate(per_second, request.now);
            json!({"per_second": per_second})
        }),
        _ => Err("no such path".to_owned()),
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
