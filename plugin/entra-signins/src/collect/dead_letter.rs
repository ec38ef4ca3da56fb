//! Records that no event can be made of: without an id, without a time, or no object at all.
//!
//! They are kept, once each, in a bounded file that only its owner may read, so that nothing vanishes and a record that
//! comes at every read does not fill the disk.

use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use crate::state::{State, StateError, StreamKey};

/// The file's bound; records past it are counted and not kept.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// The file and the memory of what is in it.
#[derive(Debug)]
pub(crate) struct DeadLetter {
    path: PathBuf,
    state: State,
    /// Held from looking a record up until it is remembered: lanes may meet the same one.
    keeping: tokio::sync::Mutex<()>,
}

/// One line of the file.
#[derive(Serialize)]
struct Line<'a> {
    tenant_id: String,
    sign_in_event_type: &'static str,
    reason: &'a str,
    record: String,
}

impl DeadLetter {
    pub(crate) fn new(path: PathBuf, state: State) -> Self {
        Self { path, state, keeping: tokio::sync::Mutex::new(()) }
    }

    /// Keeps a record unless it is there already. Answers whether it is a new one.
    pub(crate) async fn keep(
        &self,
        stream: StreamKey,
        reason: &str,
        record: &[u8],
    ) -> Result<bool, StateError> {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, record);
        let _one_at_a_time = self.keeping.lock().await;
        if self.state.was_set_aside(hash.as_ref().to_vec()).await? {
            return Ok(false);
        }
        let line = Line {
            tenant_id: stream.tenant.to_string(),
            sign_in_event_type: stream.kind.as_str(),
            reason,
            record: String::from_utf8_lossy(record).into_owned(),
        };
        self.append(&line)
            .map_err(|error| StateError::Failed(format!("{}: {error}", self.path.display())))?;
        // Only now: a record that is remembered and not in the file would be lost.
        self.state.set_aside(hash.as_ref().to_vec()).await?;
        Ok(true)
    }

    fn append(&self, line: &Line<'_>) -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path)?;
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        if file.metadata()?.len() + bytes.len() as u64 <= MOST_BYTES {
            file.write_all(&bytes)?;
            file.sync_data()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::config::{SignInEventType, TenantId};

    /// Scenario: the same broken record comes at every read. Guarantee: it is kept once, whole, in a file only for its owner.
    #[tokio::test]
    async fn a_broken_record_is_kept_once() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(&dir.path().join("state.db")).unwrap();
        let path = dir.path().join("set_aside.ndjson");
        let letters = DeadLetter::new(path.clone(), state);
        let stream = StreamKey { tenant: TenantId(Uuid::nil()), kind: SignInEventType::InteractiveUser };
        assert!(letters.keep(stream, "no id", br#"{"x":1}"#).await.unwrap());
        assert!(!letters.keep(stream, "no id", br#"{"x":1}"#).await.unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains(r#"{\"x\":1}"#));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
