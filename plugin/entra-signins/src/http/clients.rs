//! One client for all connectors that reach Microsoft in the same way.

use std::sync::{Mutex, PoisonError};

use collector::config::ProxyConfig;
use reqwest::Client;

use super::{ClientError, client};
use crate::config::Endpoints;

/// The clients of a source. A thousand tenants share their connections and root certificates: what one of them sends goes over
/// a connection of its own for as long as it lasts, so that none waits for another.
pub(crate) struct Clients {
    proxy: ProxyConfig,
    made: Mutex<Vec<(Endpoints, Client)>>,
}

impl Clients {
    /// `proxy` is the host's.
    pub(crate) fn new(proxy: ProxyConfig) -> Self {
        Self { proxy, made: Mutex::default() }
    }

    /// The client for these endpoints, made when it is asked for first.
    ///
    /// # Errors
    ///
    /// Certificates or proxies that cannot be used.
    pub(crate) fn of(&self, endpoints: &Endpoints) -> Result<Client, ClientError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = made.iter().find(|(of, _)| of == endpoints) {
            return Ok(client.clone());
        }
        let client = client(endpoints, &self.proxy)?;
        made.push((endpoints.clone(), client.clone()));
        Ok(client)
    }
}
