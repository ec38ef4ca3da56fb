//! Tests of what Azure's variables stand in for.

use std::path::Path;

use super::super::{EntraSigninsConfig, IdentityService, Strategy, Tenant};
use super::{CHILD, tree};

const CLIENT_ID: &str = "11111111-2222-3333-4444-555555555555";

/// The parent connector of these lines in an environment of these variables.
fn parent(lines: &str, variables: &[(&str, &str)]) -> Result<super::super::Microsoft365, String> {
    let text = format!("[[microsoft_365]]\nname = 'contoso'\n{lines}\n{CHILD}");
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let config = EntraSigninsConfig::from_table_in(&tree(&text, Path::new("/etc/entra")), &variable);
    config.map(|mut config| config.microsoft_365.remove(0)).map_err(|problems| problems.to_string())
}

fn file(parent: &super::super::Microsoft365) -> &Path {
    let Strategy::FederatedToken { file } = &parent.credential.strategy else {
        panic!("{:?}", parent.credential)
    };
    file
}

/// Scenario: a pod with workload identity whose connector says nothing but its strategy; the same with everything written.
/// Guarantee: the variables stand in where nothing is written, and nowhere else.
#[test]
fn workload_identity_fills_what_is_not_written() {
    let variables = [
        ("AZURE_CLIENT_ID", CLIENT_ID),
        ("AZURE_TENANT_ID", "contoso.example"),
        ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/"),
        ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/token"),
    ];
    let filled = parent("auth.strategy = 'federated_token'", &variables).unwrap();
    assert_eq!(filled.tenant, Tenant::Domain("contoso.example".to_owned()));
    assert_eq!(filled.client_id.to_string(), CLIENT_ID);
    assert_eq!(filled.endpoints.graph.as_str(), "https://graph.microsoft.us/");
    assert_eq!(file(&filled), Path::new("/var/run/token"));

    let written = "tenant_id = 'fabrikam.example'\nclient_id = '22222222-2222-3333-4444-555555555555'\ncloud = 'china'\n\
                   auth = { strategy = 'federated_token', token_file = 'token' }";
    let written = parent(written, &variables).unwrap();
    assert_eq!(written.tenant, Tenant::Domain("fabrikam.example".to_owned()));
    assert_ne!(written.client_id.to_string(), CLIENT_ID);
    assert_eq!(written.endpoints.login.as_str(), "https://login.chinacloudapi.cn/");
    assert_eq!(file(&written), Path::new("/etc/entra/token"));
}

/// Scenario: an authority that is no known cloud's; one beside an endpoint that is written.
/// Guarantee: the first is where tokens are asked for; the second changes nothing.
#[test]
fn an_unknown_authority_is_an_endpoint() {
    let lines =
        "tenant_id = 'contoso.example'\nauth = { strategy = 'federated_token', token_file = 'token' }";
    let variables = [("AZURE_CLIENT_ID", CLIENT_ID), ("AZURE_AUTHORITY_HOST", "https://login.example.com/")];
    assert_eq!(parent(lines, &variables).unwrap().endpoints.login.as_str(), "https://login.example.com/");
    let written = format!("login_endpoint = 'https://gateway.example.com'\n{lines}");
    assert_eq!(
        parent(&written, &variables).unwrap().endpoints.login.as_str(),
        "https://gateway.example.com/"
    );
}

/// Scenario: App Service's variables, one without the other, and an endpoint that is written.
/// Guarantee: both together are the service; else it is the machine's, or what is written.
#[test]
fn app_service_is_where_its_variables_say() {
    let lines = "tenant_id = 'contoso.example'\nauth.strategy = 'managed_identity'";
    let endpoint = ("IDENTITY_ENDPOINT", "http://169.254.129.7:8081/msi/token");
    let header = ("IDENTITY_HEADER", "hunter2");
    let service = |lines: &str, variables: &[(&str, &str)]| {
        let parent = parent(lines, variables).unwrap();
        assert!(!format!("{parent:?}").contains("hunter2"), "{parent:?}");
        let Strategy::ManagedIdentity(identity) = parent.credential.strategy else { panic!("is another") };
        identity.service
    };
    let IdentityService::AppService { endpoint: url, header: shown } = service(lines, &[endpoint, header])
    else {
        panic!("is the machine's")
    };
    assert_eq!((url.as_str(), shown.inner()), (endpoint.1, header.1));
    let IdentityService::Machine { endpoint: url } = service(lines, &[endpoint]) else { panic!("is not") };
    assert_eq!(url.as_str(), "http://169.254.169.254/metadata/identity/oauth2/token");
    let written = format!("{lines}\nauth.identity_endpoint = 'http://localhost/token'");
    let IdentityService::Machine { endpoint: url } = service(&written, &[endpoint, header]) else {
        panic!("is not")
    };
    assert_eq!(url.as_str(), "http://localhost/token");
}

/// Scenario: the variables beside a secret; a federated token with none of them.
/// Guarantee: they are of the strategy alone; without them the keys are missing.
#[test]
fn other_strategies_know_nothing_of_it() {
    let missing = parent(
        "auth = { strategy = 'client_secret', client_secret = 'hunter2' }",
        &[("AZURE_CLIENT_ID", CLIENT_ID)],
    );
    assert!(missing.unwrap_err().contains("client_id: is missing"));
    let missing = parent("auth.strategy = 'federated_token'", &[]).unwrap_err();
    for key in ["tenant_id: is missing", "client_id: is missing", "auth.token_file: is missing"] {
        assert!(missing.contains(key), "{missing}");
    }
}
