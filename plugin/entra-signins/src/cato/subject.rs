//! What the values of one event are made from: the sign-in, its connector, and what several fields share.

use std::net::IpAddr;

use super::ConnectorFacts;
use super::address;
use super::country::{self, Country};
use super::device::{self, Browser, OperatingSystem};
use super::vocabulary;
use crate::config::EventId;
use crate::graph::sign_in::{Policy, Properties, SignIn};

/// One sign-in on its way to an event.
pub(super) struct Subject<'a> {
    pub(super) sign_in: &'a SignIn<'a>,
    pub(super) properties: &'a Properties<'a>,
    pub(super) connector: &'a ConnectorFacts,
    pub(super) raw: Option<&'a [u8]>,
    pub(super) event_id: Option<EventId>,
    /// The address as text, without a port.
    pub(super) address: Option<&'a str>,
    pub(super) country: Option<Country<'a>>,
    pub(super) browser: Option<Browser<'a>>,
    pub(super) os: Option<OperatingSystem<'a>>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(sign_in: &'a SignIn<'a>, connector: &'a ConnectorFacts, raw: Option<&'a [u8]>) -> Self {
        let properties = &sign_in.properties;
        let device = &properties.device_detail;
        Self {
            sign_in,
            properties,
            connector,
            raw,
            event_id: connector.tenant_id.map(|tenant| EventId::of(tenant, &sign_in.id)),
            address: properties.ip_address.as_deref().and_then(address::without_port),
            country: properties.location.country_or_region.as_deref().and_then(country::of),
            browser: device.browser.as_deref().and_then(device::browser),
            os: device.operating_system.as_deref().and_then(device::operating_system),
        }
    }

    /// Whether the sign-in failed; nothing if its record does not say.
    pub(super) fn failed(&self) -> Option<bool> {
        self.properties.status.error_code.map(|code| code != 0)
    }

    /// Whether the address is in none of the ranges of Cato; nothing without ranges or address.
    pub(super) fn out_of_band(&self) -> Option<bool> {
        let ranges = &self.connector.cato_egress_ranges;
        if ranges.is_empty() {
            return None;
        }
        let address: IpAddr = self.address?.parse().ok()?;
        Some(!ranges.iter().any(|range| address::contains(range, address)))
    }

    /// The policies that were applied.
    pub(super) fn applied_policies(&self) -> impl Iterator<Item = &'a Policy<'a>> + use<'a> {
        self.properties
            .applied_conditional_access_policies
            .iter()
            .filter(|policy| policy.result.as_deref().is_some_and(vocabulary::is_applied))
    }
}
