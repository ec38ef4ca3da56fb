//! Logging in, so seldom that nobody can guess.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::HeaderMap;
use collector::sensitive::SensitiveString;
use cookie::Cookie;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::Access;

/// What a proxy adds to: the address of who asks it is the last.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Attempts of one address at once, and in a minute.
const OF_ONE: NonZeroU32 = NonZeroU32::new(6).expect("not zero");
/// Attempts of all addresses at once, and in a minute.
const OF_ALL: NonZeroU32 = NonZeroU32::new(60).expect("not zero");
/// Addresses that are remembered before those are forgotten that count no more.
const MANY: usize = 1_000;

/// Attempts to log in.
pub(super) struct Attempts {
    of_one: DefaultKeyedRateLimiter<IpAddr>,
    of_all: DefaultDirectRateLimiter,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            of_one: RateLimiter::keyed(Quota::per_minute(OF_ONE)),
            of_all: RateLimiter::direct(Quota::per_minute(OF_ALL)),
        }
    }
}

impl std::fmt::Debug for Attempts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attempts")
    }
}

impl Attempts {
    /// One more of this address. How long to wait if it is one too many.
    fn count(&self, address: IpAddr) -> Result<(), Duration> {
        if self.of_one.len() > MANY {
            self.of_one.retain_recent();
        }
        let wait = |not_until: governor::NotUntil<_>| not_until.wait_time_from(DefaultClock::default().now());
        self.of_one.check_key(&household(address)).map_err(wait)?;
        self.of_all.check().map_err(wait)
    }
}

/// The addresses that belong to whom this one does: of IPv6, nobody has fewer than 2^64 to try from.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

/// Whom a proxy has passed on, by the last address that it names.
fn passed_on(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
    let address = last.rsplit(',').next()?.trim();
    let bare = address.strip_prefix('[').and_then(|address| address.strip_suffix(']')).unwrap_or(address);
    bare.parse().ok().or_else(|| address.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// Somebody who wants to be let in.
#[derive(Debug)]
pub(crate) struct LogIn {
    pub(crate) address: IpAddr,
    pub(crate) secret: SensitiveString,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// It is neither the password nor the token.
    Wrong,
    /// Too many have tried; wait so long.
    TooMany(Duration),
}

impl Access {
    /// Where a request comes from: over which connection, or, where people elsewhere reach the console through a proxy on this machine, by that
    /// proxy's word. Anybody else could write what he likes.
    pub(crate) fn origin(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> IpAddr {
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let is_proxy = self.is_proxied && peer.is_loopback();
        is_proxy.then(|| passed_on(headers)).flatten().unwrap_or(peer)
    }

    /// Lets somebody in: the cookie of a new session.
    pub(crate) async fn log_in(&self, log_in: LogIn) -> Result<Cookie<'static>, Refusal> {
        self.attempts.count(log_in.address).map_err(Refusal::TooMany)?;
        if !self.opens(&log_in.secret).await {
            tracing::warn!(address = %log_in.address, "Somebody tried to log in to the console and was refused.");
            return Err(Refusal::Wrong);
        }
        self.begin_session().ok_or(Refusal::Wrong)
    }
}
