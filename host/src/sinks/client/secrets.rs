//! What must not be shown though a receiver says it: many repeat a request in their error answers, credentials
//! included, and what a receiver says goes to logs, to the status and to the shelf of events set aside.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use reqwest::header::HeaderMap;
use url::Url;
use zeroize::Zeroizing;

use super::{Auth, Endpoint};
use collector::config::ProxyConfig;

/// What stands for a secret.
const REDACTED: &str = "**REDACTED**";

/// A shorter secret may be a part of any word, so it is only known where it stands by itself.
const SHORT: usize = 4;

/// A word of a header's value that is as long as this may be a key by itself, as in `Splunk <key>`.
const LONG_WORD: usize = 8;

/// The secrets of one sink, in the forms in which an answer may hold them. `Debug` shows none.
#[derive(Default)]
pub(crate) struct Secrets {
    /// Lower-case, the longest first.
    forms: Vec<Zeroizing<String>>,
}

impl Secrets {
    /// All that a request to this endpoint carries.
    pub(crate) fn of(endpoint: &Endpoint, auth: &Auth, headers: &HeaderMap, proxy: &ProxyConfig) -> Self {
        let mut secrets = Self::default();
        for part in endpoint.keys() {
            secrets.add(&part);
        }
        secrets.add_auth(auth);
        for value in headers.values() {
            let value = String::from_utf8_lossy(value.as_bytes());
            secrets.add(&value);
            value
                .split_whitespace()
                .filter(|word| word.len() >= LONG_WORD)
                .for_each(|word| secrets.add(word));
        }
        for proxy in [&proxy.http, &proxy.https].into_iter().flatten() {
            if let Ok(proxy) = Url::parse(proxy) {
                secrets.add_pair(proxy.username(), proxy.password().unwrap_or_default());
            }
        }
        secrets.forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        secrets
    }

    fn add_auth(&mut self, auth: &Auth) {
        match auth {
            Auth::None => {}
            Auth::Basic { user, password } => self.add_pair(user, password.inner()),
            Auth::Bearer { token } => self.add(token.inner()),
        }
    }

    fn add_pair(&mut self, user: &str, password: &str) {
        if user.is_empty() && password.is_empty() {
            return;
        }
        let pair = Zeroizing::new(format!("{user}:{password}"));
        for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            self.add(&engine.encode(pair.as_bytes()));
        }
        self.add(user);
        self.add(password);
    }

    /// Adds a secret as it is and as JSON, a query and HTML write it.
    fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        if secret.is_empty() {
            return;
        }
        let json = serde_json::to_string(secret).unwrap_or_default();
        let query: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let html =
            secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        for form in [secret, json.trim_matches('"'), &query.replace('+', "%20"), &query, &html] {
            let form = Zeroizing::new(form.to_ascii_lowercase());
            if !self.forms.contains(&form) {
                self.forms.push(form);
            }
        }
    }

    /// The text without them, in whatever case: hosts, for one, come back in lower case.
    pub(crate) fn redact(&self, text: &str) -> String {
        let lower = text.to_ascii_lowercase();
        let mut shown = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(next) = text[at..].chars().next() {
            if let Some(length) = self.length_at(&lower, at) {
                shown.push_str(REDACTED);
                at += length;
            } else {
                shown.push(next);
                at += next.len_utf8();
            }
        }
        shown
    }

    /// How many bytes of a secret begin here.
    fn length_at(&self, lower: &str, at: usize) -> Option<usize> {
        let rest = &lower[at..];
        let is_word = |length: usize| {
            let before = lower[..at].chars().next_back();
            let after = rest[length..].chars().next();
            ![before, after].into_iter().flatten().any(char::is_alphanumeric)
        };
        let found = self
            .forms
            .iter()
            .map(|form| form.as_str())
            .find(|form| rest.starts_with(form) && (form.len() >= SHORT || is_word(form.len())));
        found.map(str::len)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}
