//! Tests of `managed_identity`.

use super::super::{ClientId, Microsoft365, Strategy, WhichIdentity};
use super::{CHILD, load};

const ID: &str = "11111111-2222-3333-4444-555555555555";

/// A connector with these lines in `auth` and none of a client id.
fn parent(lines: &str) -> Result<Microsoft365, String> {
    let text = format!(
        "[[microsoft_365]]\nname = 'contoso'\ntenant_id = 'contoso.example'\n[microsoft_365.auth]\n\
         strategy = 'managed_identity'\n{lines}\n{CHILD}"
    );
    let loaded = load(&text).map(|mut config| config.microsoft_365.remove(0));
    loaded.map_err(|problems| problems.replace("c.toml:", "").replace("microsoft_365[0].auth.", ""))
}

fn which(parent: &Microsoft365) -> WhichIdentity {
    let Strategy::ManagedIdentity(identity) = &parent.credential.strategy else { panic!("is another") };
    identity.which.clone()
}

/// Scenario: an identity in each of the ways to name it, without a client id of the connector.
/// Guarantee: each is known, and has an id by which its requests are counted: its own or one that stands for it.
#[test]
fn identities_are_named_in_four_ways() {
    let id: ClientId = ID.parse().unwrap();
    let by = |line: &str| parent(line).unwrap();
    let ways = [
        (by(""), WhichIdentity::SystemAssigned),
        (by(&format!("managed_identity_client_id = '{ID}'")), WhichIdentity::ClientId(id)),
        (by(&format!("managed_identity_object_id = '{ID}'")), WhichIdentity::ObjectId(id.0)),
        (by("managed_identity_resource_id = '/s/i'"), WhichIdentity::ResourceId("/s/i".to_owned())),
    ];
    for (parent, expected) in &ways {
        assert_eq!(which(parent), *expected);
    }
    let counted_by: std::collections::BTreeSet<_> = ways.iter().map(|(parent, _)| parent.client_id).collect();
    assert!(counted_by.len() == ways.len() && counted_by.contains(&id), "{counted_by:?}");
    assert_eq!(by("").client_id, by("").client_id);
}

/// Scenario: two names at once, none that is a GUID, an endpoint elsewhere in the clear, a header without an endpoint.
/// Guarantee: each is refused at its key, and the header is not shown.
#[test]
fn each_mistake_has_its_message() {
    for (lines, problem) in [
        (
            "managed_identity_client_id = 'x'\nmanaged_identity_resource_id = 'y'",
            "7: managed_identity_resource_id: stands beside managed_identity_client_id; name the identity in one way",
        ),
        ("managed_identity_client_id = 'x'", "6: managed_identity_client_id: is malformed; write a GUID"),
        (
            "identity_endpoint = 'http://192.0.2.1/token'",
            "6: identity_endpoint: is no service of this machine; write https://, or an address of this machine or of \
             169.254.0.0/16",
        ),
        (
            "identity_header = 'hunter2'",
            "4: identity_endpoint: is missing beside identity_header; add identity_endpoint = ..., or run where \
             IDENTITY_ENDPOINT is set",
        ),
        (
            "client_secret = 'hunter2'",
            "6: client_secret: does not belong to this strategy; remove it or write strategy = \"client_secret\"",
        ),
    ] {
        assert_eq!(parent(lines).unwrap_err(), problem);
    }
}
