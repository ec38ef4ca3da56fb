//! A federated token: somebody else's issuer vouches for the app, in a file that it renews again and again.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;
use zeroize::Zeroizing;

use super::{Occasion, Shown, Unproven};
use crate::identity::aadsts::{self, Meaning};
use crate::identity::token::claims;

#[cfg(test)]
mod tests;

/// Longer than any token.
const MOST_BYTES: u64 = 256 * 1024;

const UNREADABLE: Meaning = aadsts::configuration(
    "token_file_unreadable",
    "the file of the federated token cannot be read",
    "Check auth.token_file, its permissions, and that whatever writes it runs; it is read again by itself.",
);
const EMPTY: Meaning = aadsts::configuration(
    "token_file_empty",
    "the file of the federated token is empty",
    "Check what writes auth.token_file; it is read again by itself.",
);
const WRITABLE: Meaning = aadsts::configuration(
    "token_file_writable",
    "every user of this machine can write the file of the federated token",
    "Take that permission away (chmod o-w) from auth.token_file; it is read again by itself.",
);
const EXPIRED: Meaning = aadsts::configuration(
    "token_file_expired",
    "the federated token has expired and was not renewed in its file",
    "Check what renews auth.token_file, and this machine's clock; it is read again by itself.",
);

/// All that keeps it from being shown.
#[cfg(test)]
pub(super) const MEANINGS: &[Meaning] = &[UNREADABLE, EMPTY, WRITABLE, EXPIRED];

/// What Microsoft's refusals mean of such a token.
pub(super) const REFUSALS: &[Meaning] = &[
    aadsts::configuration(
        "client_assertion_refused",
        "Microsoft refuses the signature of the federated token",
        "Check that auth.token_file holds a token of the issuer in the app's federated credential, whose keys Microsoft can fetch.",
    ),
    aadsts::configuration(
        "client_assertion_misdirected",
        "the federated token is for another audience",
        "Have the token in auth.token_file issued for the audience of the federated credential, api://AzureADTokenExchange.",
    ),
    aadsts::configuration(
        "client_assertion_out_of_time",
        "the federated token is outside the time that it is good for",
        "Have it renewed in auth.token_file, and check the clock of what issues it.",
    ),
    aadsts::configuration(
        "client_refused",
        "Microsoft refuses the federated token",
        "Check client_id and auth.token_file.",
    ),
];

/// Where the token is to be found.
pub(in crate::identity) struct FederatedToken(PathBuf);

#[derive(Deserialize)]
struct Claims {
    exp: Option<i64>,
}

impl FederatedToken {
    pub(super) fn new(file: PathBuf) -> Self {
        Self(file)
    }

    /// The token as it stands in the file now: an older one may have expired meanwhile.
    pub(super) async fn show(&self, occasion: &Occasion<'_>) -> Result<Shown, Unproven> {
        let (metadata, content) =
            read(&self.0).await.map_err(|error| self.unproven(UNREADABLE, error.kind()))?;
        if anybody_writes(&metadata) {
            return Err(self.unproven(WRITABLE, ""));
        }
        let token = content.trim();
        if token.is_empty() {
            return Err(self.unproven(EMPTY, ""));
        }
        match claims(token).and_then(|Claims { exp }| Timestamp::from_second(exp?).ok()) {
            Some(expiry) if expiry <= occasion.now => {
                Err(self.unproven(EXPIRED, format_args!("it was good until {expiry}")))
            }
            // Microsoft has the last word on what cannot be read here.
            _ => Ok(Shown::Assertion(token.into())),
        }
    }

    fn unproven(&self, meaning: Meaning, why: impl std::fmt::Display) -> Unproven {
        let why = why.to_string();
        let path = self.0.display();
        let detail = if why.is_empty() { path.to_string() } else { format!("{path}: {why}") };
        Unproven { meaning, detail: Some(detail), way_out: None }
    }
}

async fn read(path: &Path) -> io::Result<(Metadata, Zeroizing<String>)> {
    // A pipe would be waited for without end.
    let metadata = tokio::fs::metadata(path).await?;
    if !metadata.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let file = tokio::fs::File::open(path).await?;
    let mut content = Zeroizing::new(String::new());
    file.take(MOST_BYTES).read_to_string(&mut content).await?;
    Ok((metadata, content))
}

/// Whether somebody else could put a token of his own there.
#[cfg(unix)]
fn anybody_writes(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o002 != 0
}

#[cfg(not(unix))]
fn anybody_writes(_metadata: &Metadata) -> bool {
    false
}
