//! The `tls` table.

use std::fmt;

use collector::settings::{Key, Reader};
use reqwest::{Certificate, ClientBuilder, Identity};

use super::Endpoint;

/// Keys of the `tls` table.
pub(crate) const KEYS: &[Key] = &[
    Key { name: "ca_file", doc: "PEM file of certificate authorities to trust beside the system's." },
    Key { name: "crt_file", doc: "PEM file of the client certificate, with its chain." },
    Key { name: "key_file", doc: "PEM file of the client certificate's private key." },
    Key { name: "verify_certificate", doc: "Whether the receiver must prove who it is. Default: true." },
    Key {
        name: "verify_hostname",
        doc: "Whether its certificate must name the host; false needs ca_file. Default: true.",
    },
];

/// The checked `tls` table.
pub(super) struct TlsOptions {
    authorities: Vec<Certificate>,
    identity: Option<Identity>,
    verify_certificate: bool,
    verify_hostname: bool,
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self { authorities: Vec::new(), identity: None, verify_certificate: true, verify_hostname: true }
    }
}

impl TlsOptions {
    pub(super) fn read(sink: &Reader<'_>) -> Self {
        let Some(reader) = sink.table("tls", KEYS) else { return Self::default() };
        let options = Self {
            authorities: authorities(&reader).unwrap_or_default(),
            identity: identity(&reader),
            verify_certificate: reader.boolean("verify_certificate").unwrap_or(true),
            verify_hostname: reader.boolean("verify_hostname").unwrap_or(true),
        };
        if !options.verify_hostname && !reader.has("ca_file") {
            let fix = "add ca_file, so that only its certificates are taken for any name";
            reader.problem("verify_hostname", "is false without ca_file", Some(fix.to_owned()));
        }
        options
    }

    pub(super) fn apply(&self, builder: ClientBuilder, endpoint: &Endpoint) -> ClientBuilder {
        if !endpoint.is_tls() {
            // No system certificates are read: there may be none, and none are needed.
            return builder.tls_certs_only([]);
        }
        let builder = match &self.identity {
            Some(identity) => builder.identity(identity.clone()),
            None => builder,
        };
        let authorities = self.authorities.iter().cloned();
        let builder = if self.verify_hostname {
            builder.tls_certs_merge(authorities)
        } else {
            builder.tls_certs_only(authorities)
        };
        builder
            .tls_danger_accept_invalid_hostnames(!self.verify_hostname)
            .tls_danger_accept_invalid_certs(!self.verify_certificate)
    }
}

fn authorities(reader: &Reader<'_>) -> Option<Vec<Certificate>> {
    let pem = reader.file("ca_file")?;
    match Certificate::from_pem_bundle(pem.as_bytes()) {
        Ok(authorities) if !authorities.is_empty() => Some(authorities),
        _ => {
            reader.problem("ca_file", "the file holds no certificate", Some("write a PEM file".to_owned()));
            None
        }
    }
}

fn identity(reader: &Reader<'_>) -> Option<Identity> {
    match (reader.has("crt_file"), reader.has("key_file")) {
        (false, false) => return None,
        (true, false) => {
            reader.problem("crt_file", "stands without key_file", Some("add key_file".to_owned()));
            return None;
        }
        (false, true) => {
            reader.problem("key_file", "stands without crt_file", Some("add crt_file".to_owned()));
            return None;
        }
        (true, true) => {}
    }
    let pem =
        zeroize::Zeroizing::new([reader.file("crt_file")?.as_str(), &reader.file("key_file")?].join("\n"));
    let identity = Identity::from_pem(pem.as_bytes()).ok();
    if identity.is_none() {
        let fix = "write PEM files of a certificate and of its unencrypted private key";
        reader.problem("crt_file", "is no certificate with the key in key_file", Some(fix.to_owned()));
    }
    identity
}

impl fmt::Debug for TlsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsOptions")
            .field("authorities", &self.authorities.len())
            .field("identity", &self.identity.is_some())
            .field("verify_certificate", &self.verify_certificate)
            .field("verify_hostname", &self.verify_hostname)
            .finish()
    }
}
