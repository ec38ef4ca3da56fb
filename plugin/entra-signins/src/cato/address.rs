//! IP addresses as records write them, and ranges of them.

use std::net::{IpAddr, SocketAddr};

use crate::config::IpRange;

/// The address without the port and the brackets that some records have; nothing if it is no address.
pub(super) fn without_port(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_plain = text.parse::<IpAddr>().is_ok();
    if is_plain {
        return Some(text);
    }
    if let Some((address, rest)) = text.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        let is_bracketed = rest.is_empty() && address.parse::<IpAddr>().is_ok();
        if is_bracketed || text.parse::<SocketAddr>().is_ok() {
            return Some(address);
        }
    }
    let with_port = text.rsplit_once(':').filter(|_| text.parse::<SocketAddr>().is_ok());
    with_port.map(|(address, _)| address)
}

/// Whether a range holds an address. An IPv4 address mapped into IPv6 is the IPv4 address, on both sides.
pub(super) fn contains(range: &IpRange, address: IpAddr) -> bool {
    let (network, prefix) = match (range.network, range.network.to_canonical()) {
        (IpAddr::V6(_), network @ IpAddr::V4(_)) if range.prefix >= 96 => (network, range.prefix - 96),
        (network, _) => (network, range.prefix),
    };
    match (network, address.to_canonical()) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let differing = network.to_bits() ^ address.to_bits();
            differing.checked_shr(32_u32.saturating_sub(prefix.into())).unwrap_or(0) == 0
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let differing = network.to_bits() ^ address.to_bits();
            differing.checked_shr(128_u32.saturating_sub(prefix.into())).unwrap_or(0) == 0
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}
