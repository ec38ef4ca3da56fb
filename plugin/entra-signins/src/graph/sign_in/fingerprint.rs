//! A number for what a sign-in shows, to see whether Microsoft has changed it since it was read last.

use std::hash::{Hash, Hasher};

use super::SignIn;

impl SignIn<'_> {
    /// A 64-bit hash of everything in the record that the event needs. It is kept on disk, so it must not depend on the
    /// run or on the compiler's version, as the standard hashers may.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = Multiplying::default();
        self.properties.hash(&mut hasher);
        hasher.finish()
    }
}

/// Eight bytes at a time: turn, mix in, multiply. Each step can be undone, so what differs in one place stays different.
#[derive(Default)]
struct Multiplying(u64);

impl Hasher for Multiplying {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(properties: &str) -> u64 {
        let record = format!(r#"{{"id": "1", "createdDateTime": "2026-03-02T08:15:27Z"{properties}}}"#);
        SignIn::parse(record.as_bytes()).unwrap().fingerprint()
    }

    /// Scenario: a record comes again, changed in what the event shows, in what it does not, or in its writing alone. Guarantee: the
    /// first is seen, the others are not.
    #[test]
    fn what_the_event_shows_is_seen() {
        let before = fingerprint(r#", "userId": "a", "status": {"errorCode": 0}"#);
        assert_eq!(
            before,
            fingerprint(r#", "status": {"errorCode":0}, "userId":"\u0061", "new": 1, "appId": null"#)
        );
        for changed in [
            r#", "userId": "a", "status": {"errorCode": 50126}"#,
            r#", "userId": "a", "status": {}"#,
            r#", "userDisplayName": "a", "status": {"errorCode": 0}"#,
            r#", "userId": "a", "status": {"errorCode": 0}, "riskLevelDuringSignIn": "high""#,
        ] {
            assert_ne!(before, fingerprint(changed), "{changed}");
        }
    }

    /// Scenario: the program was built anew. Guarantee: fingerprints on disk still hold.
    #[test]
    fn a_fingerprint_stays_the_same() {
        assert_eq!(fingerprint(r#", "userId": "a", "status": {"errorCode": 0}"#), 0x8725_ab90_9bb3_808f);
    }
}
