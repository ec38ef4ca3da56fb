//! Tests of reading: what a configuration means, and what is said of each mistake.

use std::path::Path;

use collector::settings::{Table, from_toml};

use super::EntraSigninsConfig;

mod children;
mod corpus;
mod credentials;
mod environment;
mod example;
mod managed_identity;
mod mistakes;
mod parents;
mod pkcs12;
mod values;

/// A parent connector as short as it can be. It ends six lines down.
const PARENT: &str = "[[microsoft_365]]
name = 'contoso'
tenant_id = 'contoso.onmicrosoft.com'
client_id = '11111111-2222-3333-4444-555555555555'
auth = { strategy = 'client_secret', client_secret = 'hunter2' }
";

/// A sign-in connector under [`PARENT`], as short as it can be.
const CHILD: &str = "[[azure_ad]]
name = 'sign-ins'
connector_tenant = 'contoso'
";

/// The tree of this text, as if it stood in `c.toml` in this directory.
fn tree(text: &str, directory: &Path) -> Table {
    from_toml(text, &directory.join("c.toml")).unwrap()
}

fn load_in(directory: &Path, text: &str) -> Result<EntraSigninsConfig, String> {
    EntraSigninsConfig::from_table(&tree(text, directory)).map_err(|mut problems| {
        problems.sort();
        assert!(!format!("{problems:?}").contains("hunter2"), "{problems:?}");
        problems.to_string().replace(directory.join("c.toml").to_str().unwrap(), "c.toml")
    })
}

/// The configuration of this text, or its problems, a line each; none of them may hold the secret.
fn load(text: &str) -> Result<EntraSigninsConfig, String> {
    load_in(Path::new(""), text)
}

/// The problems of a parent connector with these lines more, from line 6; without the file's name.
fn parent_problems(lines: &str) -> String {
    let problems = load(&format!("{PARENT}{lines}\n{CHILD}")).unwrap_err();
    problems.replace("c.toml:", "")
}

/// The problems of a sign-in connector with these lines more, from line 9; without the file's name.
fn child_problems(lines: &str) -> String {
    let problems = load(&format!("{PARENT}{CHILD}{lines}\n")).unwrap_err();
    problems.replace("c.toml:", "")
}
