//! Settings as arguments, for making and for editing.

use clap::Args;

use crate::connectors::Settings;

/// Of a parent connector, what need not be said.
#[derive(Args, Debug)]
pub(super) struct OfParent {
    /// The tenant's name in events. Default: looked up.
    #[arg(long)]
    tenant_name: Option<String>,
    /// How the app proves itself: client_secret, or, where a user signs in, authorization_code or device_code. Default: client_secret.
    #[arg(long)]
    strategy: Option<String>,
    /// When the client secret expires, a day or a time: it is warned of.
    #[arg(long)]
    expires_at: Option<String>,
    /// global, us_government, us_government_dod or china.
    #[arg(long)]
    cloud: Option<String>,
    /// URL of the identity platform instead of the cloud's.
    #[arg(long)]
    login_endpoint: Option<String>,
    /// URL of Graph instead of the cloud's.
    #[arg(long)]
    graph_endpoint: Option<String>,
}

/// Of a sign-in connector, what need not be said.
#[derive(Args, Debug)]
pub(super) struct OfChild {
    /// Kinds to read, with commas between them. Default: all.
    #[arg(long, value_delimiter = ',')]
    sign_in_event_types: Option<Vec<String>>,
    /// Where to begin: now, an age such as 24h, or a time.
    #[arg(long)]
    start: Option<String>,
    /// Seconds between reads of the newest sign-ins.
    #[arg(long)]
    poll_interval_secs: Option<i64>,
}

impl OfParent {
    pub(super) fn put_into(self, settings: Settings) -> Settings {
        Settings {
            tenant_name: self.tenant_name,
            strategy: self.strategy,
            expires_at: self.expires_at,
            cloud: self.cloud,
            login_endpoint: self.login_endpoint,
            graph_endpoint: self.graph_endpoint,
            ..settings
        }
    }
}

impl OfChild {
    pub(super) fn put_into(self, settings: Settings) -> Settings {
        Settings {
            sign_in_event_types: self.sign_in_event_types,
            start: self.start,
            poll_interval_secs: self.poll_interval_secs,
            ..settings
        }
    }
}
