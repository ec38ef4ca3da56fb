//! Proving to browsers and programs who answers them.
//!
//! Certificates are renewed while the program runs: files that have changed are read again when a connection comes, and what was good before
//! stays in use until they are good.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tracing::{info, warn};

use crate::config::TlsFiles;

/// Why it cannot be served by https.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or is something else.
    #[error("api.tls.{key}: {}: {reason}; name a file in PEM that the program may read", path.display())]
    File {
        /// Which of them.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// They are not of each other, or of a sort that is not known.
    #[error("api.tls: certificate and key cannot be used: {0}; name a certificate with its own key")]
    Unusable(String),
}

/// Certificate and key.
#[derive(Debug)]
pub(super) struct Tls {
    files: TlsFiles,
    used: Mutex<Used>,
}

struct Used {
    changed: Changed,
    config: Arc<ServerConfig>,
}

impl std::fmt::Debug for Used {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Used")
    }
}

/// When the files have changed last, and how long they are.
type Changed = [Option<(SystemTime, u64)>; 2];

impl Tls {
    pub(super) fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let changed = changed(files);
        let used = Mutex::new(Used { changed, config: config(files)? });
        Ok(Self { files: files.clone(), used })
    }

    /// For a connection that has come.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let now = changed(&self.files);
        if now != used.changed {
            used.changed = now;
            match config(&self.files) {
                Ok(config) => {
                    info!(file = %self.files.crt_file.display(), "The console's certificate is read again.");
                    used.config = config;
                }
                Err(error) => warn!(%error, "The certificate before stays in use."),
            }
        }
        Arc::clone(&used.config).into()
    }
}

fn changed(TlsFiles { crt_file, key_file }: &TlsFiles) -> Changed {
    [crt_file, key_file].map(|file| {
        let metadata = file.metadata().ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}

fn config(TlsFiles { crt_file, key_file }: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = certificates(crt_file).map_err(|reason| file("crt_file", crt_file, reason))?;
    let key = PrivateKeyDer::from_pem_file(key_file);
    let key = key.map_err(|error| file("key_file", key_file, error.to_string()))?;
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions();
    let config = builder.and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(|error| TlsError::Unusable(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The certificates of a file in PEM, that of its owner first; at least one.
pub(crate) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err("it holds no certificate".to_owned()),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(error.to_string()),
    }
}

fn file(key: &'static str, path: &Path, reason: String) -> TlsError {
    TlsError::File { key, path: path.to_owned(), reason }
}
