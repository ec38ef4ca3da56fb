mod errors;

use std::sync::atomic::{AtomicUsize, Ordering};

use collector::config::ProxyConfig;
use graph_simulator::{
    Fault, FaultKind, LinkPart, RetryAfter, SignInKind, Simulator, SimulatorConfig, TenantConfig,
    TenantHandle,
};
use jiff::Timestamp;

use super::*;
use crate::config::{SignInEventType, TenantId};
use crate::graph::{BadRequest, ForeignLink, Refusal};
use crate::http::testing::{Canned, Then, answer, endpoints, nobody};

/// One tenant of a simulated Microsoft, a token for it, and a client.
struct Scene {
    simulator: Simulator,
    tenant: TenantHandle,
    graph: GraphClient,
    token: AccessToken,
}

impl Scene {
    async fn new(sign_ins: usize) -> Self {
        let contoso = TenantConfig::new(Uuid::from_u128(0xc0), "Contoso");
        let contoso = contoso.history(sign_ins, Duration::from_hours(1));
        let config = SimulatorConfig::with_tenants([contoso.clone()]);
        let limits = graph_simulator::Limits::off();
        let simulator = Simulator::start(SimulatorConfig { limits, ..config }).await.expect("starts");
        Self {
            tenant: simulator.tenant(&contoso.id).expect("is configured"),
            graph: client(&simulator.graph_endpoint()),
            token: issued(&simulator, &contoso).await,
            simulator,
        }
    }

    /// All of the last day, so many at once.
    fn query(&self, top: u16) -> PageRequest {
        let now = self.simulator.now().as_second();
        let (kinds, filter) = (SignInEventType::ALL.to_vec(), None);
        PageRequest::Query(SignInQuery {
            kinds,
            from: now - 86_400,
            to: now,
            filter,
            top,
            ids_alone: false,
            count: false,
        })
    }

    async fn page(&self, top: u16) -> Result<Page, GraphError> {
        self.graph.page(&self.token, self.query(top), || {}).await
    }

    /// What a request comes to under this fault.
    async fn under(&self, fault: FaultKind) -> GraphError {
        self.tenant.inject(fault.clone());
        let error = self.page(10).await;
        assert_eq!(self.tenant.faults(), [], "{fault:?} has happened");
        error.err().unwrap_or_else(|| panic!("{fault:?} is an error"))
    }
}

fn client(graph: &Url) -> GraphClient {
    let endpoints = endpoints(graph);
    let http = crate::http::client(&endpoints, &ProxyConfig::default()).expect("builds");
    GraphClient::new(&endpoints, http)
}

fn token(secret: &str) -> AccessToken {
    AccessToken::of(secret)
}

async fn issued(simulator: &Simulator, tenant: &TenantConfig) -> AccessToken {
    let login = simulator.login_endpoint();
    let scope = format!("{login}.default");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &tenant.client_id),
        ("client_secret", &tenant.client_secret),
        ("scope", &scope),
    ];
    let url = login.join(&format!("{}/oauth2/v2.0/token", tenant.id)).expect("is a URL");
    let body =
        Client::new().post(url).form(&form).send().await.expect("answers").bytes().await.expect("comes");
    let answer: serde_json::Value = serde_json::from_slice(&body).expect("is JSON");
    token(answer["access_token"].as_str().expect("is a token"))
}

fn any_query() -> PageRequest {
    PageRequest::Query(SignInQuery {
        kinds: vec![],
        from: 0,
        to: 1,
        filter: None,
        top: 1,
        ids_alone: false,
        count: false,
    })
}

/// Scenario: a walk over all kinds in pages of seven.
/// Guarantees: every sign-in that there is, in order of time, once; the server's time and ids come along.
#[tokio::test]
async fn a_walk_finds_every_sign_in() {
    let scene = Scene::new(100).await;
    let (mut ids, mut times, mut pages) = (Vec::new(), Vec::new(), 0);
    let mut request = Some(scene.query(7));
    while let Some(next) = request {
        let page = scene.graph.page(&scene.token, next, || {}).await.expect("a page");
        for record in &page.records {
            let sign_in = SignIn::parse(record).expect("is a sign-in");
            ids.push(sign_in.id.into_owned());
            times.push(sign_in.created_date_time.timestamp());
        }
        let server_date = page.server_date.expect("has a date");
        assert!(server_date <= scene.simulator.now() && page.request_id.is_some());
        assert!(page.bytes_received > 0 && page.bytes_received < page.body.len(), "it came compressed");
        pages += 1;
        request = page.next.map(PageRequest::Next);
    }
    assert!(pages >= 100 / 7 && times.is_sorted());
    ids.sort();
    let mut truth: Vec<_> = scene.tenant.truth().into_iter().map(|sign_in| sign_in.id).collect();
    truth.sort();
    assert_eq!(ids, truth);
}

/// Scenario: queries of one kind, and with a configured filter.
/// Guarantees: Graph understands them and gives what was asked for.
#[tokio::test]
async fn queries_are_understood() {
    let scene = Scene::new(200).await;
    let of_kind =
        |kind: SignInKind| scene.tenant.truth().iter().filter(|sign_in| sign_in.kind == kind).count();
    for (kinds, filter, count) in [
        (vec![SignInEventType::ServicePrincipal], None, of_kind(SignInKind::ServicePrincipal)),
        (vec![SignInEventType::ManagedIdentity], Some("status/errorCode eq -1"), 0),
    ] {
        let PageRequest::Query(query) = scene.query(1_000) else { panic!("is a query") };
        let request = PageRequest::Query(SignInQuery { kinds, filter: filter.map(str::to_owned), ..query });
        let page = scene.graph.page(&scene.token, request, || {}).await.expect("a page");
        assert_eq!((page.records.len(), page.next), (count, None));
    }
}

/// Scenario: a first page and the page after it.
/// Guarantees: both are asked for with token, enum header, JSON, gzip and an id of their own; the link is not changed.
#[tokio::test]
async fn every_request_carries_its_headers() {
    let body = r#"{"value":[]}"#;
    let server = Canned::answer("200 OK", "request-id: theirs\r\n", body).await;
    let graph = client(&server.url);
    let link = format!("{}beta/auditLogs/signIns?$skiptoken=a%2Bb%20c+d", server.url);
    let next = NextLink::parse(&link, &graph.sign_ins).expect("is ours");
    for request in [any_query(), PageRequest::Next(next)] {
        let page = graph.page(&token("hush"), request, || {}).await.expect("a page");
        assert_eq!(page.request_id.as_deref(), Some("theirs"));
    }
    let requests = server.requests();
    for (request, target) in
        requests.iter().zip(["?$filter=createdDateTime%20ge%20", "?$skiptoken=a%2Bb%20c+d HTTP"])
    {
        assert!(request.starts_with(&format!("GET /beta/auditLogs/signIns{target}")), "{request}");
        for header in [
            "authorization: Bearer hush",
            "prefer: include-unknown-enum-members",
            "accept: application/json",
            "accept-encoding: gzip",
        ] {
            assert!(request.contains(&format!("\r\n{header}\r\n")), "{header}: {request}");
        }
    }
    let id =
        |request: &String| request.split_once("client-request-id: ").map(|(_, rest)| rest[..36].to_owned());
    assert!(id(&requests[0]).is_some() && id(&requests[0]) != id(&requests[1]));
}

/// Scenario: a good answer, a refusal, and nobody there.
/// Guarantees: the caller hears once of an answer that has begun, and not of none.
#[tokio::test]
async fn answers_are_told_of_when_they_begin() {
    let good = Canned::answer("200 OK", "", r#"{"value":[]}"#).await;
    let bad = Canned::answer("503 Service Unavailable", "", "").await;
    for (url, begun) in [(good.url.clone(), 1), (bad.url.clone(), 1), (nobody().await, 0)] {
        let answers = AtomicUsize::new(0);
        let count = || {
            answers.fetch_add(1, Ordering::Relaxed);
        };
        let result = client(&url).page(&token("hush"), any_query(), count).await;
        assert_eq!(answers.into_inner(), begun, "{result:?}");
    }
    let error =
        client(&nobody().await).page(&token("hush"), any_query(), || {}).await.expect_err("nobody is there");
    assert!(matches!(error, GraphError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().starts_with("Graph cannot be reached: it refuses connections"), "{error}");
}

/// Scenario: answers with a wrong content type, with properties nobody knows, with records that are none.
/// Guarantees: none of it costs a page.
#[tokio::test]
async fn oddities_cost_no_page() {
    let scene = Scene::new(5).await;
    for fault in [
        FaultKind::WrongContentType,
        FaultKind::UnknownFields,
        FaultKind::FlawedRecords { flaw: graph_simulator::Flaw::NotAnObject },
    ] {
        scene.tenant.inject(fault.clone());
        let page = scene.page(1_000).await.expect("a page");
        let extra = usize::from(matches!(fault, FaultKind::FlawedRecords { .. }));
        assert_eq!(page.records.len(), 5 + extra, "{fault:?}");
    }
}

/// Scenario: the tenant's name, with the permission to read it and without; answers that are none.
/// Guarantees: name, id, domains and licences; a refusal that says why; never a made-up name.
#[tokio::test]
async fn the_organization_is_read() {
    let scene = Scene::new(0).await;
    let found = scene.graph.organization(&scene.token).await.expect("is readable");
    assert_eq!(found.display_name.as_deref(), Some("Contoso"));
    assert_eq!(found.id, Some(TenantId(scene.tenant.id())));
    assert_eq!(found.verified_domains, ["contoso.example"]);
    assert_eq!(found.licences, Some(vec!["Entra ID P2"]));
    scene.tenant.set_premium(false);
    let found = scene.graph.organization(&scene.token).await.expect("is readable");
    assert_eq!(found.licences, Some(vec![]), "a plan that was deleted is none");
    scene.tenant.inject(
        Fault::new(FaultKind::Forbidden { code: "Authorization_RequestDenied".to_owned() })
            .on(graph_simulator::Endpoint::Organization),
    );
    let error = scene.graph.organization(&scene.token).await.expect_err("is refused");
    assert!(matches!(error, GraphError::Refused { reason: Refusal::RequestDenied, .. }), "{error:?}");
    for (body, name) in [
        (
            r#"{"value":[{"displayName":"A","verifiedDomains":[{"name":"b"},{"name":"a","isDefault":true}]}]}"#,
            Some("A"),
        ),
        (r#"{"value":[{"displayName":" ","id":7}]}"#, None),
        (r#"{"value":[{"displayName":null,"id":"x"}]}"#, None),
        (r#"{"value":[]}"#, None),
        ("<html>", None),
    ] {
        let server = Canned::answer("200 OK", "", body).await;
        let found = client(&server.url).organization(&token("hush")).await;
        assert_eq!(found.ok().and_then(|found| found.display_name).as_deref(), name, "{body}");
        assert!(
            server.requests()[0]
                .starts_with("GET /v1.0/organization?$select=id,displayName,verifiedDomains,assignedPlans ")
        );
    }
}

/// Scenario: a server whose clock is far from this machine's, and one that does not tell.
/// Guarantees: its time comes with pages and with errors, as it says it; none is made up.
#[tokio::test]
async fn the_servers_time_comes_along() {
    let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let seen: Timestamp = "1994-11-06T08:49:37Z".parse().expect("is a time");
    let good = Canned::answer("200 OK", date, r#"{"value":[]}"#).await;
    let page = client(&good.url).page(&token("hush"), any_query(), || {}).await.expect("a page");
    assert_eq!(page.server_date, Some(seen));
    let bad = Canned::answer("500 Internal Server Error", date, "").await;
    let error = client(&bad.url).page(&token("hush"), any_query(), || {}).await.expect_err("is an error");
    assert_eq!(error.answer().server_date, Some(seen));
    let silent = Canned::answer("200 OK", "", r#"{"value":[]}"#).await;
    let page = client(&silent.url).page(&token("hush"), any_query(), || {}).await.expect("a page");
    assert_eq!(page.server_date, None);
}
