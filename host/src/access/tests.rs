//! Tests of who may do what, over real connections, with the console's pages.

mod guessing;
mod sessions;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use collector::sensitive::SensitiveString;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Access, TokenError, hash_password};
use crate::api::{Api, ApiState, Overview};
use crate::config::ApiConfig;
use crate::console;
use crate::telemetry::metrics_for_tests;

const PASSWORD: &str = "correct horse battery staple";

/// The console, served.
struct Served {
    url: String,
    token: String,
    client: Client,
    stop: CancellationToken,
    tasks: TaskTracker,
    _data_dir: TempDir,
}

impl Served {
    /// On loopback, with a token of its own.
    async fn on_loopback() -> Self {
        Self::with(|config| config).await
    }

    /// As it would be on another address, which a test cannot listen on.
    async fn elsewhere() -> Self {
        let hash = hash_password(&PASSWORD.into()).unwrap().parse().unwrap();
        Self::with(|config| ApiConfig { password_hash: Some(hash), ..config }).await
    }

    async fn with(change: impl FnOnce(ApiConfig) -> ApiConfig) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let config = change(ApiConfig::at(address));
        let api = Api::bind(&config).await.unwrap();
        let url = format!("http://{}", api.address());
        let mut access = Access::open(&config, data_dir.path()).unwrap();
        access.reads_freely &= config.password_hash.is_none();
        let token = std::fs::read_to_string(access.token_file()).unwrap();
        let overview = Overview::new(Arc::new(|| Timestamp::UNIX_EPOCH));
        let state = ApiState { overview, metrics: metrics_for_tests(), access: Arc::new(access) };
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(api.serve(state, console::router(console::Console::default()), stop.clone()));
        tasks.close();
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        let token = token.trim().to_owned();
        Self { url, token, client, stop, tasks, _data_dir: data_dir }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.client.get(format!("{}{path}", self.url)).headers(map(headers)).send().await.unwrap()
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], form: &str) -> Response {
        let post = self.client.post(format!("{}{path}", self.url)).headers(map(headers));
        let post = post.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
        post.send().await.unwrap()
    }

    /// Sends a form as a page of this console does.
    async fn submit(&self, path: &str, cookie: &str, form: &str) -> Response {
        self.post(path, &[("origin", &self.url), ("cookie", cookie)], form).await
    }

    /// Logs in with this; the cookie.
    async fn log_in(&self, secret: &str) -> String {
        let answer = self.submit("/login", "", &format!("secret={secret}&next=%2Fpipeline")).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["location"]),
            (303, &"/pipeline".parse().unwrap())
        );
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
            "{cookie}"
        );
        cookie.split(';').next().unwrap().to_owned()
    }

    /// The word that stands in the forms of a session.
    async fn word(&self, cookie: &str) -> String {
        let page = self.get("/", &[("cookie", cookie)]).await.text().await.unwrap();
        let (_, after) = page.split_once("name=\"word\" value=\"").unwrap();
        after.split_once('"').unwrap().0.to_owned()
    }

    async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

fn map(headers: &[(&str, &str)]) -> HeaderMap {
    let header = |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    headers.iter().filter(|(_, value)| !value.is_empty()).map(header).collect()
}

fn status(response: &Response) -> u16 {
    response.status().as_u16()
}

/// Scenario: pages, data and metrics are read by nobody in particular, on loopback and elsewhere, with a token and without.
/// Guarantee: on loopback all of it is read; elsewhere a person is sent to log in and back, a program is told how, and only health, the
/// log-in and its style are open.
#[tokio::test]
async fn reading_is_free_on_loopback_alone() {
    let here = Served::on_loopback().await;
    for path in ["/", "/pipeline", "/metrics", "/api/v1/connectors", "/login", "/assets/console.css"] {
        assert_eq!(status(&here.get(path, &[]).await), 200, "{path}");
    }
    here.stop().await;
    let elsewhere = Served::elsewhere().await;
    for path in ["/login", "/assets/console.css"] {
        assert_eq!(status(&elsewhere.get(path, &[]).await), 200, "{path}");
    }
    assert_eq!(status(&elsewhere.get("/health", &[]).await), 503, "it is starting");
    for path in ["/metrics", "/api/v1/connectors"] {
        let answer = elsewhere.get(path, &[("authorization", "Bearer guess")]).await;
        assert_eq!(
            (status(&answer), &answer.headers()["www-authenticate"]),
            (401, &"Bearer".parse().unwrap())
        );
    }
    let sent = elsewhere.get("/connector?name=x&source=y", &[]).await;
    assert_eq!(sent.headers()["location"], "/login?next=%2Fconnector%3Fname%3Dx%26source%3Dy");
    let cookie = elsewhere.log_in("correct+horse+battery+staple").await;
    for path in ["/", "/metrics", "/api/v1/connectors"] {
        assert_eq!(status(&elsewhere.get(path, &[("cookie", &cookie)]).await), 200, "{path}");
    }
    elsewhere.stop().await;
}

/// Scenario: a proxy on this machine, which passes the name on that people use, and one of our own pages by a loopback name. Guarantee: people elsewhere have to
/// log in; on the machine itself nobody has to.
#[tokio::test]
async fn reading_through_a_proxy_is_not_free() {
    let served = Served::with(|config| ApiConfig {
        allowed_hosts: vec!["127.0.0.1".to_owned(), "siem.example".to_owned()],
        ..config
    })
    .await;
    for (host, expected) in [("siem.example", 401), ("127.0.0.1:8686", 200)] {
        assert_eq!(status(&served.get("/api/v1/connectors", &[("host", host)]).await), expected, "{host}");
    }
    let asked = served.client.post(format!("{}/api/v1/doctor", served.url)).header("host", "siem.example");
    assert_eq!(
        status(&asked.header("content-type", "application/json").body("{}").send().await.unwrap()),
        401
    );
    served.stop().await;
}

/// Scenario: proxies on this machine that put a loopback name into `Host`, as they do unless told otherwise: one that adds a header of its own,
/// and one that adds none, before a console with a `public_url`. Guarantee: who comes through them has to log in, and can, by a page at the
/// public address alone; a console that is public on loopback alone is read freely.
#[tokio::test]
async fn a_proxy_that_names_this_machine_opens_nothing() {
    let public = |url: &str| {
        let url = url.parse().unwrap();
        Served::with(|config| ApiConfig { public_url: Some(url), ..config })
    };
    let (here, proxied) = (public("http://localhost:1").await, public("https://siem.example").await);
    let path = "/api/v1/connectors";
    assert_eq!((status(&here.get(path, &[]).await), status(&proxied.get(path, &[]).await)), (200, 401));
    for name in ["forwarded", "x-forwarded-for", "x-forwarded-proto", "via", "x-real-ip"] {
        assert_eq!(status(&here.get(path, &[(name, "for=192.0.2.1")]).await), 401, "{name}");
    }
    let form = format!("secret={}", proxied.token);
    for (origin, expected) in
        [("https://siem.example", 303), ("http://siem.example", 403), ("https://siem.example:1", 403)]
    {
        assert_eq!(status(&proxied.post("/login", &[("origin", origin)], &form).await), expected, "{origin}");
    }
    let bearer = format!("Bearer {}", proxied.token);
    assert_eq!(status(&proxied.get(path, &[("authorization", &bearer)]).await), 200);
    here.stop().await;
    proxied.stop().await;
}

/// Scenario: everything that changes or costs something is asked for by nobody in particular, elsewhere. Guarantee: all of it is refused.
#[tokio::test]
async fn nothing_is_changed_by_nobody() {
    let served = Served::elsewhere().await;
    for path in ["/", "/logout", "/api/v1/doctor", "/api/v1/reconcile", "/api/v1/connectors", "/nothing"] {
        for headers in [&[][..], &[("origin", served.url.as_str())][..]] {
            assert_eq!(status(&served.post(path, headers, "word=").await), 401, "{path}");
        }
    }
    served.stop().await;
}

/// Scenario: a form is sent with a session's cookie: by its own page, by another site's, by one that hides where it comes from, with the
/// word of another session, and without. Guarantee: only the first does anything.
#[tokio::test]
async fn other_pages_cannot_use_a_session() {
    let served = Served::on_loopback().await;
    let token = served.token.clone();
    let (cookie, other) = (served.log_in(&token).await, served.log_in(&token).await);
    let (word, others) = (served.word(&cookie).await, served.word(&other).await);
    assert_ne!(word, others);
    let form = format!("word={word}");
    let url = served.url.clone();
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")][..],
        &[][..],
        &[("origin", url.as_str()), ("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")][..],
        &[("origin", "http://127.0.0.1:1")][..],
    ] {
        let headers: Vec<_> = headers.iter().copied().chain([("cookie", cookie.as_str())]).collect();
        assert_eq!(status(&served.post("/logout", &headers, &form).await), 403, "{headers:?}");
    }
    for form in [format!("word={others}"), "word=".to_owned(), String::new()] {
        assert_eq!(status(&served.submit("/logout", &cookie, &form).await), 403, "{form}");
    }
    assert_eq!(served.word(&cookie).await, word, "the session goes on");
    let out = served.submit("/logout", &cookie, &form).await;
    assert_eq!(status(&out), 303);
    assert!(out.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(status(&served.submit("/logout", &cookie, &form).await), 401, "the session has ended");
    served.stop().await;
}

/// Scenario: a session's key is planted in a browser before its owner logs in, and two cookies of one name come. Guarantee: the planted key opens
/// nothing after that, and nobody is known by two keys.
#[tokio::test]
async fn a_session_cannot_be_planted() {
    let served = Served::on_loopback().await;
    let planted = "entra-signins=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let form = format!("secret={}", served.token);
    let answer = served.submit("/login", planted, &form).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_ne!(cookie, planted);
    let is_known = async |cookie: &str| {
        let page = served.get("/", &[("cookie", cookie)]).await.text().await.unwrap();
        page.contains("Log out")
    };
    assert!(is_known(&cookie).await);
    assert!(!is_known(planted).await);
    assert!(!is_known(&format!("{planted}; {cookie}")).await);
    served.stop().await;
}

/// Scenario: somebody logs in from a link that leads elsewhere afterwards. Guarantee: it does not.
#[tokio::test]
async fn logging_in_leads_to_our_own_pages() {
    let served = Served::on_loopback().await;
    for next in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example", "%2Flogin", ""] {
        let form = format!("secret={}&next={next}", served.token);
        let answer = served.submit("/login", "", &form).await;
        // As often as may be tried in a minute.
        if status(&answer) == 303 {
            assert_eq!(answer.headers()["location"], "/", "{next}");
        }
    }
    served.stop().await;
}

/// Scenario: files beside the console's own are asked for in every spelling. Guarantee: there are none.
#[tokio::test]
async fn no_path_leads_to_other_files() {
    let served = Served::on_loopback().await;
    for path in [
        "..%2fconsole.token",
        "%2e%2e/console.token",
        "..%5cconsole.token",
        "console.css%00",
        "%2fetc%2fpasswd",
    ] {
        assert_eq!(status(&served.get(&format!("/assets/{path}"), &[]).await), 404, "{path}");
    }
    served.stop().await;
}

/// Scenario: answers of every sort. Guarantee: none may be framed, kept, guessed at, or load and run anything that is not ours.
#[tokio::test]
async fn every_answer_carries_its_limits() {
    let served = Served::on_loopback().await;
    for path in ["/", "/login", "/nothing", "/assets/htmx.min.js", "/api/v1/connectors"] {
        let answer = served.get(path, &[]).await;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.headers()[name], value, "{path}");
        }
    }
    served.stop().await;
}

/// Scenario: a token's file that is made, though there is a password; one that others may read, one too short, one that is not there. Guarantee: what is made is its owner's
/// alone and stays; each of the others is refused, with what helps.
#[cfg(unix)]
#[test]
fn a_token_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let config = ApiConfig::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let with_a_password = ApiConfig {
        password_hash: Some(hash_password(&PASSWORD.into()).unwrap().parse().unwrap()),
        ..config.clone()
    };
    let file = Access::open(&with_a_password, directory.path()).unwrap().token_file().clone();
    let token = std::fs::read_to_string(&file).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    Access::open(&config, directory.path()).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), token);
    let with = |file: PathBuf| {
        Access::open(&ApiConfig { token_file: Some(file), ..config.clone() }, directory.path())
    };
    let (open, short) = (directory.path().join("open"), directory.path().join("short"));
    std::fs::write(&open, &token).unwrap();
    std::fs::set_permissions(&open, PermissionsExt::from_mode(0o644)).unwrap();
    std::fs::write(&short, "short").unwrap();
    std::fs::set_permissions(&short, PermissionsExt::from_mode(0o600)).unwrap();
    assert!(matches!(with(open).unwrap_err(), TokenError::Open { .. }));
    assert!(matches!(with(short).unwrap_err(), TokenError::Short { .. }));
    assert!(matches!(with(directory.path().join("none")).unwrap_err(), TokenError::Io { .. }));
}

/// Scenario: a password is hashed twice. Guarantee: the hashes differ, each opens for it alone, and none is shown.
#[tokio::test]
async fn passwords_open_their_own_hash() {
    let password = SensitiveString::from(PASSWORD);
    let (one, two) = (hash_password(&password).unwrap(), hash_password(&password).unwrap());
    assert_ne!(one, two);
    let hash: crate::config::PasswordHash = one.parse().unwrap();
    assert!(super::password::verify(&hash, &password).await);
    assert!(!super::password::verify(&hash, &"wrong".into()).await);
    assert!(!format!("{hash:?}").contains("argon2"));
    for no_hash in
        ["", PASSWORD, "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ", "$pbkdf2$v=1$c2FsdHNhbHQ$aGFzaGhhc2g"]
    {
        assert!(no_hash.parse::<crate::config::PasswordHash>().is_err(), "{no_hash}");
    }
}
