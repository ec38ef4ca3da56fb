//! The console, served with connectors to be made, for tests over real connections.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Console, router};
use crate::access::Access;
use crate::api::{Api, ApiState, Overview};
use crate::config::ApiConfig;
use crate::connectors::testing::Ground;
use crate::telemetry::metrics_for_tests;

/// Where it is served, the token that opens it, and how to stop it.
pub(crate) async fn serve(ground: &Ground) -> (String, String, CancellationToken) {
    let config = ApiConfig::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let access = Access::open(&config, ground.directory.path()).unwrap();
    let token = std::fs::read_to_string(access.token_file()).unwrap().trim().to_owned();
    let api = Api::bind(&config).await.unwrap();
    let (url, stop) = (format!("http://{}", api.address()), CancellationToken::new());
    let overview = Overview::new(Arc::new(|| Timestamp::UNIX_EPOCH));
    let state = ApiState { overview, metrics: metrics_for_tests(), access: Arc::new(access) };
    let console = Console::new(Some(Arc::clone(&ground.connectors)), None);
    TaskTracker::new().spawn(api.serve(state, router(console), stop.clone()));
    (url, token, stop)
}
