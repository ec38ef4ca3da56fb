//! The sink's table.

use std::cell::RefCell;

use async_trait::async_trait;
use collector::config::ProxyConfig;
use collector::settings::{Key, Problems, Reader, Table};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName};

use super::delivery::HttpDelivery;
use crate::encoding::{Encoder, EncodingConfig};
use crate::sinks::batch::BatchOptions;
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
    configure,
};

const EXAMPLE: &str = r#"[sinks.{id}]
type = "http"
inputs = [{inputs}]
endpoint = "https://collector.example/events"
# compression = "gzip"               # gzip | none
# auth.strategy = "bearer"           # bearer (token) | basic (user, password)
# auth.token = "${TOKEN}"            # or auth.token_file
# encoding.schema = "cato"
# batch.max_events = 1000
# batch.timeout_secs = 1
# tls.ca_file = "ca.pem"
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
        let proxy = self.client.proxy(global).cloned().unwrap_or_default();
        Secrets::of(&self.endpoint, &self.auth, &self.request.headers, &proxy)
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
