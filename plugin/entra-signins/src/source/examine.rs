//! Looking, while the source runs, whether all is well that its connectors depend on: what a person would look at, in the order in
//! which each thing needs the one before it.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use collector::examine::Examiner;
use collector::health::{Finding, WayOut};
use futures::StreamExt as _;
use tokio::sync::mpsc;

use super::parent::Parent;
use super::probe::{Problem, finding, problem, try_kind};
use super::shared::Shared;
use crate::collect::access::Access;
use crate::collect::stream::Connector;
use crate::config::{SignInEventType, TenantId};
use crate::coverage::Second;
use crate::graph::GraphError;
use crate::identity::AccessToken;
use crate::status::{lacks_permission_alone, of_graph, of_identity};

/// Parents examined at the same time; each waits for its turns alone.
const AT_ONCE: usize = 8;
/// Microsoft takes no assertion of a machine whose clock is further off than this.
const MOST_OFF: Second = 300;

/// Examines what a source reads, for as long as it runs.
pub(super) struct Examining {
    pub(super) shared: Weak<Shared>,
    pub(super) parents: Vec<Arc<Parent>>,
}

/// Whoever asked, and whom he asked for.
struct Asked {
    shared: Arc<Shared>,
    connectors: Vec<String>,
    findings: mpsc::Sender<Finding>,
}

#[async_trait]
impl Examiner for Examining {
    async fn examine(&self, connectors: Vec<String>, findings: mpsc::Sender<Finding>) {
        let Some(shared) = self.shared.upgrade() else { return };
        let asked = Asked { shared, connectors, findings };
        let parents = self.parents.iter().filter(|parent| asked.wants_any_of(parent));
        let all = futures::stream::iter(parents).for_each_concurrent(AT_ONCE, |parent| asked.parent(parent));
        tokio::select! {
            () = asked.shared.stop.cancelled() => {}
            () = asked.findings.closed() => {}
            () = all => {}
        }
    }
}

impl Asked {
    fn wants(&self, name: &str) -> bool {
        self.connectors.is_empty() || self.connectors.iter().any(|wanted| wanted == name)
    }

    fn wants_any_of(&self, parent: &Parent) -> bool {
        self.wants(&parent.config.name) || parent.children.iter().any(|child| self.wants(&child.config.name))
    }

    async fn say(&self, finding: Finding) {
        // Who does not listen any more is noticed by whoever drives this.
        let _gone = self.findings.send(finding).await;
    }

    async fn parent(&self, parent: &Parent) {
        let (name, access) = (parent.config.name.as_str(), parent.access.as_ref());
        let token = match access.tokens.check_now().await {
            Ok(token) => token,
            Err(error) => {
                let problem = problem(of_identity(&error, &access.consent));
                let tried = if lacks_permission_alone(&error) {
                    self.say(finding(name, "token", Ok(None))).await;
                    "permissions"
                } else {
                    "token"
                };
                return self.say(finding(name, tried, Err(problem))).await;
            }
        };
        self.say(finding(name, "token", Ok(token.tenant().map(|tenant| format!("of {tenant}"))))).await;
        self.say(finding(name, "permissions", Ok(permissions(&token)))).await;
        self.say(finding(name, "licence", licence(access, &token).await)).await;
        self.say(finding(name, "clock", clock(access))).await;
        self.say(finding(name, "request budget", Ok(Some(self.budget(parent))))).await;
        match access.tenant_id().await {
            Ok(tenant) => self.children(parent, tenant).await,
            Err(observation) => self.say(finding(name, "tenant", Err(problem(observation)))).await,
        }
    }

    async fn children(&self, parent: &Parent, tenant: TenantId) {
        let whole = self.wants(&parent.config.name);
        for child in parent.children.iter().filter(|child| whole || self.wants(&child.config.name)) {
            for kind in &child.config.sign_in_event_types {
                let read = try_kind(&parent.access, tenant, &child.config, *kind).await;
                let read = read.map(|()| self.lateness(child, *kind));
                self.say(finding(&child.config.name, &format!("reads {kind}"), read)).await;
            }
        }
    }

    fn budget(&self, parent: &Parent) -> String {
        let spent = parent.access.schedule.spent();
        let now = format!("{spent} requests of the app registration count now");
        match self.shared.plan.remark_of(&parent.config) {
            Some(remark) => format!("{now}; {remark}"),
            None => now,
        }
    }

    /// How late sign-ins of this kind have been.
    fn lateness(&self, child: &Arc<Connector>, kind: SignInEventType) -> Option<String> {
        let streams = self.shared.streams();
        let stream =
            streams.iter().find(|stream| stream.key.kind == kind && Arc::ptr_eq(&stream.connector, child))?;
        let lateness = *stream.lateness();
        let (half, most) = (lateness.at_most(500)?, lateness.at_most(990)?);
        let longest = lateness.longest()?;
        Some(format!(
            "of late sign-ins half showed within {half} s, 99 % within {most} s, all within {longest} s"
        ))
    }
}

fn permissions(token: &AccessToken) -> Option<String> {
    (!token.permissions().is_empty()).then(|| token.permissions().join(", "))
}

/// Whether the tenant has what sign-ins need. An app need not be allowed to see it.
async fn licence(access: &Access, token: &AccessToken) -> Result<Option<String>, Problem> {
    let unseen = || {
        Ok(Some(
            "not shown to this app; Organization.Read.All would let it see, which it need not".to_owned(),
        ))
    };
    match access.graph.organization(token).await {
        Ok(organization) => match organization.licences {
            Some(licences) if licences.is_empty() => Err(Problem {
                what: "The tenant has neither Entra ID P1 nor P2, without which Microsoft shows no sign-ins."
                    .to_owned(),
                way_out: Some(WayOut { text: "Get one of them.".to_owned(), url: None }),
            }),
            Some(licences) => Ok(Some(licences.join(", "))),
            None => unseen(),
        },
        Err(GraphError::Refused { .. }) => unseen(),
        Err(error) => Err(problem(of_graph(&error, &access.consent))),
    }
}

/// How far this machine's clock is from Microsoft's.
fn clock(access: &Access) -> Result<Option<String>, Problem> {
    let Some(server) = access.server_said() else { return Ok(None) };
    let ahead = access.clock.now().as_second() - server;
    let off = format!("{} s {} Microsoft's", ahead.abs(), if ahead < 0 { "behind" } else { "ahead of" });
    if ahead.abs() <= MOST_OFF {
        return Ok(Some(off));
    }
    Err(Problem {
        what: format!("This machine's clock is {off}."),
        way_out: Some(WayOut { text: "Set it, and keep it set (NTP).".to_owned(), url: None }),
    })
}
