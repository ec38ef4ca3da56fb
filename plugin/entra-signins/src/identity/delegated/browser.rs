//! A user signs in, in a browser that comes back with a code: the authorization code grant with PKCE.
//!
//! The code is of no use to whoever sees it in the browser's address: it is exchanged only for the verifier, which never leaves this
//! program but for Microsoft.

use collector::sensitive::SensitiveString;
use oauth2::{CsrfToken, PkceCodeChallenge, RedirectUrl};
use url::Url;

use super::Delegated;
use crate::identity::error::IdentityError;
use crate::identity::exchange::Granted;
use crate::identity::token_endpoint::Grant;

/// What the code is exchanged with, once the browser is back.
pub(in crate::identity) struct InBrowser {
    verifier: SensitiveString,
    redirect_uri: RedirectUrl,
}

impl Delegated {
    /// The page to sign in on, which leads back to this address with this state.
    pub(in crate::identity) fn in_browser(&self, redirect_uri: Url, state: String) -> (Url, InBrowser) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let redirect_uri = RedirectUrl::from_url(redirect_uri);
        let oauth = self.endpoint.oauth().clone();
        let oauth = oauth.set_auth_uri(self.addresses.browser.clone()).set_redirect_uri(redirect_uri.clone());
        let page = oauth.authorize_url(|| CsrfToken::new(state)).add_scope(self.endpoint.scope());
        // Who sits there is signed in with an account already, which need not be one of this tenant.
        let page = page.add_extra_param("prompt", "select_account").add_extra_param("response_mode", "query");
        let (page, _state) = page.set_pkce_challenge(challenge).url();
        (page, InBrowser { verifier: verifier.into_secret().into(), redirect_uri })
    }

    /// Exchanges the code that the browser came back with. It works once.
    pub(in crate::identity) async fn redeem(
        &self,
        code: &SensitiveString,
        with: &InBrowser,
    ) -> Result<Granted, IdentityError> {
        let InBrowser { verifier, redirect_uri } = with;
        let outcome = self.endpoint.ask(&Grant::Code { code, verifier, redirect_uri }, None, None).await;
        outcome.result.map_err(|refused| refused.error)
    }
}
