//! Tests of the interface by https, with certificates that were made for tests alone.

use std::path::{Path, PathBuf};

use super::*;
use crate::api::TlsError;
use crate::config::TlsFiles;

fn made(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/sinks/client/tests/certificates").join(name)
}

fn config(directory: &Path) -> ApiConfig {
    let (crt_file, key_file) = (directory.join("crt.pem"), directory.join("key.pem"));
    ApiConfig {
        tls: Some(TlsFiles { crt_file, key_file }),
        ..ApiConfig::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }
}

/// Puts the certificate and the key of these there.
fn put(directory: &Path, crt: &str, key: &str) {
    std::fs::copy(made(&format!("{crt}.pem")), directory.join("crt.pem")).unwrap();
    std::fs::copy(made(&format!("{key}.key.pem")), directory.join("key.pem")).unwrap();
}

/// Scenario: the interface is served by https; then its certificate is replaced by one for another name, without its key and with it. Guarantee: who knows the authority
/// is answered, with a cookie that goes over TLS alone; without TLS nobody is; the certificate before stays until the new one can be used.
#[tokio::test]
async fn it_is_served_by_https() {
    let directory = tempfile::tempdir().unwrap();
    put(directory.path(), "server", "server");
    let config = config(directory.path());
    let api = Api::bind(&config).await.unwrap();
    let (address, stop) = (api.address(), CancellationToken::new());
    assert_eq!(api.url(), format!("https://{address}/"), "it does not answer to localhost");
    let access = Access::open(&config, directory.path()).unwrap();
    assert!(access.begin_session().unwrap().to_string().starts_with("__Host-"));
    let overview = Overview::new(Arc::new(|| Timestamp::UNIX_EPOCH));
    let state = ApiState { overview, metrics: metrics_for_tests(), access: Arc::new(access) };
    let tasks = TaskTracker::new();
    tasks.spawn(api.serve(state, Router::new(), stop.clone()));
    tasks.close();
    let get = async |scheme: &str| {
        let authority = reqwest::Certificate::from_pem(&std::fs::read(made("ca.pem")).unwrap()).unwrap();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap();
        let answer = client.get(format!("{scheme}://{address}/api/v1/connectors")).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    };
    assert!(get("https").await);
    assert!(!get("http").await);
    put(directory.path(), "elsewhere", "server");
    assert!(get("https").await);
    put(directory.path(), "elsewhere", "elsewhere");
    assert!(!get("https").await, "it is another name's");
    stop.cancel();
    tasks.wait().await;
}

/// Scenario: files that are not there, hold something else, or are not of each other. Guarantee: each is refused with the key that names it.
#[tokio::test]
async fn files_that_cannot_be_used_are_said() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let refused = async || match Api::bind(&config).await.unwrap_err() {
        BindError::Tls(error) => error,
        BindError::Address { reason, .. } => panic!("{reason}"),
    };
    assert!(matches!(refused().await, TlsError::File { key: "crt_file", .. }));
    put(directory.path(), "server", "elsewhere");
    assert!(matches!(refused().await, TlsError::Unusable(_)));
    std::fs::write(directory.path().join("key.pem"), "hush").unwrap();
    let error = refused().await;
    assert!(matches!(error, TlsError::File { key: "key_file", .. }));
    assert!(!format!("{error} {error:?}").contains("hush"));
    std::fs::write(directory.path().join("crt.pem"), "").unwrap();
    assert!(refused().await.to_string().contains("it holds no certificate"));
}
