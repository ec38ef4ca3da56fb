//! TLS against a real server, with certificates made for these tests alone (`certificates/`, valid for a century; the
//! authority's key was thrown away).

use std::path::PathBuf;
use std::sync::Arc;

use collector::settings::Location;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::*;

fn certificates() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/sinks/client/tests/certificates")
}

fn certificate(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(certificates().join(format!("{name}.pem"))).unwrap()
}

fn acceptor(name: &str, mutual: bool) -> TlsAcceptor {
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let builder = if mutual {
        let mut authorities = RootCertStore::empty();
        authorities.add(certificate("ca")).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), provider);
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::from_pem_file(certificates().join(format!("{name}.key.pem"))).unwrap();
    let config = builder.with_single_cert(vec![certificate(name)], key).unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// What a health check says of a server with this certificate, with these settings under `tls`.
async fn check(name: &str, mutual: bool, settings: &[(&str, Setting)]) -> Result<(), String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("https://{}/", listener.local_addr().unwrap());
    let acceptor = acceptor(name, mutual);
    let mut server = JoinSet::new();
    server.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _read = stream.read(&mut [0; 4096]).await;
            let _written =
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
            let _closed = stream.shutdown().await;
        }
    });
    // Relative paths are relative to the file that a setting stands in.
    let at = Some(Location { file: certificates().join("config.toml").into(), line: 1 });
    let entries = settings
        .iter()
        .map(|(key, setting)| ((*key).to_owned(), Spanned { setting: setting.clone(), at: at.clone() }));
    let tls = Setting::Table(Table { entries: entries.collect(), at: None });
    let entries = [("endpoint".to_owned(), spanned(&text(&endpoint))), ("tls".to_owned(), spanned(&tls))];
    let config = (http::DESCRIPTION.configure)(&Table { entries: entries.into(), at: None }, &Inputs::new());
    config.map_err(|problems| problems.to_string())?.healthcheck(&ProxyConfig::default()).await
}

/// Guarantee: a receiver is believed if its own authority is trusted, or if nobody asks.
#[tokio::test]
async fn an_own_authority_is_trusted() {
    let error = check("server", false, &[]).await.unwrap_err();
    assert!(error.contains("certificate"), "{error}");
    assert_eq!(check("server", false, &[("ca_file", text("ca.pem"))]).await, Ok(()));
    assert_eq!(check("server", false, &[("verify_certificate", Setting::Boolean(false))]).await, Ok(()));
}

/// Guarantee: a certificate for another name is refused, unless names are not asked for, and then still only of the own
/// authority.
#[tokio::test]
async fn the_name_is_verified() {
    let (authority, lenient) = (("ca_file", text("ca.pem")), ("verify_hostname", Setting::Boolean(false)));
    let error = check("elsewhere", false, std::slice::from_ref(&authority)).await.unwrap_err();
    assert!(error.contains("cannot be reached"), "{error}");
    assert_eq!(check("elsewhere", false, &[authority, lenient.clone()]).await, Ok(()));
    assert!(check("elsewhere", false, &[("ca_file", text("client.pem")), lenient]).await.is_err());
}

/// Guarantee: a receiver that asks for a client certificate gets it.
#[tokio::test]
async fn a_client_certificate_is_shown() {
    let authority = ("ca_file", text("ca.pem"));
    assert!(check("server", true, std::slice::from_ref(&authority)).await.is_err());
    let identity = [("crt_file", text("client.pem")), ("key_file", text("client.key.pem")), authority];
    assert_eq!(check("server", true, &identity).await, Ok(()));
}

/// Guarantee: files that are not there or hold something else are named by their key.
#[tokio::test]
async fn wrong_files_are_said() {
    async fn said(settings: &[(&str, Setting)]) -> String {
        check("server", false, settings).await.unwrap_err()
    }
    assert!(said(&[("ca_file", text("nowhere.pem"))]).await.contains("tls.ca_file: the file cannot be read"));
    assert!(
        said(&[("ca_file", text("client.key.pem"))])
            .await
            .contains("tls.ca_file: the file holds no certificate")
    );
    let keyless = [("crt_file", text("client.pem")), ("key_file", text("server.pem"))];
    assert!(said(&keyless).await.contains("tls.crt_file"));
}
