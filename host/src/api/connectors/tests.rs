//! Tests of changing connectors over HTTP, over real connections.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::connectors::testing::{Ground, SECRET};
use crate::console;

const CLIENT_ID: &str = "11111111-2222-3333-4444-555555555555";

struct Served {
    ground: Ground,
    url: String,
    token: String,
    client: Client,
    stop: CancellationToken,
}

impl Served {
    async fn start() -> Self {
        let ground = Ground::new();
        let (url, token, stop) = console::testing::serve(&ground).await;
        let client = Client::builder().no_proxy().build().unwrap();
        Self { ground, url, token, client, stop }
    }

    /// Asks with the token; the status and the answer, in which no secret stands.
    async fn ask(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let request = self.client.request(method, format!("{}/api/v1/connectors{path}", self.url));
        let answer = as_json(request.bearer_auth(&self.token), body).send().await.unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        assert!(!text.contains(SECRET), "{text}");
        (status, serde_json::from_str(&text).unwrap())
    }

    /// Asks for what is refused; the status and the code.
    async fn refused(&self, method: Method, path: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.ask(method, path, &body).await;
        assert!(answer["error"].is_string(), "{answer}");
        (status, answer["code"].as_str().unwrap().to_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn as_json(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}

fn parent() -> Value {
    json!({
        "application": "Microsoft 365", "name": "contoso", "tenant_id": "contoso.example", "client_id": CLIENT_ID,
        "client_secret": format!("{SECRET}\n"), "expires_at": "2099-12-31",
    })
}

fn child() -> Value {
    json!({
        "application": "Microsoft Azure AD", "name": "sign-ins", "connector_tenant": "contoso",
        "sign_in_event_types": ["interactiveUser"],
    })
}

/// Scenario: a program with the token adds a parent and a child, edits both, gives the parent another secret, and removes both. Guarantee: each does what it says and answers
/// with what stands there then.
#[tokio::test]
async fn connectors_live_over_http() {
    let served = Served::start().await;
    let (status, added) = served.ask(Method::POST, "", &parent()).await;
    assert_eq!(
        (status, &added["name"], &added["is_used"]),
        (201, &json!("contoso"), &json!(true)),
        "{added}"
    );
    assert_eq!(served.ground.secret_of("contoso").as_deref(), Some(SECRET));
    assert_eq!(served.ask(Method::POST, "", &child()).await.0, 201);
    let (status, edited) = served
        .ask(
            Method::PATCH,
            "/contoso?application=Microsoft+365",
            &json!({"tenant_id": "other.example", "client_secret": "other"}),
        )
        .await;
    assert_eq!((status, &edited["tenant_id"]), (200, &json!("other.example")));
    assert_eq!(served.ask(Method::PATCH, "/sign-ins", &json!({"start": "now"})).await.0, 200);
    assert_eq!(served.ask(Method::PUT, "/contoso/secret", &json!({"client_secret": "third"})).await.0, 200);
    assert_eq!(served.ground.secret_of("contoso").as_deref(), Some("third"));
    for name in ["sign-ins", "contoso"] {
        assert_eq!(served.ask(Method::DELETE, &format!("/{name}"), &json!({})).await.0, 200, "{name}");
    }
    assert_eq!(served.ground.connectors.list().unwrap().len(), 1);
}

/// Scenario: what cannot be done is asked for: nonsense, other names and keys, what is there already, what is written by hand or needs more. Guarantee: each is refused with its
/// status and a code of its own, and nothing is changed.
#[tokio::test]
async fn refusals_have_codes() {
    let served = Served::start().await;
    for body in [parent(), child()] {
        assert_eq!(served.ask(Method::POST, "", &body).await.0, 201);
    }
    let before = std::fs::read(served.ground.file("contoso")).unwrap();
    let with = |body: Value, more: Value| {
        let (mut body, Value::Object(more)) = (body, more) else { panic!("an object") };
        body.as_object_mut().unwrap().extend(more);
        body
    };
    let other = |more: Value| with(with(parent(), json!({"name": "other"})), more);
    for (method, path, body, status, code) in [
        (Method::POST, "", json!(["x"]), 400, "bad_request"),
        (Method::POST, "", json!({"name": "other"}), 400, "bad_request"),
        (Method::POST, "", other(json!({"auth": {"client_secret": SECRET}})), 400, "bad_request"),
        (Method::POST, "", other(json!({"client_secret": 1})), 400, "bad_request"),
        (Method::PATCH, "/contoso?application=x", json!({}), 400, "bad_request"),
        (Method::PATCH, "/contoso", json!({"name": "x"}), 400, "bad_request"),
        (Method::PUT, "/contoso/secret", json!({}), 400, "bad_request"),
        (Method::PATCH, "/nobody", json!({}), 404, "unknown"),
        (Method::DELETE, "/contoso?application=Microsoft+Azure+AD", json!({}), 404, "unknown"),
        (Method::DELETE, "/..%2fmain", json!({}), 404, "unknown"),
        (Method::POST, "", parent(), 409, "exists"),
        (Method::DELETE, "/by-hand", json!({}), 409, "by_hand"),
        (Method::DELETE, "/contoso", json!({}), 409, "has_children"),
        (Method::POST, "", other(json!({"name": "../x"})), 422, "name"),
        (Method::POST, "", other(json!({"source": "x"})), 422, "source"),
        (Method::POST, "", other(json!({"client_secret": " "})), 422, "secret_empty"),
        (Method::POST, "", other(json!({"client_secret": null})), 422, "secret_needed"),
        (Method::POST, "", other(json!({"start": "now"})), 422, "foreign_setting"),
        (Method::POST, "", other(json!({"tenant_id": "${HOME}"})), 422, "wrong"),
        (
            Method::POST,
            "",
            other(json!({"strategy": "managed_identity", "client_secret": null, "expires_at": ""})),
            422,
            "wrong",
        ),
        (Method::PATCH, "/contoso", json!({"graph_endpoint": "https://x.example"}), 422, "secret_needed"),
        (Method::PUT, "/sign-ins/secret", json!({"client_secret": "x"}), 422, "no_secret"),
    ] {
        let what = format!("{method} {path} {body}");
        assert_eq!(served.refused(method, path, body).await, (status, code.to_owned()), "{what}");
    }
    assert_eq!(std::fs::read(served.ground.file("contoso")).unwrap(), before);
    assert_eq!(served.ground.connectors.list().unwrap().len(), 3);
}

/// Scenario: changes are asked for without the token, with another one, and by a page of somebody else with a session's cookie. Guarantee: none is made.
#[tokio::test]
async fn changes_take_the_token() {
    let served = Served::start().await;
    let url = format!("{}/api/v1/connectors", served.url);
    let status =
        async |request: RequestBuilder| as_json(request, &parent()).send().await.unwrap().status().as_u16();
    assert_eq!(status(served.client.post(&url)).await, 401);
    assert_eq!(status(served.client.post(&url).bearer_auth("guess")).await, 401);
    for (method, path) in [(Method::PATCH, "/x"), (Method::DELETE, "/x"), (Method::PUT, "/x/secret")] {
        assert_eq!(status(served.client.request(method, format!("{url}{path}"))).await, 401);
    }
    let log_in = served.client.post(format!("{}/login", served.url)).header("origin", &served.url);
    let log_in = log_in.header("content-type", "application/x-www-form-urlencoded");
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let log_in =
        client.execute(log_in.body(format!("secret={}", served.token)).build().unwrap()).await.unwrap();
    let cookie = log_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let from = |origin: &str| served.client.post(&url).header("cookie", &cookie).header("origin", origin);
    assert_eq!(status(from("https://evil.example")).await, 403);
    assert_eq!(served.ground.connectors.list().unwrap().len(), 1);
    assert_eq!(status(from(&served.url)).await, 201);
}
