//! Tests of having a connector authorized with a code.

use std::time::Duration;

use async_trait::async_trait;
use collector::authorize::{
    AuthorizeError, Authorizer, ConnectorName, DeviceCode, Granted, Redirect, RedirectTo,
};
use collector::health::WayOut;
use futures::future::BoxFuture;
use tokio::sync::watch;

use super::*;

/// Offers a browser for `browser`, codes for all but that, and waits for whoever has the code of `slow`.
struct Offered {
    /// Counts who waits.
    waiting: watch::Sender<usize>,
}

/// One who waits.
struct Waits(watch::Sender<usize>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}

impl Offered {
    fn granted(&self, connector: &str) -> BoxFuture<'static, Result<Granted, AuthorizeError>> {
        let granted = Granted {
            tenant_id: "t".to_owned(),
            permissions: vec!["AuditLog.Read.All".to_owned()],
            missing: Vec::new(),
        };
        self.waiting.send_modify(|waiting| *waiting += 1);
        let waits = Waits(self.waiting.clone());
        let answer = match connector {
            "slow" => None,
            "unlucky" => Some(Err(AuthorizeError::Failed {
                message: "the user is locked".to_owned(),
                way_out: WayOut { text: "Unlock the user.".to_owned(), url: None },
            })),
            _ => Some(Ok(granted)),
        };
        Box::pin(async move {
            let _waits = waits;
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        })
    }
}

#[async_trait]
impl Authorizer for Offered {
    async fn by_redirect(
        &self,
        connector: &ConnectorName,
        to: RedirectTo,
    ) -> Result<Redirect, AuthorizeError> {
        let connector = connector.name.as_str();
        match connector {
            "nobody" => Err(AuthorizeError::UnknownConnector(connector.to_owned())),
            "browser" => Ok(Redirect {
                open: to.redirect_uri,
                instruction: String::new(),
                finish: Box::new(|_| Box::pin(std::future::pending())),
            }),
            _ => Err(AuthorizeError::NotOffered {
                connector: connector.to_owned(),
                reason: "codes alone".to_owned(),
            }),
        }
    }

    async fn by_device_code(&self, connector: &ConnectorName) -> Result<DeviceCode, AuthorizeError> {
        let connector = connector.name.as_str();
        if connector == "nobody" {
            return Err(AuthorizeError::UnknownConnector(connector.to_owned()));
        }
        Ok(DeviceCode {
            open: "https://login.example/device".parse().unwrap(),
            user_code: "ABCD1234".to_owned(),
            expires_in: Duration::from_mins(15),
            granted: self.granted(connector),
        })
    }
}

async fn ask(served: &Served, token: &str, body: Value) -> reqwest::Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(format!("{}/api/v1/authorize", served.url)).bearer_auth(token);
    request.header("content-type", "application/json").body(body.to_string()).send().await.unwrap()
}

async fn steps(served: &Served, body: Value) -> Vec<Value> {
    let response = ask(served, &served.token, body).await;
    assert_eq!(response.status(), 200);
    response.text().await.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Scenario: connectors that are authorized with a code, by a browser, or by either, one that fails and one that nobody knows; asked for with
/// and without a wish; then without the token. Guarantee: each is told what to do and what came of it, in order, and nobody begins
/// anything without the token.
#[tokio::test]
async fn a_connector_is_authorized_in_steps() {
    let served = Served::start().await;
    let waiting = watch::Sender::new(0);
    let offered: Arc<dyn Authorizer> = Arc::new(Offered { waiting: waiting.clone() });
    let offers = Offers::default();
    offers.authorizer.offer(&offered);
    served.overview.show_source(&"entra".into(), "entra_signins", HealthReporter::channel().1, offers);
    let code = json!({"step": "enter_code", "open": "https://login.example/device", "user_code": "ABCD1234", "expires_in_secs": 900});
    let granted =
        json!({"step": "granted", "tenant_id": "t", "permissions": ["AuditLog.Read.All"], "missing": []});
    let failed = json!({
        "step": "failed", "message": "the user is locked", "way_out": {"text": "Unlock the user."}
    });
    for (body, expected) in [
        (json!({"connector": "contoso"}), vec![code.clone(), granted.clone()]),
        (json!({"connector": "browser"}), vec![json!({"step": "open_console"})]),
        (json!({"connector": "browser", "device_code": true}), vec![code.clone(), granted]),
        (json!({"connector": "unlucky"}), vec![code, failed]),
        (json!({"connector": "nobody"}), vec![json!({"step": "unknown"})]),
    ] {
        assert_eq!(steps(&served, body.clone()).await, expected, "{body}");
    }
    assert_eq!(ask(&served, "guessed", json!({"connector": "slow"})).await.status(), 401);
    assert_eq!(*waiting.borrow(), 0);
    served.stop().await;
}

/// Scenario: somebody asks for a code and goes away. Guarantee: what was begun is given up.
#[tokio::test]
async fn who_goes_away_has_given_up() {
    let served = Served::start().await;
    let waiting = watch::Sender::new(0);
    let offered: Arc<dyn Authorizer> = Arc::new(Offered { waiting: waiting.clone() });
    let offers = Offers::default();
    offers.authorizer.offer(&offered);
    served.overview.show_source(&"entra".into(), "entra_signins", HealthReporter::channel().1, offers);
    let mut response = ask(&served, &served.token, json!({"connector": "slow"})).await;
    assert!(response.chunk().await.unwrap().is_some());
    let mut waiting = waiting.subscribe();
    assert_eq!(*waiting.borrow_and_update(), 1);
    drop(response);
    waiting.wait_for(|waiting| *waiting == 0).await.unwrap();
    served.stop().await;
}
