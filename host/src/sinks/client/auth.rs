//! The `auth` table: who we are to a receiver.

use collector::sensitive::SensitiveString;
use collector::settings::{Key, Reader};
use reqwest::RequestBuilder;

/// Keys of the `auth` table.
pub(crate) const KEYS: &[Key] = &[
    Key { name: "strategy", doc: "basic or bearer." },
    Key { name: "user", doc: "User name of strategy basic." },
    Key { name: "password", doc: "Password of strategy basic." },
    Key { name: "password_file", doc: "File that holds the password." },
    Key { name: "token", doc: "Token of strategy bearer." },
    Key { name: "token_file", doc: "File that holds the token." },
];

/// Credentials of a request.
#[derive(Clone, Debug)]
pub(crate) enum Auth {
    /// None.
    None,
    /// `Authorization: Basic`.
    Basic {
        /// The user's name.
        user: String,
        /// The user's password.
        password: SensitiveString,
    },
    /// `Authorization: Bearer`.
    Bearer {
        /// The token.
        token: SensitiveString,
    },
}

#[derive(Clone, Copy)]
enum Strategy {
    Basic,
    Bearer,
}

impl Auth {
    /// Reads the table under `auth`.
    pub(crate) fn read(sink: &Reader<'_>) -> Self {
        let Some(reader) = sink.table("auth", KEYS) else { return Self::None };
        if !reader.required("strategy") {
            return Self::None;
        }
        let choices = [("basic", Strategy::Basic), ("bearer", Strategy::Bearer)];
        let read = match reader.one_of("strategy", &choices) {
            Some(Strategy::Basic) => Self::basic(&reader),
            Some(Strategy::Bearer) => Self::bearer(&reader),
            None => None,
        };
        read.unwrap_or(Self::None)
    }

    fn basic(reader: &Reader<'_>) -> Option<Self> {
        foreign(reader, &["token", "token_file"], "basic");
        let (user, password) = (reader.required_string("user"), secret(reader, "password"));
        Some(Self::Basic { user: user?, password: password? })
    }

    fn bearer(reader: &Reader<'_>) -> Option<Self> {
        foreign(reader, &["user", "password", "password_file"], "bearer");
        Some(Self::Bearer { token: secret(reader, "token")? })
    }

    /// The request with these credentials; reqwest marks them as sensitive.
    pub(crate) fn apply(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Basic { user, password } => request.basic_auth(user, Some(password.inner())),
            Self::Bearer { token } => request.bearer_auth(token.inner()),
        }
    }
}

/// A secret that must be there, itself or as a file.
fn secret(reader: &Reader<'_>, name: &str) -> Option<SensitiveString> {
    if !reader.has(name) && !reader.has(&format!("{name}_file")) {
        reader.problem(name, "is missing", Some(format!("add {name} or {name}_file")));
    }
    reader.secret(name)
}

fn foreign(reader: &Reader<'_>, names: &[&str], strategy: &str) {
    for name in names.iter().filter(|name| reader.has(name)) {
        reader.problem(name, format!("does not belong to strategy {strategy}"), Some("remove it".to_owned()));
    }
}
