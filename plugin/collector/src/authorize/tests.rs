use std::sync::Arc;

use futures::FutureExt;

use super::*;

/// A source that grants whoever comes back with the code `right`.
struct Door;

#[async_trait]
impl Authorizer for Door {
    async fn by_redirect(
        &self,
        connector: &ConnectorName,
        to: RedirectTo,
    ) -> Result<Redirect, AuthorizeError> {
        let connector = connector.name.as_str();
        if connector != "contoso" {
            return Err(AuthorizeError::UnknownConnector(connector.to_owned()));
        }
        let mut open = Url::parse("https://login.example/consent").unwrap();
        open.query_pairs_mut()
            .append_pair("redirect_uri", to.redirect_uri.as_str())
            .append_pair("state", &to.state)
            .append_pair("code_challenge", "hidden-challenge");
        let finish: Finish = Box::new(|answer| async move { granted(answer.get("code")) }.boxed());
        Ok(Redirect { open, instruction: "Accept.".to_owned(), finish })
    }

    async fn by_device_code(&self, connector: &ConnectorName) -> Result<DeviceCode, AuthorizeError> {
        let connector = connector.name.as_str();
        Err(AuthorizeError::NotOffered {
            connector: connector.to_owned(),
            reason: "it has a secret".to_owned(),
        })
    }
}

fn granted(code: Option<&str>) -> Result<Granted, AuthorizeError> {
    match code {
        Some("right") => Ok(Granted {
            tenant_id: "t".to_owned(),
            permissions: vec!["AuditLog.Read.All".to_owned()],
            missing: vec![],
        }),
        Some(_) | None => Err(AuthorizeError::Declined("no code came back".to_owned())),
    }
}

fn to() -> RedirectTo {
    RedirectTo {
        redirect_uri: Url::parse("http://127.0.0.1:8686/oauth/callback").unwrap(),
        state: "s1".to_owned(),
    }
}

fn answer(query: &[(&str, &str)]) -> RedirectAnswer {
    RedirectAnswer::new(query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

/// A host that knows nothing of the source drives an authorization from the page to what was granted.
#[tokio::test]
async fn a_host_drives_a_redirect() {
    let source: Arc<dyn Authorizer> = Arc::new(Door);
    let begun = source.by_redirect(&"contoso".into(), to()).await.unwrap();
    assert!(begun.open.query_pairs().any(|(name, value)| name == "state" && value == "s1"));
    let granted = (begun.finish)(answer(&[("code", "right"), ("state", "s1")])).await.unwrap();
    assert_eq!(granted.permissions, ["AuditLog.Read.All"]);
}

/// A redirect that carries two codes is no answer: an attacker may have added one.
#[tokio::test]
async fn of_two_codes_neither_counts() {
    let begun = Door.by_redirect(&"contoso".into(), to()).await.unwrap();
    let refused = (begun.finish)(answer(&[("code", "right"), ("code", "other")])).await;
    assert!(matches!(refused, Err(AuthorizeError::Declined(_))));
}

/// What is secret on the way, the code and the challenge, shows in no `Debug`.
#[tokio::test]
async fn debug_shows_no_secret() {
    let begun = Door.by_redirect(&"contoso".into(), to()).await.unwrap();
    assert!(!format!("{begun:?}").contains("hidden-challenge"));
    assert!(!format!("{:?}", answer(&[("code", "hidden-code")])).contains("hidden-code"));
    let code = DeviceCode {
        open: Url::parse("https://login.example/device").unwrap(),
        user_code: "HIDDEN42".to_owned(),
        expires_in: Duration::from_mins(15),
        granted: async { granted(None) }.boxed(),
    };
    assert!(!format!("{code:?}").contains("HIDDEN42"));
}
