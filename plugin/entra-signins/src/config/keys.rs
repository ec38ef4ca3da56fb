//! Every key that the source's configuration knows: the one place of names and their meaning.

use collector::settings::Key;

const fn key(name: &'static str, doc: &'static str) -> Key {
    Key { name, doc }
}

/// Keys of `[sources.<id>]`.
pub const SOURCE: &[Key] = &[
    key("type", "entra_signins"),
    key("microsoft_365", "Parent connectors, one per Azure tenant"),
    key("azure_ad", "Sign-in connectors, each under a parent"),
    key(
        "app_budget_share",
        "This host's share of each app registration's request budget, above 0 and up to 1; default 1",
    ),
    key("dedupe", "What is remembered of sign-ins that were delivered"),
    key(
        "connector_events",
        "Whether another status of a connector, a gap or a credential that expires is an event, too (event_type System); default false",
    ),
];

/// Keys of `dedupe`.
pub const DEDUPE: &[Key] = &[key(
    "max_bytes",
    "Disk for ids of delivered sign-ins; beyond it the oldest are forgotten, and sign-ins of their time are no longer read; \
     default 2147483648 (2 GiB)",
)];

/// Keys of a parent connector.
pub const MICROSOFT_365: &[Key] = &[
    key("name", "Name of the connector, unique among parents"),
    key(
        "tenant_id",
        "The tenant: its GUID or a verified domain; with a federated token AZURE_TENANT_ID by default",
    ),
    key("tenant_name", "The tenant's name in events; default: looked up from /organization"),
    key("cloud", "global, us_government, us_government_dod or china; default global"),
    key("login_endpoint", "URL of the identity platform instead of the cloud's"),
    key("graph_endpoint", "URL of Graph instead of the cloud's"),
    key("scope", "Scope of tokens; default: /.default of the Graph host that is used"),
    key(
        "client_id",
        "GUID of the app registration; with a federated token AZURE_CLIENT_ID by default; a managed identity needs none",
    ),
    key("auth", "How the app registration proves itself"),
    key("tls", "Trust for the connector's endpoints"),
    key("proxy", "A proxy of the connector's own: a URL, or enabled, http, https, no_proxy"),
    key("account_id", "The tenant's Cato account"),
    key(
        "unlimited_requests",
        "Do without Microsoft's request limits, to measure against a test server; loopback only; default false",
    ),
    key("cato_egress_ranges", "Addresses by which the tenant's users leave through Cato, in CIDR notation"),
];

/// Keys of `auth`, whatever its strategy.
pub const AUTH: &[Key] = &[
    key(
        "strategy",
        "client_secret, client_certificate, federated_token, managed_identity, authorization_code or device_code",
    ),
    key(
        "client_secret",
        "The client secret; with authorization_code only where the app is a confidential client",
    ),
    key("client_secret_file", "File that holds the client secret"),
    key("certificate", "The certificate, PEM"),
    key(
        "certificate_file",
        "File that holds the certificate, PEM; or certificate and key, PKCS#12 (.p12, .pfx)",
    ),
    key("certificate_password", "The password of a PKCS#12 file"),
    key("certificate_password_file", "File that holds the password of a PKCS#12 file"),
    key("private_key", "The certificate's RSA key, PEM (PKCS#8 or PKCS#1)"),
    key("private_key_file", "File that holds the certificate's RSA key, PEM (PKCS#8 or PKCS#1)"),
    key(
        "token_file",
        "File that holds a token of an issuer which the app registration trusts, and that is read for each token request; \
         default AZURE_FEDERATED_TOKEN_FILE",
    ),
    key(
        "managed_identity_client_id",
        "The user-assigned managed identity, by its client id; default the system-assigned one",
    ),
    key("managed_identity_object_id", "The same by the id of its principal"),
    key("managed_identity_resource_id", "The same by its resource id, /subscriptions/..."),
    key(
        "identity_endpoint",
        "Where Azure issues the managed identity's tokens; default IDENTITY_ENDPOINT, else the machine's metadata service",
    ),
    key("identity_header", "What App Service wants to be shown with it; default IDENTITY_HEADER"),
    key("identity_header_file", "File that holds the same"),
    key(
        "expires_at",
        "When the secret expires, a day or an RFC 3339 time: it is warned of; a certificate's own expiry is known",
    ),
    key(
        "next",
        "Another credential, with keys as these, that is used where this one is refused, and the other way round",
    ),
];

/// Keys of `auth` that a host writes, for a connector whose secrets it keeps.
pub const AUTH_BY_HOST: &[Key] = &[key(
    CLIENT_SECRET_MISSING,
    "Why the client secret is missing that the host keeps, instead of the secret",
)];

/// Stands where a client secret would.
pub const CLIENT_SECRET_MISSING: &str = "client_secret_missing";

/// Keys of a parent connector's `tls`.
pub const TLS: &[Key] = &[key("ca_file", "Root certificates to trust besides the system's, PEM")];

/// Keys of a sign-in connector.
pub const AZURE_AD: &[Key] = &[
    key("name", "Name of the connector, unique among sign-in connectors"),
    key("connector_tenant", "Name of its parent connector"),
    key("permissions", "read, the only value"),
    key(
        "sign_in_event_types",
        "Kinds to read: interactiveUser, nonInteractiveUser, servicePrincipal, managedIdentity; default all",
    ),
    key(
        "start",
        "Where to begin at the first run: now, an age such as 24h or 30d, or an RFC 3339 time that has passed; default 24h. \
         Written anew later, an earlier one is back-filled, a later one ends the back-fill of what lies before it and before \
         the first run",
    ),
    key("poll_interval_secs", "Seconds between reads of the newest sign-ins, 1 to 86400; default 60"),
    key(
        "poll_interval_max_secs",
        "A kind without new sign-ins is polled less and less often, down to once in so many seconds; 1 to 86400; default: \
         always every poll_interval_secs",
    ),
    key(
        "reread_floor_secs",
        "Seconds are read again for late sign-ins as late as these have been, 90, 99 and 99.9 in a hundred, and after 6 and 24 hours; \
         the first re-reads come no sooner than so many seconds after they happened, 60 to 21600; default 120",
    ),
    key("reread_ceiling_secs", "And no later than so many, 60 to 21600; default 14400"),
    key("page_size", "Records asked for in one request, 1 to 1000; default 1000"),
    key("include_raw", "Whether events carry the Graph record as raw_data; default false"),
    key(
        "emit_updates",
        "Whether a sign-in is emitted again, with the same event_id, when Microsoft has changed what its event shows; default \
         false: it is counted",
    ),
    key(
        "filter",
        "OData expression, and-ed to ours; default none. When it is changed, all from start on is read again",
    ),
];
