//! Forgets ids of sign-ins that were delivered: by age, and the oldest when they take too much room.

use std::sync::Arc;
use std::time::Duration;

use super::shared::Shared;
use crate::state::{Forgotten, StateError};

/// How often it is looked for old ids.
const INTERVAL: Duration = Duration::from_secs(30);
/// Ids are forgotten when Microsoft has no record of their time any more, and a little later.
const KEEP_IDS_SECS: i64 = 32 * 86_400;

/// What a connector says whose ids were forgotten before their time.
pub(super) const NO_ROOM_FOR_IDS: &str = "Ids of delivered sign-ins take all of dedupe.max_bytes: the oldest are forgotten, and what was read of their time is not read again";

/// Forgets what is old until the source is asked to stop.
pub(super) async fn keep_house(shared: Arc<Shared>) {
    let mut said = false;
    while !shared.stop.is_cancelled() {
        let more = match forget(&shared).await {
            Ok(forgotten) => {
                if !forgotten.for_room.is_empty() && !std::mem::replace(&mut said, true) {
                    tracing::warn!("{NO_ROOM_FOR_IDS}.");
                }
                forgotten.more
            }
            Err(error) => {
                tracing::warn!(%error, "Old ids could not be forgotten.");
                false
            }
        };
        tokio::select! {
            () = shared.stop.cancelled() => {}
            () = tokio::time::sleep(INTERVAL), if !more => {}
            () = tokio::task::yield_now(), if more => {}
        }
    }
}

/// One step. Age is told by the servers' clocks alone: the machine's may be far ahead, and then everything would be old.
async fn forget(shared: &Shared) -> Result<Forgotten, StateError> {
    let now = shared.streams().iter().filter_map(|stream| stream.access.server_said()).min();
    let before = now.map(|now| now - KEEP_IDS_SECS);
    let forgotten = shared.state.forget_oldest(before, shared.most_ids).await?;
    for (tenant, known_from) in &forgotten.for_room {
        // Streams that begin later share it.
        shared.tenant(*tenant).ids_known_from(*known_from);
        for stream in shared.streams().iter().filter(|stream| stream.key.tenant == *tenant) {
            stream.connector.board.note(NO_ROOM_FOR_IDS.to_owned());
        }
    }
    Ok(forgotten)
}
