//! The sink's table.

use std::cell::RefCell;

use async_trait::async_trait;
use collector::config::ProxyConfig;
use collector::settings::{Key, Problems, Reader, Table};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName};

use super::delivery::HttpDelivery;
use crate::encoding::{self, Encoder, EncodingConfig};
use crate::sinks::batch::{self, BatchOptions};
use crate::sinks::client::{self, Auth, ClientOptions, Endpoint, RequestOptions, Secrets, error_text};
use crate::sinks::{
    BATCH, BuildError, ENCODING, INPUTS, Inputs, Runner, Sink, SinkConfig, SinkContext, SinkDescription,
    SinkMetrics, TYPE,
};

const KEYS: &[Key] = &[
    TYPE,
    INPUTS,
    client::ENDPOINT,
    Key { name: "method", doc: "post or put. Default: post." },
    Key { name: "compression", doc: "gzip or none. Default: gzip." },
    client::AUTH,
    ENCODING,
    BATCH,
    client::REQUEST,
    client::TLS,
    client::PROXY,
];

/// Headers that the sink sets itself.
const RESERVED: [HeaderName; 5] = [AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST];

/// The sink under its `type`.
pub const DESCRIPTION: SinkDescription = SinkDescription {
    name: "http",
    description: "Batches of newline-delimited JSON posted to a URL, such as Vector's http_server.",
    example: EXAMPLE,
    best_effort: false,
    keys: KEYS,
    tables: &[
        ("auth", client::AUTH_KEYS),
        ("encoding", encoding::KEYS),
        ("batch", batch::KEYS),
        ("request", client::REQUEST_KEYS),
        ("tls", client::TLS_KEYS),
    ],
    configure,
};

const EXAMPLE: &str = r#"[sinks.{id}]
type = "http"
inputs = [{inputs}]
endpoint = "https://collector.example/events"
# method = "post"                       # post | put
# compression = "gzip"                  # gzip | none
# A token ...
# auth.strategy = "bearer"
# auth.token = "${TOKEN}"               # or auth.token_file
# auth.token_file = "siem.token"
# ... or user and password.
# auth.strategy = "basic"
# auth.user = "collector"
# auth.password = "${PASSWORD}"         # or auth.password_file
# auth.password_file = "siem.password"
# encoding.schema = "cato"              # cato | raw
# encoding.codec = "json"
# batch.max_events = 1000
# batch.max_bytes = 1048576             # before compression
# batch.timeout_secs = 1
# How long an answer may take, and the waits before the same batch is sent again: the first, doubled up to the last.
# request.timeout_secs = 60
# request.retry_initial_backoff_secs = 1
# request.retry_max_duration_secs = 30
# request.headers.X-Api-Key = "${KEY}"
# Certificate authorities to trust besides the system's; a certificate of our own with its key.
# tls.ca_file = "ca.pem"
# tls.crt_file = "client.pem"
# tls.key_file = "client.key.pem"
# tls.verify_certificate = true
# tls.verify_hostname = true
# Default: the program's proxy. One for everything ...
# proxy = "http://proxy.example.com:3128"
# ... or by scheme, with exceptions; or none.
# proxy.http = "http://proxy.example.com:3128"
# proxy.https = "http://proxy.example.com:3128"
# proxy.no_proxy = ["siem.example.com"]
# proxy.enabled = false
"#;

/// The checked table.
#[derive(Debug)]
pub(super) struct HttpConfig {
    pub(super) endpoint: Endpoint,
    pub(super) method: Method,
    pub(super) gzip: bool,
    pub(super) auth: Auth,
    pub(super) request: RequestOptions,
    client: ClientOptions,
    encoding: EncodingConfig,
    batch: BatchOptions,
}

fn configure(table: &Table, inputs: &Inputs) -> Result<Box<dyn SinkConfig>, Problems> {
    let problems = RefCell::default();
    let config = HttpConfig::read(&Reader::new(table, "", KEYS, &problems), inputs);
    problems.into_inner().or(config.map(|config| Box::new(config) as Box<dyn SinkConfig>))
}

impl HttpConfig {
    fn read(reader: &Reader<'_>, inputs: &Inputs) -> Option<Self> {
        let endpoint = Endpoint::read(reader);
        let put = reader.one_of("method", &[("post", false), ("put", true)]).unwrap_or(false);
        let gzip = reader.one_of("compression", &[("gzip", true), ("none", false)]).unwrap_or(true);
        let auth = Auth::read(reader);
        let request = RequestOptions::read(reader, &RESERVED);
        let client = ClientOptions::read(reader);
        let encoding = EncodingConfig::read(reader, inputs);
        let batch = BatchOptions::read(reader);
        let method = if put { Method::PUT } else { Method::POST };
        Some(Self { endpoint: endpoint?, method, gzip, auth, request, client, encoding, batch })
    }

    /// What a request carries that nobody may see.
    fn secrets(&self, global: &ProxyConfig) -> Secrets {
        Secrets::of(&self.endpoint, &self.auth, &self.request.headers, &self.client.proxy(global))
    }
}

#[async_trait]
impl SinkConfig for HttpConfig {
    fn build(&self, cx: SinkContext) -> Result<Sink, BuildError> {
        let client = self.client.client(&self.endpoint, &cx.proxy).map_err(error_text)?;
        let protocol = self.endpoint.url().scheme().to_owned();
        let sent = [("protocol", protocol), ("endpoint", self.endpoint.to_string())];
        let runner = Runner {
            delivery: HttpDelivery::new(self, client, self.secrets(&cx.proxy), cx.now.clone()),
            encoder: Encoder::new(&self.encoding, &cx.inputs),
            batch: self.batch,
            retry: self.request.retry,
            metrics: SinkMetrics::new(cx.labels(), &sent),
            cx,
        };
        Ok(Box::pin(runner.run()))
    }

    fn encoding(&self) -> &EncodingConfig {
        &self.encoding
    }

    async fn healthcheck(&self, proxy: &ProxyConfig) -> Result<(), String> {
        let client = self.client.client(&self.endpoint, proxy).map_err(error_text)?;
        let request = client.head(self.endpoint.url().clone()).timeout(self.request.timeout);
        match self.auth.apply(request).headers(self.request.headers.clone()).send().await {
            // Any answer shows that the receiver is there: what it says of an empty question says nothing of events.
            Ok(_) => Ok(()),
            Err(error) => {
                let error = self.secrets(proxy).redact(&error_text(error));
                Err(format!("{} cannot be reached: {error}", self.endpoint))
            }
        }
    }
}
