//! What the program says to people.

use std::fmt::Write as _;
use std::path::Path;

use graph_simulator::{Simulator, TenantConfig};

/// The end of `--help`.
pub(crate) const EXAMPLES: &str = r#"Try it:
  graph-simulator --write-config try.toml
  entra-signins run -c try.toml        in a second terminal
  entra-signins status -c try.toml     in a third

Steer it while it runs; a tenant goes by its domain or its GUID:
  S=http://127.0.0.1:8780/_simulator
  curl $S/state                                    tenants, faults, limits, totals
  curl $S/faults                                   one example of each kind of fault
  curl "$S/faults?tenant=contoso.example" -d '{"kind": "broken_json", "times": 3}'
  curl "$S/faults?tenant=contoso.example" -d '{"kind": {"status": {"status": 503}}, "times": null, "probability": 0.2}'
  curl "$S/faults?tenant=contoso.example" -d '{"kind": {"aadsts": {"code": 7000222}}, "times": null}'
  curl -X DELETE "$S/faults?tenant=contoso.example"
  curl "$S/sign-ins?tenant=contoso.example" -d '[{"properties": {"userDisplayName": "Mallory"}}]'
  curl "$S/rate?tenant=contoso.example" -d 20      sign-ins per second
  curl $S/clock -d 3600                            an hour passes at once

"times": null is until switched off; without "times" a fault happens once."#;

/// What there is, and what to do with it.
pub(crate) fn welcome(simulator: &Simulator, tenants: &[TenantConfig], file: Option<&Path>) -> String {
    let url = simulator.graph_endpoint();
    let mut text = format!("\nA simulated Microsoft listens at {url} with {} tenants:\n\n", tenants.len());
    for tenant in tenants {
        let _infallible = writeln!(
            text,
            "  {:<24} {:<28} {:>7} sign-ins and {} a second",
            tenant.display_name,
            tenant.domains.first().map_or("", String::as_str),
            tenant.history.sign_ins,
            tenant.live_per_second,
        );
    }
    let (where_it_is, file) = match file {
        Some(file) => (format!("is in {}", file.display()), file.display().to_string()),
        None => ("is on standard output; put it into a file, try.toml".to_owned(), "try.toml".to_owned()),
    };
    let domain = tenants.first().and_then(|tenant| tenant.domains.first()).map_or("", String::as_str);
    let _infallible = write!(
        text,
        r#"
The configuration that reads them {where_it_is}.

  cargo run --release -p entra-signins-host -- run -c {file}       their sign-ins, one a line
  cargo run --release -p entra-signins-host -- status -c {file}    how it goes
  curl {url}_simulator/state
  curl "{url}_simulator/faults?tenant={domain}" -d '{{"kind": {{"forbidden": {{"code": "Authentication_MSGraphPermissionMissing"}}}}, "times": null}}'
  curl -X DELETE "{url}_simulator/faults?tenant={domain}"

--help has more. Ctrl-C ends it.
"#
    );
    text
}
