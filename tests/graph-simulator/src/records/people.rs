//! The users and workloads of a tenant, drawn once from its seed.

use std::net::{Ipv4Addr, Ipv6Addr};

use uuid::Uuid;

use super::draw::Draw;
use super::vocabulary::{CLIENTS, Client, FAMILY, GIVEN, PLACES, Place, WORKLOADS};

/// A user.
pub(super) struct Person {
    pub(super) id: Uuid,
    pub(super) display_name: String,
    pub(super) principal_name: String,
    pub(super) guest_of: Option<Uuid>,
    pub(super) place: &'static Place,
    pub(super) client: &'static Client,
    pub(super) device_id: Uuid,
    pub(super) device_name: String,
    pub(super) address: String,
}

impl Person {
    pub(super) fn draw(seed: u64, index: usize, domain: &str) -> Self {
        let mut draw = Draw::new(seed ^ 0x7065_6f70_6c65, index as u64);
        let (given, mail_given) = GIVEN[(index + draw.below(2)) % GIVEN.len()];
        let (family, mail_family) = *draw.pick(&FAMILY);
        let guest = draw.one_in(12);
        let domain = if guest { "partner.example" } else { domain };
        Self {
            id: draw.guid(),
            display_name: format!("{given} {family}"),
            principal_name: format!("{mail_given}.{mail_family}{index}@{domain}"),
            guest_of: guest.then(|| draw.guid()),
            place: draw.pick(&PLACES),
            client: draw.pick(&CLIENTS),
            device_id: draw.guid(),
            device_name: format!("{}-{:05X}", draw.pick(&["DESKTOP", "LAPTOP", "MAC"]), draw.below(0xf_ffff)),
            address: address(&mut draw),
        }
    }
}

/// A service principal or managed identity.
pub(super) struct Workload {
    pub(super) id: Uuid,
    pub(super) name: &'static str,
    pub(super) app_id: Uuid,
    pub(super) key_id: Uuid,
    pub(super) place: &'static Place,
    pub(super) address: String,
}

impl Workload {
    pub(super) fn draw(seed: u64, index: usize) -> Self {
        let mut draw = Draw::new(seed ^ 0x776f_726b, index as u64);
        Self {
            id: draw.guid(),
            name: WORKLOADS[index % WORKLOADS.len()],
            app_id: draw.guid(),
            key_id: draw.guid(),
            place: draw.pick(&PLACES),
            address: address(&mut draw),
        }
    }
}

/// An address of the documentation ranges: mostly IPv4, some IPv6, a few with a port as Graph sometimes has it.
pub(super) fn address(draw: &mut Draw) -> String {
    let byte = |draw: &mut Draw| u8::try_from(1 + draw.below(254)).unwrap_or(1);
    let [first, second, third] = *draw.pick(&[[192, 0, 2], [198, 51, 100], [203, 0, 113]]);
    let v4 = Ipv4Addr::new(first, second, third, byte(draw));
    let [net, host] = [draw.next(), draw.next()].map(|bits| u16::try_from(bits & 0xffff).unwrap_or(1));
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, net, 0, 0, 0, 0, host);
    match draw.below(40) {
        0 => format!("{v4}:{}", 1024 + draw.below(60_000)),
        1 => format!("[{v6}]:443"),
        2..=9 => v6.to_string(),
        _ => v4.to_string(),
    }
}
