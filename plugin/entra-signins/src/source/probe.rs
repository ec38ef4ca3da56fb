//! Trying the connectors out: a token per parent, one record of each kind per child.

use collector::config::{ComponentKey, GlobalOptions, ProxyConfig};
use collector::health::{Finding, WayOut};

use super::access::access;
use super::asked::Asked;
use crate::clock::Clock;
use crate::collect::access::Access;
use crate::config::{AzureAd, EntraSigninsConfig, Microsoft365, SignInEventType, TenantId};
use crate::graph::{PageRequest, SignInQuery};
use crate::http::Clients;
use crate::schedule::Priority;
use crate::status::{Observation, Verdict, of_graph, of_identity};

/// How far back a record is looked for, in seconds.
const LOOK_BACK: i64 = 3_600;

/// Tries all connectors, one after the other.
pub(super) async fn probe(
    config: &EntraSigninsConfig,
    key: &ComponentKey,
    globals: &GlobalOptions,
    proxy: &ProxyConfig,
) -> Vec<Finding> {
    let left = Asked::of(key, globals).and_then(|asked| asked.leave());
    let clock = Clock::system();
    let clients = Clients::new(proxy.clone());
    // All at once, so that the wait for what an earlier run may have spent is one for all.
    let (signed_in, parents): (Vec<_>, Vec<_>) =
        config.microsoft_365.iter().partition(|parent| parent.credential.strategy.is_delegated());
    let accesses =
        parents.iter().map(|parent| access(parent, &clients, config.limits(), false, &clock, None));
    let accesses: Vec<_> = accesses.collect();
    let mut findings: Vec<_> = signed_in.into_iter().map(not_tried).collect();
    for (parent, access) in parents.into_iter().zip(&accesses) {
        match access {
            Ok(access) => try_parent(parent, access, &mut findings).await,
            Err(error) => {
                findings.push(finding(&parent.name, "set-up", Err(Problem::plain(error.to_string()))));
            }
        }
    }
    if left.is_err() {
        // A run that starts next cannot know, so the requests must no longer count by then.
        tokio::time::sleep(config.limits().period).await;
    }
    findings
}

/// What a user has authorized, the running program has and nobody else.
fn not_tried(parent: &Microsoft365) -> Finding {
    let found = "not tried: it comes of a user who signs in while the program runs, see `status`".to_owned();
    finding(&parent.name, "token that reads sign-ins", Ok(Some(found)))
}

async fn try_parent(parent: &Microsoft365, access: &Access, findings: &mut Vec<Finding>) {
    let token = access.tokens.check_now().await.map(|_token| None);
    let token = token.map_err(|error| problem(of_identity(&error, &access.consent)));
    let works = token.is_ok();
    findings.push(finding(&parent.name, "token that reads sign-ins", token));
    if !works {
        return;
    }
    access.learn_time();
    let tenant = match access.tenant_id().await {
        Ok(tenant) => tenant,
        Err(observation) => {
            return findings.push(finding(&parent.name, "tenant", Err(problem(observation))));
        }
    };
    for child in &parent.azure_ad {
        for kind in &child.sign_in_event_types {
            let read = try_kind(access, tenant, child, *kind).await;
            findings.push(finding(&child.name, &format!("reads {kind}"), read.map(|()| None)));
        }
    }
}

/// Reads one sign-in of a kind.
pub(super) async fn try_kind(
    access: &Access,
    tenant: TenantId,
    child: &AzureAd,
    kind: SignInEventType,
) -> Result<(), Problem> {
    let token = access.tokens.token().await.map_err(|error| problem(of_identity(&error, &access.consent)))?;
    let turn = access.schedule.turn(tenant, Priority::Live).await;
    let now = access.server_now();
    let query = SignInQuery {
        kinds: vec![kind],
        from: now - LOOK_BACK,
        to: now,
        filter: child.filter.clone(),
        top: 1,
        ids_alone: false,
        count: false,
    };
    let page = access.graph.page(&token, PageRequest::Query(query), || turn.answered()).await;
    page.map(|_page| ()).map_err(|error| problem(of_graph(&error, &access.consent)))
}

/// Why something does not work.
pub(super) struct Problem {
    pub(super) what: String,
    pub(super) way_out: Option<WayOut>,
}

impl Problem {
    fn plain(what: String) -> Self {
        Self { what, way_out: None }
    }
}

pub(super) fn problem(observation: Observation) -> Problem {
    match observation {
        Observation::Answered | Observation::Cleared => Problem::plain("No answer.".to_owned()),
        Observation::Refused(Verdict { message, way_out, .. })
        | Observation::NoLicence(Verdict { message, way_out, .. })
        | Observation::Suspect(Verdict { message, way_out, .. })
        | Observation::Passing(Verdict { message, way_out, .. }) => Problem { what: message, way_out },
    }
}

/// What came of a try; if it worked, what was found.
pub(super) fn finding(subject: &str, tried: &str, outcome: Result<Option<String>, Problem>) -> Finding {
    let (found, problem, way_out) = match outcome {
        Ok(found) => (found, None, None),
        Err(problem) => (None, Some(problem.what), problem.way_out),
    };
    Finding { subject: subject.to_owned(), tried: tried.to_owned(), found, problem, way_out }
}
