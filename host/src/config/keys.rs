//! Every key of the host's own tables: the one place of names and their meaning.

use collector::settings::Key;

const fn key(name: &'static str, doc: &'static str) -> Key {
    Key { name, doc }
}

/// Keys of the top level.
pub const TOP: &[Key] = &[
    key(
        "data_dir",
        "Directory of journal and state, made with mode 0700; default data, beside the first file",
    ),
    key("api", "Console, health, metrics and status as JSON"),
    key(
        "secrets",
        "How secrets are kept that are entered in the console or by command, or got by signing in",
    ),
    key("journal", "The durable log of events between sources and sinks"),
    key("proxy", "Proxies: a URL, or enabled, http, https, no_proxy; default from the environment"),
    key("sources", "Where events come from, by id"),
    key("sinks", "Where events go, by id"),
];

/// Keys of `[api]`.
pub const API: &[Key] = &[
    key("enabled", "Whether it is served; default true"),
    key("address", "Address and port to listen on; default 127.0.0.1:8686"),
    key("allowed_hosts", "Host names, besides the loopback ones, by which it may be addressed; default none"),
    key("password_hash", "What opens the console: an argon2 hash, as `entra-signins hash-password` makes it"),
    key(
        "token_file",
        "File of mode 0600 with a token that opens it too; default <data_dir>/console.token, which is made",
    ),
    key("public_url", "How browsers reach it: https, or http on this machine; default its address"),
    key("tls", "crt_file and key_file: it is served by https; default by http"),
];

/// Keys of `[api.tls]`.
pub const API_TLS: &[Key] = &[
    key("crt_file", "File with the certificate in PEM, and those that lead to its authority"),
    key("key_file", "File with the certificate's private key in PEM"),
];

/// Keys of `[secrets]`.
pub const SECRETS: &[Key] = &[key(
    "key_file",
    "File of mode 0600 with the key: 32 bytes, base64; default <data_dir>/secrets.key, which is made, or ENTRA_SIGNINS_SECRETS_KEY",
)];

/// Keys of `[journal]`.
pub const JOURNAL: &[Key] = &[
    key("max_bytes", "Size at which sources have to wait; default 10 GiB"),
    key(
        "retention_secs",
        "Seconds that events are kept after every sink has confirmed them; default 604800 (7 days)",
    ),
];
