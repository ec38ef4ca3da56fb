//! A user signs in, and the app reads on their behalf from then on.

use std::sync::Arc;

use collector::authorize::{AuthorizeError, DeviceCode, Granted, Redirect, RedirectAnswer, RedirectTo};

use super::{UnderWay, failed, not_offered, nothing_said, returned, stopped};
use crate::config::Strategy;
use crate::identity::{AUDIT_LOG_READ_ALL, IdentityError, SignIn, SignedIn};
use crate::source::parent::Parent;

const NOBODY_SIGNS_IN: &str = "no user signs in for it";

/// In a browser that comes back.
pub(super) fn in_browser(
    parent: &Parent,
    under_way: UnderWay,
    connector: &str,
    to: RedirectTo,
) -> Result<Redirect, AuthorizeError> {
    let begun = parent.access.tokens.sign_in(to.redirect_uri, to.state);
    let begun = begun.ok_or_else(|| not_offered(connector, NOBODY_SIGNS_IN))?;
    let open = begun.open.clone();
    let kind = match &parent.config.credential.strategy {
        Strategy::AuthorizationCode { client_secret: None } => "Mobile and desktop applications",
        _ => "Web",
    };
    let instruction = format!(
        "Sign in as a user of the tenant who may read sign-ins (Reports Reader, Security Reader); they are read on behalf of this user from \
         then on. The app registration must have the redirect address below, of type {kind}."
    );
    let finish = move |answer| under_way.end(|parent| finish(parent, begun, answer));
    Ok(Redirect { open, instruction, finish: Box::new(|answer| Box::pin(finish(answer))) })
}

/// In a browser anywhere.
pub(super) async fn on_device(
    parent: &Parent,
    under_way: UnderWay,
    connector: &str,
) -> Result<DeviceCode, AuthorizeError> {
    let begun = parent.access.tokens.device_sign_in().await;
    let begun = begun.ok_or_else(|| not_offered(connector, NOBODY_SIGNS_IN))?;
    let begun = begun.map_err(|error| failed(&error))?;
    Ok(DeviceCode {
        open: begun.open.clone(),
        user_code: begun.user_code.clone(),
        expires_in: begun.expires_in,
        // Whoever waits longer would hold the program up.
        granted: Box::pin(under_way.end(|parent| async move { granted(&parent, begun.finish().await) })),
    })
}

/// The browser is back.
async fn finish(
    parent: Arc<Parent>,
    begun: SignIn,
    answer: RedirectAnswer,
) -> Result<Granted, AuthorizeError> {
    let answer = returned(answer)?;
    let code = answer.get("code").ok_or_else(|| nothing_said("holds no code"))?;
    granted(&parent, begun.finish(code.into()).await.ok_or_else(stopped)?)
}

fn granted(parent: &Parent, came: Result<SignedIn, IdentityError>) -> Result<Granted, AuthorizeError> {
    parent.woken.notify_one();
    let SignedIn { tenant, permissions, suffices } = came.map_err(|error| failed(&error))?;
    let missing = if suffices { Vec::new() } else { vec![AUDIT_LOG_READ_ALL.to_owned()] };
    let tenant_id = tenant.map(|tenant| tenant.to_string()).unwrap_or_default();
    Ok(Granted { tenant_id, permissions, missing })
}
