//! Who may do what over HTTP.
//!
//! Reading on loopback is free, unless people elsewhere are meant to reach it through a proxy; reading elsewhere, and changing
//! anything anywhere, takes the password (its hash stands in the configuration) or the token (a file that its owner alone reads). A browser gets a session for it, by a cookie; a program sends the token along
//! with each request. [`guard`] looks at every request before anything else does, so that no page can forget to.
//!
//! A cookie comes along with whatever another page makes a browser send. So a request with one changes something only if it comes
//! from a page of ours (`Origin`), and a form only if it holds the session's own word ([`form::Form`]).

pub(crate) mod form;
pub(crate) mod guard;
mod log_in;
mod origin;
mod password;
mod sessions;
mod token;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use axum::http::{HeaderMap, header};
use collector::sensitive::SensitiveString;
use cookie::Cookie;
use url::Url;

pub(crate) use log_in::{LogIn, Refusal};
pub(crate) use password::hash as hash_password;
pub(crate) use sessions::{Session, random};
pub use token::TokenError;

use crate::config::{ApiConfig, PasswordHash};
use log_in::Attempts;
use sessions::Sessions;
use token::Token;

/// The token that is made, in the data directory.
pub(crate) const TOKEN_FILE: &str = "console.token";

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Nobody knows.
    Anyone,
    /// A browser that has logged in.
    Browser(Session),
    /// A program with the token.
    Program,
}

impl Caller {
    /// Whether it has shown that it may change things.
    pub(crate) fn is_known(&self) -> bool {
        !matches!(self, Self::Anyone)
    }
}

/// What opens, and who has been let in.
#[derive(Debug)]
pub struct Access {
    reads_freely: bool,
    is_secure: bool,
    /// Whether people elsewhere are meant to reach it by another address than its own.
    is_proxied: bool,
    public_url: Option<Url>,
    password: Option<PasswordHash>,
    token: Token,
    sessions: Sessions,
    attempts: Attempts,
}

impl Access {
    /// As configured. Without a token of the user's own one is made in the data directory, which commands find there.
    pub fn open(config: &ApiConfig, data_dir: &Path) -> Result<Self, TokenError> {
        let token = match &config.token_file {
            Some(file) => Token::read(file)?,
            None => Token::read_or_make(&data_dir.join(TOKEN_FILE))?,
        };
        let is_proxied = config.public_elsewhere().is_some();
        Ok(Self {
            reads_freely: config.address.ip().is_loopback() && !is_proxied,
            is_proxied,
            is_secure: config.tls.is_some()
                || config.public_url.as_ref().is_some_and(|url| url.scheme() == "https"),
            public_url: config.public_url.clone(),
            password: config.password_hash.clone(),
            token,
            sessions: Sessions::default(),
            attempts: Attempts::default(),
        })
    }

    /// As configured, with a token that nobody knows.
    #[cfg(test)]
    pub(crate) fn for_tests(config: &ApiConfig) -> std::sync::Arc<Self> {
        let data_dir = tempfile::tempdir().unwrap();
        std::sync::Arc::new(Self::open(config, data_dir.path()).unwrap())
    }

    /// The file of the token: whoever may read it may change things.
    pub fn token_file(&self) -> &PathBuf {
        self.token.file()
    }

    /// Whether who sends these headers and is not known may read: it must come from this machine. By another name, or passed on, it comes
    /// from elsewhere, through a proxy on this machine.
    fn is_free(&self, headers: &HeaderMap) -> bool {
        self.reads_freely && origin::is_to_loopback(headers) && !origin::is_passed_on(headers)
    }

    /// Whether a page of ours sends these headers.
    fn is_ours(&self, headers: &HeaderMap) -> bool {
        origin::is_ours(headers, self.public_url.as_ref())
    }

    /// Who sends a request with these headers.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Caller {
        if let Some(token) = bearer(headers) {
            return if self.token.is(token) { Caller::Program } else { Caller::Anyone };
        }
        let id = cookie_of(headers, self.cookie_name());
        let find = |id: String| {
            if is_by_itself(headers) { self.sessions.look(&id) } else { self.sessions.find(&id) }
        };
        id.and_then(find).map_or(Caller::Anyone, Caller::Browser)
    }

    /// A new session, and the cookie that is its key. Whatever cookie came before opens nothing.
    pub(crate) fn begin_session(&self) -> Option<Cookie<'static>> {
        Some(self.cookie(self.sessions.begin()?))
    }

    /// Ends the session of these headers. The cookie takes the browser's away.
    pub(crate) fn end_session(&self, headers: &HeaderMap) -> Cookie<'static> {
        if let Some(id) = cookie_of(headers, self.cookie_name()) {
            self.sessions.end(&id);
        }
        let mut cookie = self.cookie(String::new());
        cookie.set_max_age(cookie::time::Duration::ZERO);
        cookie
    }

    /// Lax, not strict: Microsoft sends the browser back here from its own page, and it must still be known then.
    fn cookie(&self, value: String) -> Cookie<'static> {
        Cookie::build((self.cookie_name(), value))
            .path("/")
            .http_only(true)
            .secure(self.is_secure)
            .same_site(cookie::SameSite::Lax)
            .build()
    }

    /// With `__Host-` browsers take it from this host alone, over TLS.
    fn cookie_name(&self) -> &'static str {
        if self.is_secure { "__Host-entra-signins" } else { "entra-signins" }
    }

    /// Whether this is the password, or the token.
    async fn opens(&self, secret: &SensitiveString) -> bool {
        if self.token.is(secret.inner()) {
            return true;
        }
        match &self.password {
            Some(hash) => password::verify(hash, secret).await,
            None => false,
        }
    }
}

/// Whether an open page asks by itself, without anybody who looks at it.
fn is_by_itself(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The value of this cookie. Of two with one name nobody knows which one is ours.
fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut values =
        lines.flat_map(Cookie::split_parse).filter_map(Result::ok).filter(|cookie| cookie.name() == name);
    match (values.next(), values.next()) {
        (Some(cookie), None) => Some(cookie.value().to_owned()),
        _ => None,
    }
}
