//! Connectors that are made while the program runs, by command and in the console.

use std::process::{Output, Stdio};
use std::time::Duration;

use graph_simulator::{SimulatorConfig, TenantConfig};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use uuid::Uuid;

use crate::support::{Program, Scene, Visitor, eventually, program_path};

const SECRET: &str = "entered-secret-4f0d";
const TENANT: Uuid = Uuid::from_u128(0xc0);

/// A tenant with some history, at a Microsoft that the configuration does not name.
async fn scene() -> Scene {
    let mut tenant = TenantConfig::new(TENANT, "Contoso").history(120, Duration::from_hours(1));
    SECRET.clone_into(&mut tenant.client_secret);
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    scene.tenants.clear();
    scene
}

/// From now on the tenant counts.
fn read(scene: &mut Scene, tenant: TenantConfig) {
    scene.tenants.push(tenant);
}

fn tenant() -> TenantConfig {
    TenantConfig::new(TENANT, "Contoso")
}

/// Runs a command with this on its standard input.
async fn with_input(scene: &Scene, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(program_path());
    command.args(arguments).arg("-c").arg(scene.path("entra-signins.toml"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    child.wait_with_output().await.unwrap()
}

/// A connector's status, in Cato's words.
async fn status_of(program: &Program, name: &str) -> Option<String> {
    let status = program.status().await?;
    let line = status["connectors"].as_array()?.iter().find(|line| line["name"] == name)?.clone();
    Some(line["status"].as_str()?.to_owned())
}

/// Scenario: a program runs without any connector; a parent is added with a wrong secret, given the right one, a child added below it; later both are removed.
/// Guarantee: each step is in use without a restart; every sign-in arrives, once; the secret stands nowhere in plain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connectors_are_made_by_command() {
    let mut scene = scene().await;
    let program = scene.run();
    let url = scene.simulator.login_endpoint().to_string();
    let client_id = tenant().client_id;
    let id = TENANT.to_string();
    let add =
        ["connectors", "add", "microsoft-365", "contoso", "--tenant-id", &id, "--client-id", &client_id];
    let at = ["--login-endpoint", &url, "--graph-endpoint", &url];
    let added = with_input(&scene, &[&add[..], &at[..]].concat(), "wrong-secret\n").await;
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    eventually("a wrong secret is said", async || {
        status_of(&program, "contoso").await.as_deref() == Some("Error")
    })
    .await;

    let given = with_input(&scene, &["connectors", "secret", "contoso"], &format!("{SECRET}\n")).await;
    assert!(given.status.success(), "{}", String::from_utf8_lossy(&given.stderr));
    let add = [
        "connectors",
        "add",
        "azure-ad",
        "contoso-sign-ins",
        "--connector-tenant",
        "contoso",
        "--start",
        "2h",
    ];
    assert!(with_input(&scene, &add, "").await.status.success());
    read(&mut scene, tenant());
    eventually("everything arrives", async || scene.is_complete()).await;
    assert_eq!(status_of(&program, "contoso").await.as_deref(), Some("Connected"));

    for name in ["contoso-sign-ins", "contoso"] {
        assert!(with_input(&scene, &["connectors", "remove", name], "").await.status.success());
    }
    eventually("nothing is shown of them", async || {
        status_of(&program, "contoso").await.is_none()
            && status_of(&program, "contoso-sign-ins").await.is_none()
    })
    .await;
    let ended = program.stop().await;
    assert!(ended.status.success() && !ended.stderr.contains(SECRET), "{}", ended.stderr);
    scene.assert_exact(&scene.delivered());
    assert!(!holds_secret(scene.directory.path()));
}

fn holds_secret(directory: &std::path::Path) -> bool {
    std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return holds_secret(&path);
        }
        let bytes = std::fs::read(&path).unwrap();
        bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())
    })
}

/// Scenario: in the console a parent and a child are made of a tenant where nobody has consented; an administrator is sent to Microsoft and consents; later the
/// consent is withdrawn, and given again. Guarantee: Pending user consent, Connected, Pending user consent, Connected, and all sign-ins are counted in Cloud
/// Activity and found among the events.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consent_is_given_in_the_console() {
    let mut scene = scene().await;
    let microsoft = scene.simulator.tenant(&TENANT).unwrap();
    microsoft.set_roles([]);
    let program = scene.run();
    eventually("the console is served", async || program.get("/").await.is_some()).await;
    let visitor = Visitor::log_in(&scene, &program).await;
    let (url, id, client_id) =
        (scene.simulator.login_endpoint().to_string(), TENANT.to_string(), tenant().client_id);
    let parent = [
        ("application", ""),
        ("name", "contoso"),
        ("tenant_id", &id),
        ("client_id", &client_id),
        ("client_secret", SECRET),
        ("login_endpoint", &url),
        ("graph_endpoint", &url),
    ];
    assert_eq!(visitor.submit("/connectors/new", &parent).await.status().as_u16(), 303);
    let child = [
        ("application", "azure_ad"),
        ("name", "contoso-sign-ins"),
        ("connector_tenant", "contoso"),
        ("start", "2h"),
        ("interactiveUser", "on"),
        ("nonInteractiveUser", "on"),
        ("servicePrincipal", "on"),
        ("managedIdentity", "on"),
    ];
    assert_eq!(visitor.submit("/connectors/new", &child).await.status().as_u16(), 303);
    let is = async |status: &str| status_of(&program, "contoso-sign-ins").await.as_deref() == Some(status);
    eventually("consent is waited for", async || is("Pending user consent").await).await;

    microsoft.set_roles(["AuditLog.Read.All".to_owned()]);
    let (_back, page) = visitor.authorize(&scene, "contoso-sign-ins").await;
    assert!(page.contains("is authorized") && page.contains("AuditLog.Read.All"), "{page}");
    read(&mut scene, tenant());
    eventually("it is connected by itself", async || is("Connected").await).await;
    eventually("everything arrives", async || scene.is_complete()).await;
    eventually("everything is counted", async || {
        let page = program.get("/activity?kind=all").await.unwrap().1;
        page.contains(&format!("<strong>{}</strong> sign-ins", scene.truth().len()))
    })
    .await;
    let user =
        scene.delivered().iter().find_map(|event| Some(event["user_name"].as_str()?.to_owned())).unwrap();
    let page = visitor.get(&format!("{}/events?user_name={user}", visitor.url)).await.text().await.unwrap();
    assert!(page.contains(&user) && !page.contains(SECRET), "{page}");

    microsoft.set_roles([]);
    microsoft.inject(graph_simulator::FaultKind::InvalidToken);
    eventually("withdrawn consent is waited for", async || is("Pending user consent").await).await;
    microsoft.set_roles(["AuditLog.Read.All".to_owned()]);
    eventually("it heals by itself", async || is("Connected").await).await;
    assert!(program.stop().await.status.success());
    scene.assert_exact(&scene.delivered());
}

/// Asks the API with the console's token; the status and the answer, in which no secret stands.
async fn ask(scene: &Scene, program: &Program, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let token = std::fs::read_to_string(scene.path("data/console.token")).unwrap();
    let url = format!("{}/api/v1/connectors{path}", program.api().unwrap());
    let request = Client::new().request(method, url).bearer_auth(token.trim());
    let request = request.header("content-type", "application/json").body(body.to_string());
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    assert!(!text.contains(SECRET), "{text}");
    (status, serde_json::from_str(&text).unwrap())
}

/// Scenario: parent and child are added over the API; the program is started again on another machine, without the secrets, beside a file of a connector that somebody has
/// broken; the secret is entered anew, and the child edited. Guarantee: the program starts and says what is wrong; the one parent shows what it lacks and how to mend it, and
/// everything arrives once that is done, without a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connectors_live_over_the_api_and_outlive_their_secrets() {
    let mut scene = scene().await;
    let program = scene.run();
    eventually("the API is served", async || program.get("/health").await.is_some()).await;
    let (url, id) = (scene.simulator.login_endpoint().to_string(), TENANT.to_string());
    let parent = json!({
        "application": "Microsoft 365", "name": "contoso", "tenant_id": id, "client_id": tenant().client_id,
        "login_endpoint": url, "graph_endpoint": url, "client_secret": SECRET,
    });
    let child = json!({
        "application": "Microsoft Azure AD", "name": "contoso-sign-ins", "connector_tenant": "contoso",
        "sign_in_event_types": ["interactiveUser"], "start": "2h",
    });
    for body in [parent, child] {
        let (status, answer) = ask(&scene, &program, Method::POST, "", &body).await;
        assert_eq!(status, 201, "{answer}");
    }
    eventually("it is connected", async || {
        status_of(&program, "contoso").await.as_deref() == Some("Connected")
    })
    .await;
    assert!(program.stop().await.status.success());

    std::fs::remove_dir_all(scene.path("data/secrets")).unwrap();
    std::fs::remove_file(scene.path("data/secrets.key")).unwrap();
    std::fs::write(scene.path("data/connectors.d/broken.toml"), "no connector").unwrap();
    let checked = with_input(&scene, &["validate", "--no-environment"], "").await;
    assert_eq!(checked.status.code(), Some(78));
    let listed = with_input(&scene, &["connectors", "list"], "").await;
    assert!(listed.status.success() && String::from_utf8_lossy(&listed.stderr).contains("broken.toml"));
    let program = scene.run();
    eventually("what is missing is said", async || {
        let Some(status) = program.status().await else { return false };
        let lines = status["connectors"].as_array().cloned().unwrap_or_default();
        let line = lines.iter().find(|line| line["name"] == "contoso").cloned().unwrap_or_default();
        let way_out = line["way_out"]["text"].as_str().unwrap_or_default().to_owned();
        line["reason"] == "client_secret_missing" && way_out.contains("connectors secret contoso")
    })
    .await;
    assert_eq!(ask(&scene, &program, Method::DELETE, "/broken", &json!({})).await.0, 200);
    let secret = json!({ "client_secret": format!(" {SECRET}\r\n") });
    let (status, answer) = ask(&scene, &program, Method::PUT, "/contoso/secret", &secret).await;
    assert_eq!(status, 200, "{answer}");
    let kinds = json!({ "sign_in_event_types": ["interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity"] });
    let (status, answer) = ask(&scene, &program, Method::PATCH, "/contoso-sign-ins", &kinds).await;
    assert_eq!(status, 200, "{answer}");
    read(&mut scene, tenant());
    eventually("everything arrives", async || scene.is_complete()).await;
    let ended = program.stop().await;
    assert!(ended.stderr.contains("broken.toml") && !ended.stderr.contains(SECRET), "{}", ended.stderr);
    scene.assert_exact(&scene.delivered());
    assert!(!holds_secret(scene.directory.path()));
}
