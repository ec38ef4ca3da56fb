//! Tests of making and editing connectors on pages, over real connections.

use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use tokio_util::sync::CancellationToken;
use url::form_urlencoded;

use crate::connectors::testing::{Ground, SECRET};
use crate::console::testing::serve;

type Fields<'a> = Vec<(&'a str, &'a str)>;

/// Somebody who has logged in.
struct Person {
    ground: Ground,
    url: String,
    client: Client,
    stop: CancellationToken,
    cookie: String,
    word: String,
}

impl Person {
    async fn log_in(ground: Ground) -> Self {
        let (url, token, stop) = serve(&ground).await;
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        let (cookie, word) = (String::new(), String::new());
        let mut person = Self { ground, url, client, stop, cookie, word };
        let answer = person.submit("/login", &vec![("secret", &token)]).await;
        answer.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .clone_into(&mut person.cookie);
        let page = person.page("/").await;
        person.word =
            page.split_once("name=\"word\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
        person
    }

    async fn page(&self, path: &str) -> String {
        let get = self.client.get(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let page = get.send().await.unwrap().text().await.unwrap();
        assert!(!page.contains(SECRET), "{page}");
        page
    }

    async fn submit(&self, path: &str, fields: &Fields<'_>) -> Response {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .append_pair("word", &self.word)
            .finish();
        let post = self.client.post(format!("{}{path}", self.url)).header("origin", &self.url);
        let post =
            post.header("cookie", &self.cookie).header("content-type", "application/x-www-form-urlencoded");
        post.body(form).send().await.unwrap()
    }

    /// Submits what is taken; where it leads.
    async fn saved(&self, path: &str, fields: &Fields<'_>) -> String {
        let answer = self.submit(path, fields).await;
        assert_eq!(answer.status().as_u16(), 303, "{}", answer.text().await.unwrap());
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// Submits what is not taken; the panel, with why.
    async fn refused(&self, path: &str, fields: &Fields<'_>) -> String {
        let answer = self.submit(path, fields).await;
        assert_eq!(answer.status().as_u16(), 422);
        let page = answer.text().await.unwrap();
        assert!(!page.contains(SECRET), "{page}");
        page
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn parent<'a>(tenant: &'a str, secret: &'a str) -> Fields<'a> {
    vec![
        ("application", "microsoft_365"),
        ("name", "contoso"),
        ("tenant_id", tenant),
        ("client_id", "11111111-2222-3333-4444-555555555555"),
        ("strategy", "client_secret"),
        ("client_secret", secret),
    ]
}

/// Scenario: a parent is made, then edited: with nothing changed, with another tenant without and with the secret. Guarantee: the panel has the article's fields, filled in but for the
/// secret; a changed tenant asks for the secret in the same step; saving leads to Authorize.
#[tokio::test]
async fn a_connector_is_made_and_edited_on_pages() {
    let person = Person::log_in(Ground::new()).await;
    let panel = person.page("/connectors/new").await;
    for label in
        ["SaaS application", "Connector name", "Permissions", "Tenant", "Credential", "Next: Authorize."]
    {
        assert!(panel.contains(label), "{label} in {panel}");
    }
    let panel = person.page("/connectors/new?application=azure_ad").await;
    assert!(panel.contains("Connector tenant") && panel.contains("value=\"by-hand\""), "{panel}");
    let page = person.refused("/connectors/new", &parent("contoso.example", "  ")).await;
    assert!(page.contains("the client secret is empty"), "{page}");
    let secret = format!("{SECRET} \r\n");
    let saved = person.saved("/connectors/new", &parent("contoso.example", &secret)).await;
    assert_eq!(person.ground.secret_of("contoso").as_deref(), Some(SECRET));
    let page = person.page(&saved).await;
    assert!(page.contains("action=\"/authorize\"") && page.contains("value=\"contoso\""), "{page}");

    let panel = person.page("/connectors/edit?name=contoso").await;
    assert!(
        panel.contains("value=\"contoso.example\"") && panel.contains("action=\"/connectors/edit\""),
        "{panel}"
    );
    person.saved("/connectors/edit", &parent("contoso.example", "")).await;
    let page = person.refused("/connectors/edit", &parent("other.example", "")).await;
    assert!(page.contains("needs its client secret") && page.contains("value=\"other.example\""), "{page}");
    person.saved("/connectors/edit", &parent("other.example", "another")).await;
    assert_eq!(person.ground.secret_of("contoso").as_deref(), Some("another"));
    let by_hand = person.page("/connectors/edit?name=by-hand").await;
    assert!(by_hand.contains("which is changed by hand"), "{by_hand}");
}

/// Scenario: a sign-in connector is made with no kind of sign-in checked, then with one; it is edited to another. Guarantee: the first is refused, the panel shows what is read.
#[tokio::test]
async fn kinds_of_sign_in_are_chosen() {
    let person = Person::log_in(Ground::new()).await;
    let child = |kind: &'static str| {
        let fields = vec![("application", "azure_ad"), ("name", "sign-ins"), ("connector_tenant", "by-hand")];
        fields.into_iter().chain((!kind.is_empty()).then_some((kind, "on"))).collect::<Fields<'_>>()
    };
    let page = person.refused("/connectors/new", &child("")).await;
    assert!(page.contains("sign_in_event_types: is empty"), "{page}");
    person.saved("/connectors/new", &child("servicePrincipal")).await;
    person.saved("/connectors/edit", &child("managedIdentity")).await;
    let panel = person.page("/connectors/edit?name=sign-ins").await;
    assert_eq!(panel.matches(" checked").count(), 1, "{panel}");
    assert!(panel.contains("name=\"managedIdentity\" checked"), "{panel}");
}

/// Scenario: a file of a connector is broken. Guarantee: the panel says so and removes it; others can be made meanwhile.
#[tokio::test]
async fn what_is_broken_is_mended_on_pages() {
    let person = Person::log_in(Ground::with_two()).await;
    std::fs::write(person.ground.file("contoso-sign-ins"), "<script>").unwrap();
    let panel = person.page("/connectors/new").await;
    assert!(panel.contains("contoso-sign-ins.toml") && panel.contains("Remove contoso-sign-ins"), "{panel}");
    assert_eq!(person.saved("/connectors/remove", &vec![("name", "contoso-sign-ins")]).await, "/");
    assert!(!person.page("/connectors/new").await.contains("contoso-sign-ins"));
}
