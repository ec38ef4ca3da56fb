//! What the program says to people.

use std::fmt::Write as _;
use std::path::Path;

use graph_simulator::{FaultKind, REQUESTS, Simulator, TenantConfig};

/// The end of `--help`.
pub(crate) fn long_help() -> String {
    let mut text = TRY_IT.to_owned();
    for (request, what) in REQUESTS {
        let _infallible = writeln!(text, "  {request:<27}{what}");
    }
    text += FAULTS;
    for kind in FaultKind::examples() {
        let _infallible = writeln!(text, "  {}\n      {}", serde_json::json!(kind), kind.meaning());
    }
    text += WHEN;
    text
}

const TRY_IT: &str = r"Try it:
  graph-simulator --write-config try.toml
  entra-signins run -c try.toml        in a second terminal
  entra-signins status -c try.toml     in a third

Steer it while it runs, below http://127.0.0.1:8780/_simulator/; T is a tenant's domain or GUID:
";

const FAULTS: &str = r#"
  S=http://127.0.0.1:8780/_simulator
  curl "$S/faults?tenant=contoso.example" -d '{"kind": "broken_json", "times": 3}'
  curl -X DELETE "$S/faults?tenant=contoso.example"
  curl "$S/sign-ins?tenant=contoso.example" -d '[{"properties": {"userDisplayName": "Mallory"}}]'
  curl $S/clock -d 3600

Kinds of fault, each by an example:
"#;

const WHEN: &str = r#"
A fault happens once, at the next request that it fits, unless it has, beside its kind:
  "times"        how often; null is until switched off
  "probability"  the chance, 0 to 1, that a fitting request gets it
  "after"        how many fitting requests to leave alone first
  "asking_for"   only requests for sign-ins of this instant among others: "2026-01-31T10:00:00Z"
  "pages"        "first" or "following": these pages of a walk alone
  "on"           another place than where the kind belongs: "token", "open_id_configuration",
                 "interactive", "sign_ins", "organization"
"#;

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
