//! Nothing that the program writes or serves holds a secret.

use std::path::Path;
use std::time::Duration;

use graph_simulator::{Fault, FaultKind, SimulatorConfig, TenantConfig};
use rusqlite::types::ValueRef;
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Answer, Program, Receiver, Scene, Visitor, eventually};

const SINK_PASSWORD: &str = "sink-password-7c1f";
/// User, colon and password as the `Authorization` header has them.
const SINK_CREDENTIALS: &str = "ZW50cmE6c2luay1wYXNzd29yZC03YzFm";
const TENANT_SECRET: &str = "tenant-secret-91ab";
/// What every access token begins with.
const ACCESS_TOKEN: &str = "eyJ0eXAiOiJKV1Qi";
/// What every refresh token of the simulator begins with.
const REFRESH_TOKEN: &str = "1.eyJwdXJwb3NlIjoiUmVmcmVz";

/// Scenario: a run at the most talkative log level with failing tokens, failing pages and an authenticated sink, whose receiver
/// repeats the credentials in its errors. Guarantee: client secret, sink password and access tokens are in no log, no answer of
/// the API, no output of a command, no journal and no state file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_written_anywhere() {
    let receiver = Receiver::start().await;
    let scene = scene(&receiver).await;
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    tenant.inject(FaultKind::Aadsts { code: 90_024, suberror: None, claims: None });
    tenant.inject(FaultKind::InvalidToken);
    tenant.inject(Fault::new(FaultKind::BrokenJson).times(2));
    let config = scene.write();
    let program = Program::start(&scene, &["run", "-vvv", "-c", config.to_str().unwrap()]);
    receiver.answer(Answer::Repeat(SINK_PASSWORD));
    eventually("the receiver's word is shown", async || {
        program.get("/pipeline").await.is_some_and(|(_, page)| page.contains("500"))
            && program.log().contains("REDACTED")
    })
    .await;
    let mut said = said_by(&scene, &program).await;
    receiver.answer(Answer::Accept);
    eventually("everything has arrived", async || receiver.events().len() >= 200).await;
    said += &said_by(&scene, &program).await;
    let ended = program.stop().await;
    assert!(!ended.stderr.is_empty());
    assert_no_secret("the log", ended.stderr.as_bytes());
    assert_no_secret("the API or a command", said.as_bytes());
    let stored = stored_below(&scene.path("data"));
    for (place, bytes) in &stored {
        assert_no_secret(place, bytes);
    }
    let sign_in = tenant.truth().swap_remove(0).id;
    let found = stored.iter().any(|(place, bytes)| place.contains("journal.db") && holds(bytes, &sign_in));
    assert!(found, "the journal was not looked into");
    assert!(access_token(&scene).await.starts_with(ACCESS_TOKEN));
}

/// Scenario: a run at the most talkative log level in which somebody logs in to the console, signs in at Microsoft for a connector, comes back and logs out.
/// Guarantee: the code of the redirect, refresh and access tokens, the session's cookie and word, the console's token and the key of stored secrets are in
/// no log, no answer to others, no output of a command, no journal and no state file; but for token and key in the files that are theirs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_the_console_is_written_anywhere() {
    let receiver = Receiver::start().await;
    let scene = scene(&receiver).await;
    let config = scene.write();
    let toml = scene.toml().replace("strategy = \"client_secret\"", "strategy = \"authorization_code\"");
    std::fs::write(&config, toml).unwrap();
    let program = Program::start(&scene, &["run", "-vvv", "-c", config.to_str().unwrap()]);
    eventually("somebody is waited for", async || {
        program.get("/api/v1/connectors").await.is_some_and(|(_, text)| text.contains("not_authorized"))
    })
    .await;
    let visitor = Visitor::log_in(&scene, &program).await;
    let (back, page) = visitor.authorize(&scene, "Contoso").await;
    assert!(page.contains("is authorized"), "{page}");
    eventually("everything has arrived", async || receiver.events().len() >= 200).await;
    let said = said_by(&scene, &program).await;
    assert_eq!(visitor.submit("/logout", &[]).await.status().as_u16(), 303);
    let ended = program.stop().await;

    let kept = |name: &str| std::fs::read_to_string(scene.path(name)).unwrap().trim().to_owned();
    let (token, key) = (kept("data/console.token"), kept("data/secrets.key"));
    let code = back.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
    let (_, cookie) = visitor.cookie.split_once('=').unwrap();
    let secrets = [&code, cookie, &visitor.word, &token, &key, REFRESH_TOKEN, ACCESS_TOKEN, TENANT_SECRET];
    let places = stored_below(&scene.path("data")).into_iter().chain([
        ("the log".to_owned(), ended.stderr.into_bytes()),
        ("the API or a command".to_owned(), said.into_bytes()),
    ]);
    let mut kept_in = Vec::new();
    for (place, bytes) in places {
        for secret in secrets.iter().filter(|secret| holds(&bytes, secret)) {
            assert!([&token, &key].contains(&&(*secret).to_owned()), "{place} holds {secret}");
            kept_in.push(place.rsplit('/').next().unwrap().to_owned());
        }
    }
    kept_in.sort();
    assert_eq!(kept_in, ["console.token", "secrets.key"]);
    assert!(scene.path("data/secrets").read_dir().unwrap().count() > 0, "a refresh token is kept");
}

/// Scenario: a secret that stands in the file is refused by Microsoft; then there is a mistake on its own line. Guarantee: what
/// `validate` says of either does not repeat it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_repeated_in_a_complaint() {
    let receiver = Receiver::start().await;
    let scene = scene(&receiver).await;
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    tenant.set_client_secrets(["another".to_owned()]);
    let good = scene.toml().replace("${SECRET_Contoso}", TENANT_SECRET);
    assert!(good.contains(TENANT_SECRET));
    let unknown_key = good.replace("auth.client_secret =", "auth.client_sekret =");
    let wrong_type = good.replace(&format!("\"{TENANT_SECRET}\""), &format!("[\"{TENANT_SECRET}\"]"));
    let open_string = good.replace(&format!("\"{TENANT_SECRET}\""), &format!("\"{TENANT_SECRET}"));
    for (toml, complaint) in [
        (good, "AADSTS7000215"),
        (unknown_key, "client_sekret"),
        (wrong_type, "client_secret"),
        (open_string, "is not valid TOML"),
    ] {
        std::fs::write(scene.path("entra-signins.toml"), toml).unwrap();
        let refused = scene.command(&["validate"]).await;
        assert!(!refused.status.success());
        let said = [refused.stdout, refused.stderr].concat();
        assert!(holds(&said, complaint), "no {complaint} in {}", String::from_utf8_lossy(&said));
        assert_no_secret(complaint, &said);
    }
}

/// A tenant, and a sink with a password.
async fn scene(receiver: &Receiver) -> Scene {
    let mut tenant = TenantConfig::new(Uuid::from_u128(81), "Contoso").history(200, Duration::from_hours(1));
    TENANT_SECRET.clone_into(&mut tenant.client_secret);
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    scene.sinks = format!(
        "{}auth.strategy = \"basic\"\nauth.user = \"entra\"\nauth.password = \"{SINK_PASSWORD}\"\n",
        receiver.sink()
    );
    scene
}

/// A token such as the program gets.
async fn access_token(scene: &Scene) -> String {
    let (tenant, scope) = (&scene.tenants[0], format!("{}.default", scene.simulator.graph_endpoint()));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &tenant.client_id),
        ("client_secret", &tenant.client_secret),
        ("scope", &scope),
    ];
    let url = format!("{}{}/oauth2/v2.0/token", scene.simulator.login_endpoint(), tenant.id);
    let answer: Value =
        reqwest::Client::new().post(url).form(&form).send().await.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// Everything that the program serves, and that commands say of it.
async fn said_by(scene: &Scene, program: &Program) -> String {
    let mut said = String::new();
    for path in [
        "/",
        "/pipeline",
        "/activity?kind=all",
        "/events",
        "/login",
        "/health",
        "/metrics",
        "/api/v1/connectors",
    ] {
        said += &program.get(path).await.unwrap().1;
    }
    for command in [["status"].as_slice(), &["status", "--json"], &["validate"], &["connectors", "list"]] {
        let output = scene.command(command).await;
        said += &String::from_utf8_lossy(&[output.stdout, output.stderr].concat());
    }
    said
}

fn assert_no_secret(place: &str, bytes: &[u8]) {
    for secret in [TENANT_SECRET, SINK_PASSWORD, SINK_CREDENTIALS, ACCESS_TOKEN] {
        assert!(!holds(bytes, secret), "{place} holds {secret}");
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Every file below a directory, by its name: its bytes, and those of each value if it is a database.
fn stored_below(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut stored = Vec::new();
    for path in files_below(directory) {
        let bytes = std::fs::read(&path).unwrap();
        if bytes.starts_with(b"SQLite format 3\0") {
            stored.push((path.display().to_string(), values_in(&path)));
        }
        stored.push((path.display().to_string(), bytes));
    }
    stored
}

/// All texts and blobs of a database, one behind the other; what is compressed is inflated.
fn values_in(database: &Path) -> Vec<u8> {
    let database = rusqlite::Connection::open(database).unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    let mut tables = database.prepare(tables).unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut values = Vec::new();
    for table in tables {
        let mut all = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = all.column_count();
        let mut rows = all.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = row.get_ref(column).unwrap() {
                    values.extend(zstd::decode_all(bytes).unwrap_or_else(|_| bytes.to_vec()));
                    values.push(b'\n');
                }
            }
        }
    }
    values
}

fn files_below(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
