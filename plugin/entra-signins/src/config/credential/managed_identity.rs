//! `managed_identity`: Azure itself vouches for the resource that this program runs on.

use std::net::Ipv4Addr;

use collector::sensitive::SensitiveString;
use collector::settings::{Reader, is_loopback};
use url::{Host, Url};
use uuid::Uuid;

use super::Strategy;
use crate::config::ClientId;

/// The metadata service of Azure's machines.
const MACHINE: &str = "http://169.254.169.254/metadata/identity/oauth2/token";

/// The namespace of ids that stand for identities whose own client id is not configured.
const NAMESPACE: Uuid = Uuid::from_u128(0x5d0e_9c0b_6a2f_4a53_9b9e_3c1f_7d42_8a16);

/// An Azure resource's identity.
#[derive(Clone, Debug)]
pub struct ManagedIdentity {
    /// Who issues its tokens.
    pub service: IdentityService,
    /// Which of the resource's identities it is.
    pub which: WhichIdentity,
}

/// Who issues tokens of managed identities. It is reached directly, never by a proxy.
#[derive(Clone, Debug)]
pub enum IdentityService {
    /// The metadata service of a machine.
    Machine {
        /// Where it is asked.
        endpoint: Url,
    },
    /// App Service, Functions and Container Apps, each with an endpoint of its own.
    AppService {
        /// Where it is asked.
        endpoint: Url,
        /// What it wants to be shown.
        header: SensitiveString,
    },
}

/// Which of a resource's identities.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum WhichIdentity {
    /// The one that comes and goes with the resource.
    SystemAssigned,
    /// A user-assigned one by its client id.
    ClientId(ClientId),
    /// A user-assigned one by the id of its principal.
    ObjectId(Uuid),
    /// A user-assigned one by its id in Azure Resource Manager.
    ResourceId(String),
}

impl WhichIdentity {
    /// Its client id or, where only Azure knows that, an id that stands for it on this machine.
    fn client_id(&self) -> ClientId {
        let derived = |name: &str| ClientId(Uuid::new_v5(&NAMESPACE, name.to_lowercase().as_bytes()));
        match self {
            Self::SystemAssigned => derived("system"),
            Self::ClientId(id) => *id,
            Self::ObjectId(id) => derived(&id.to_string()),
            Self::ResourceId(id) => derived(id),
        }
    }
}

/// What stands for the `client_id` of a parent connector that writes none.
pub(in crate::config) fn client_id(strategy: &Strategy) -> Option<ClientId> {
    match strategy {
        Strategy::ManagedIdentity(identity) => Some(identity.which.client_id()),
        Strategy::ClientSecret(_)
        | Strategy::ClientCertificate { .. }
        | Strategy::FederatedToken { .. }
        | Strategy::AuthorizationCode { .. }
        | Strategy::DeviceCode => None,
    }
}

pub(super) fn strategy(auth: &Reader<'_>) -> Option<Strategy> {
    let (service, which) = (service(auth), which(auth));
    Some(Strategy::ManagedIdentity(ManagedIdentity { service: service?, which: which? }))
}

fn service(auth: &Reader<'_>) -> Option<IdentityService> {
    let has_header = auth.has("identity_header") || auth.has("identity_header_file");
    let header = auth.secret("identity_header");
    if !auth.has("identity_endpoint") {
        if has_header {
            let fix = "add identity_endpoint = ..., or run where IDENTITY_ENDPOINT is set";
            auth.problem("identity_endpoint", "is missing beside identity_header", Some(fix.to_owned()));
            return None;
        }
        return Some(IdentityService::Machine { endpoint: Url::parse(MACHINE).ok()? });
    }
    let endpoint = endpoint(auth)?;
    if has_header {
        return Some(IdentityService::AppService { endpoint, header: header? });
    }
    Some(IdentityService::Machine { endpoint })
}

/// Azure offers these services in the clear, on addresses that lead nowhere else.
fn endpoint(auth: &Reader<'_>) -> Option<Url> {
    let url = auth.parsed::<Url>("identity_endpoint", "a URL such as IDENTITY_ENDPOINT holds")?;
    let link_local = |address: Ipv4Addr| address.is_link_local();
    let near = is_loopback(&url) || matches!(url.host(), Some(Host::Ipv4(address)) if link_local(address));
    if url.scheme() == "https" || (url.scheme() == "http" && near) {
        return Some(url);
    }
    let fix = "write https://, or an address of this machine or of 169.254.0.0/16";
    auth.problem("identity_endpoint", "is no service of this machine", Some(fix.to_owned()));
    None
}

fn which(auth: &Reader<'_>) -> Option<WhichIdentity> {
    const KEYS: [&str; 3] =
        ["managed_identity_client_id", "managed_identity_object_id", "managed_identity_resource_id"];
    let given: Vec<_> = KEYS.into_iter().filter(|key| auth.has(key)).collect();
    match given[..] {
        [] => Some(WhichIdentity::SystemAssigned),
        ["managed_identity_client_id"] => auth.parsed(given[0], "a GUID").map(WhichIdentity::ClientId),
        ["managed_identity_object_id"] => auth.parsed(given[0], "a GUID").map(WhichIdentity::ObjectId),
        ["managed_identity_resource_id"] => auth.required_string(given[0]).map(WhichIdentity::ResourceId),
        [first, second, ..] => {
            let fix = "name the identity in one way".to_owned();
            auth.problem(second, format!("stands beside {first}"), Some(fix));
            None
        }
        [_] => None,
    }
}
