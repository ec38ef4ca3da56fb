//! Tests of what is shown of a secret.

use super::*;

/// Scenario: a secret is logged and written into a message, alone and inside something else. Guarantee: none of
/// it is seen, while the one place that needs it gets all of it.
#[test]
fn a_secret_is_never_shown() {
    let secret = SensitiveString::from("s3cr3t");
    assert_eq!(
        format!("{secret} {secret:?} {:?}", Some(&secret)),
        "**REDACTED** **REDACTED** Some(**REDACTED**)"
    );
    assert_eq!(secret.inner(), "s3cr3t");
}
