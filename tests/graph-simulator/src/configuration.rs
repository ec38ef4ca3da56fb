//! The configuration with which the product reads a simulator.

use std::fmt::Write as _;

use crate::config::TenantConfig;
use crate::simulator::Simulator;

/// A whole configuration of the product: every one of these tenants, to standard output.
pub fn configuration(simulator: &Simulator, tenants: &[TenantConfig]) -> String {
    let began = simulator.now().as_second();
    let mut toml = format!(
        "\
# Every sign-in of the simulated Microsoft at {url}, one JSON object a line on standard output.

# Journal and state. A simulator that starts again makes the same ids at other times: give it a directory of its own.
data_dir = \"simulated-{began}\"

[sinks.console]
type = \"console\"
inputs = [\"entra\"]

[sources.entra]
type = \"entra_signins\"
",
        url = simulator.graph_endpoint(),
    );
    for tenant in tenants {
        push_tenant(&mut toml, simulator, tenant);
    }
    toml
}

fn push_tenant(toml: &mut String, simulator: &Simulator, tenant: &TenantConfig) {
    let name = tenant.display_name.to_lowercase().replace(' ', "-");
    let _infallible = write!(
        toml,
        r#"
[[sources.entra.microsoft_365]]
name = "{name}"
tenant_id = "{id}"
login_endpoint = "{login}"
graph_endpoint = "{graph}"
client_id = "{client}"
auth.strategy = "client_secret"
auth.client_secret = "{secret}"

[[sources.entra.azure_ad]]
name = "{name}-sign-ins"
connector_tenant = "{name}"
poll_interval_secs = 20
"#,
        id = tenant.id,
        login = simulator.login_endpoint(),
        graph = simulator.graph_endpoint(),
        client = tenant.client_id,
        secret = tenant.client_secret,
    );
}
