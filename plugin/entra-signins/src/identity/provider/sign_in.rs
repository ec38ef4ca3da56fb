//! A user signs in, and tokens come by that from then on.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use collector::sensitive::SensitiveString;
use url::Url;

use super::{Inner, TENANT_MISMATCH, TokenProvider, error_of};
use crate::config::TenantId;
use crate::identity::aadsts;
use crate::identity::answer::ErrorAnswer;
use crate::identity::delegated::{Delegated, InBrowser, OnDevice};
use crate::identity::error::{Diagnosis, IdentityError};
use crate::identity::exchange::Granted;
use crate::identity::token::{AUDIT_LOG_READ_ALL, AccessToken, GrantedTo};

/// A user signs in, in a browser that comes back here. Dropped, nothing has happened. It keeps no provider alive, whose renewals would go on
/// beside those of its successor.
pub struct SignIn {
    /// The page to open.
    pub open: Url,
    provider: Weak<Inner>,
    begun: InBrowser,
}

/// A user signs in, in a browser anywhere. Dropped, it is given up.
pub struct DeviceSignIn {
    /// The page to open.
    pub open: Url,
    /// What the user types there.
    pub user_code: String,
    /// How long it is good for.
    pub expires_in: Duration,
    provider: TokenProvider,
    delegated: Arc<Delegated>,
    begun: OnDevice,
}

/// What a user has granted, as their first token shows it. Without [`AUDIT_LOG_READ_ALL`] it is of no use, and is not kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedIn {
    /// The user's tenant, if the token can be read.
    pub tenant: Option<TenantId>,
    /// What stands in the token.
    pub permissions: Vec<String>,
    /// Whether sign-ins can be read.
    pub suffices: bool,
}

impl TokenProvider {
    /// Begins a sign-in in a browser that comes back to this address with this state. `None` where no user signs in.
    pub fn sign_in(&self, redirect_uri: Url, state: String) -> Option<SignIn> {
        let delegated = self.0.exchange.delegated()?;
        let (open, begun) = delegated.in_browser(redirect_uri, state);
        Some(SignIn { open, provider: Arc::downgrade(&self.0), begun })
    }

    /// Asks for a code with which a user signs in, in a browser anywhere. `None` where no user signs in.
    pub async fn device_sign_in(&self) -> Option<Result<DeviceSignIn, IdentityError>> {
        let delegated = self.0.exchange.delegated()?;
        let begun = delegated.on_device().await;
        Some(begun.map(|begun| {
            let OnDevice(shown) = &begun;
            DeviceSignIn {
                open: shown.verification_uri().url().clone(),
                user_code: shown.user_code().secret().clone(),
                expires_in: shown.expires_in(),
                provider: self.clone(),
                delegated,
                begun,
            }
        }))
    }

    /// Checks what came of a sign-in, keeps it, and has it used at once.
    async fn signed_in(&self, delegated: &Delegated, granted: Granted) -> Result<SignedIn, IdentityError> {
        let expected = self.tenant_id().await?;
        let now = self.0.clock.monotonic();
        let token = AccessToken::new(granted.secret.clone(), GrantedTo::User, 0, now + granted.life);
        if token.tenant().is_some_and(|tenant| tenant != expected) {
            return Err(error_of(&TENANT_MISMATCH));
        }
        let suffices = token.permits(AUDIT_LOG_READ_ALL);
        if suffices {
            delegated.keep(&granted).await?;
            self.ask_anew().await?;
        }
        Ok(SignedIn { tenant: token.tenant(), permissions: token.permissions().to_vec(), suffices })
    }
}

impl SignIn {
    /// The browser is back with this code. `None` if nobody uses the tokens any more.
    pub async fn finish(self, code: SensitiveString) -> Option<Result<SignedIn, IdentityError>> {
        let provider = TokenProvider(self.provider.upgrade()?);
        let delegated = provider.0.exchange.delegated()?;
        Some(match delegated.redeem(&code, &self.begun).await {
            Ok(granted) => provider.signed_in(&delegated, granted).await,
            Err(refused) => Err(refused),
        })
    }
}

impl DeviceSignIn {
    /// Waits for the user's answer.
    pub async fn finish(self) -> Result<SignedIn, IdentityError> {
        let granted = self.delegated.answered(&self.begun).await?;
        self.provider.signed_in(&self.delegated, granted).await
    }
}

/// What it means that the browser came back with an error.
pub fn refused_in_browser(error: &str, description: Option<&str>) -> IdentityError {
    let answer = ErrorAnswer {
        error: error.to_owned(),
        error_description: description.map(str::to_owned),
        ..ErrorAnswer::default()
    };
    let (meaning, number) = aadsts::meaning(&answer, false);
    IdentityError::new(meaning.class, Diagnosis::new(&meaning).said(number, &answer, &|_| false))
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").finish_non_exhaustive()
    }
}

impl fmt::Debug for DeviceSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceSignIn").field("provider", &self.provider).finish_non_exhaustive()
    }
}
