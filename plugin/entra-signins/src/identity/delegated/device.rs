//! A user signs in on a page that they open anywhere, with a code that this program was given: the device authorization grant.

use futures::future::{BoxFuture, FutureExt as _};
use oauth2::{
    AsyncHttpClient, DeviceCodeErrorResponse, HttpRequest, HttpResponse, RequestTokenError,
    StandardDeviceAuthorizationResponse,
};

use super::Delegated;
use crate::identity::answer::{ErrorAnswer, repeats};
use crate::identity::error::IdentityError;
use crate::identity::exchange::Granted;
use crate::identity::token_endpoint::{granted, is_unavailable};
use crate::identity::transport::{Transport, TransportError};

/// What the user is to be shown, and what tells this program whether they have signed in.
pub(in crate::identity) struct OnDevice(pub(in crate::identity) StandardDeviceAuthorizationResponse);

impl Delegated {
    /// Asks for a code.
    pub(in crate::identity) async fn on_device(&self) -> Result<OnDevice, IdentityError> {
        let transport = self.endpoint.transport();
        let oauth = self.endpoint.oauth().clone();
        let oauth = oauth.set_device_authorization_url(self.addresses.device.clone());
        let request = oauth.exchange_device_code().add_scope(self.endpoint.scope());
        let answer = request.request_async(&transport).await;
        answer
            .map(OnDevice)
            .map_err(|failed| self.endpoint.refused(failed, &|_| false, &transport.seen()).error)
    }

    /// Asks again and again, as often as Microsoft wants to be asked, until the user has answered or the code has expired.
    pub(in crate::identity) async fn answered(
        &self,
        OnDevice(code): &OnDevice,
    ) -> Result<Granted, IdentityError> {
        let transport = self.endpoint.transport();
        let request = self.endpoint.oauth().exchange_device_access_token(code);
        let answer = request.request_async(&Patient(&transport), tokio::time::sleep, None).await;
        let hidden = |text: &str| repeats(text, code.device_code().secret());
        let refused = |failed| self.endpoint.refused(with_numbers(failed), &hidden, &transport.seen()).error;
        answer.map(|token| granted(&token)).map_err(refused)
    }
}

/// Asks again where the identity platform is not available, as where it cannot be reached.
struct Patient<'t>(&'t Transport<'t>);

impl<'c> AsyncHttpClient<'c> for Patient<'_> {
    type Error = TransportError;
    type Future = BoxFuture<'c, Result<HttpResponse, TransportError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        async move {
            let answer = self.0.call(request).await?;
            if is_unavailable(answer.status()) { Err(TransportError::Unreadable) } else { Ok(answer) }
        }
        .boxed()
    }
}

/// A refusal as others are; Microsoft's number stands in its description.
fn with_numbers(
    failed: RequestTokenError<TransportError, DeviceCodeErrorResponse>,
) -> RequestTokenError<TransportError, ErrorAnswer> {
    match failed {
        RequestTokenError::ServerResponse(answer) => RequestTokenError::ServerResponse(ErrorAnswer {
            error: answer.error().to_string(),
            error_description: answer.error_description().cloned(),
            ..ErrorAnswer::default()
        }),
        RequestTokenError::Request(error) => RequestTokenError::Request(error),
        RequestTokenError::Parse(error, body) => RequestTokenError::Parse(error, body),
        RequestTokenError::Other(what) => RequestTokenError::Other(what),
    }
}
