//! An administrator consents to the permissions of the app.

use std::sync::Arc;
use std::time::Duration;

use collector::authorize::{AuthorizeError, Granted, Redirect, RedirectAnswer, RedirectTo};
use url::Url;

use super::{UnderWay, failed, nothing_said, returned};
use crate::config::Microsoft365;
use crate::identity::{AUDIT_LOG_READ_ALL, IdentityError};
use crate::source::parent::{Parent, tenant_text};
use crate::status::lacks_permission_alone;

/// What was consented to shows in tokens some seconds later: so often a token is asked for, with this wait in between.
const TRIES: u32 = 8;
const WAIT: Duration = Duration::from_secs(4);

pub(super) fn begin(config: &Microsoft365, under_way: UnderWay, to: &RedirectTo) -> Redirect {
    let open = page(config, to);
    let instruction = "Sign in as a global administrator of the tenant and accept the permissions. The app registration must have the redirect \
                       address below, of type Web.";
    let instruction = instruction.to_owned();
    let finish = move |answer| under_way.end(|parent| finish(parent, answer));
    Redirect { open, instruction, finish: Box::new(|answer| Box::pin(finish(answer))) }
}

/// Where an administrator consents to all permissions of the app registration
/// (learn.microsoft.com/entra/identity-platform/v2-admin-consent).
fn page(config: &Microsoft365, to: &RedirectTo) -> Url {
    let (login, tenant) = (&config.endpoints.login, tenant_text(&config.tenant));
    let mut page = login.clone();
    page.set_path(&format!("{}/{tenant}/v2.0/adminconsent", login.path().trim_end_matches('/')));
    page.query_pairs_mut()
        .clear()
        .append_pair("client_id", &config.client_id.to_string())
        .append_pair("scope", &config.endpoints.scope)
        .append_pair("redirect_uri", to.redirect_uri.as_str())
        .append_pair("state", &to.state);
    page
}

/// The browser is back.
async fn finish(parent: Arc<Parent>, answer: RedirectAnswer) -> Result<Granted, AuthorizeError> {
    let answer = returned(answer)?;
    if !answer.get("admin_consent").is_some_and(|word| word.eq_ignore_ascii_case("true")) {
        return Err(nothing_said("does not say that anybody has consented"));
    }
    let mut tries = 1;
    loop {
        let token = parent.access.tokens.check_now().await;
        parent.woken.notify_one();
        match token {
            Ok(token) => {
                let tenant_id = token.tenant().map(|tenant| tenant.to_string()).unwrap_or_default();
                let permissions = token.permissions().to_vec();
                return Ok(Granted { tenant_id, permissions, missing: Vec::new() });
            }
            Err(IdentityError::Consent { .. } | IdentityError::Transient { .. }) if tries < TRIES => {
                tries += 1;
                tokio::time::sleep(WAIT).await;
            }
            Err(error) if lacks_permission_alone(&error) => {
                let missing = vec![AUDIT_LOG_READ_ALL.to_owned()];
                return Ok(Granted { tenant_id: String::new(), permissions: Vec::new(), missing });
            }
            Err(error) => return Err(failed(&error)),
        }
    }
}
