//! The shim: what stands between any source of ours and Vector. All of it is the same for every source.

use std::sync::Arc;

use async_trait::async_trait;
use collector::config::{
    BuildError, ComponentKey, GlobalOptions, ProxyConfig, Source, SourceContext, SourceDescription,
};
use collector::event::{LogEvent, ObjectMap, Value};
use collector::finalization::BatchStatus;
use collector::health::HealthReporter;
use collector::internal_event::SourceMetrics;
use collector::sender::{Ack, Closed, Output, SourceSender};
use collector::settings::Table;
use collector::shutdown::{ShutdownSignal, ShutdownTrigger};
use collector::slot::Slot;
use serde::Deserialize;

use crate::vector;

/// The source's table, flattened: Vector has taken `type` out of it, the source knows the rest.
#[derive(Debug, Deserialize)]
pub(crate) struct ShimConfig {
    #[serde(flatten)]
    settings: serde_json::Map<String, serde_json::Value>,
}

impl ShimConfig {
    pub(crate) async fn build(
        &self,
        description: &SourceDescription,
        cx: vector::SourceContext,
    ) -> Result<vector::Source, BuildError> {
        let config = (description.configure)(&Table::from_json(self.settings.clone()))?;
        let key = ComponentKey::from(cx.key);
        let output = VectorOutput { out: cx.out, acknowledgements: cx.acknowledgements };
        let metrics = SourceMetrics::new(key.clone(), description.name);
        let (trigger, shutdown) = ShutdownSignal::new_wired();
        let context = SourceContext {
            key,
            globals: GlobalOptions { data_dir: cx.data_dir },
            shutdown,
            out: SourceSender::new(Arc::new(output), metrics),
            proxy: ProxyConfig::default(),
            acknowledgements: cx.acknowledgements,
            health: HealthReporter::channel().0,
            position: None,
            last_stored: None,
            secrets: None,
            reconciler: Slot::default(),
            examiner: Slot::default(),
            authorizer: Slot::default(),
        };
        let source = config.build(context).await?;
        Ok(Box::pin(run(source, cx.shutdown, trigger)))
    }
}

/// Hands Vector's shutdown on to the source, and keeps Vector's token until the source has ended.
async fn run(
    mut source: Source,
    shutdown: vector::ShutdownSignal,
    trigger: ShutdownTrigger,
) -> Result<(), ()> {
    let _token = tokio::select! {
        token = shutdown => token,
        ended = &mut source => return ended,
    };
    trigger.cancel();
    source.await
}

struct VectorOutput {
    out: vector::SourceSender,
    acknowledgements: bool,
}

#[async_trait]
impl Output for VectorOutput {
    async fn send(&self, batch: Vec<LogEvent>) -> Result<Ack, Closed> {
        let (notifier, receiver) = vector::BatchNotifier::maybe_new_with_receiver(self.acknowledgements);
        let events = batch.into_iter().map(|event| to_event(event, notifier.clone())).collect();
        // The batch is open as long as this one lives.
        drop(notifier);
        self.out.clone().send_batch(events).await.map_err(|vector::SendError::Closed| Closed)?;
        Ok(match receiver {
            Some(receiver) => {
                Ack::new(async { receiver.await.map_or(BatchStatus::Errored, to_status).into() })
            }
            None => Ack::ready(BatchStatus::Delivered),
        })
    }
}

pub(crate) fn to_status(status: vector::BatchStatus) -> BatchStatus {
    match status {
        vector::BatchStatus::Delivered => BatchStatus::Delivered,
        vector::BatchStatus::Errored => BatchStatus::Errored,
        vector::BatchStatus::Rejected => BatchStatus::Rejected,
    }
}

pub(crate) fn to_event(event: LogEvent, batch: Option<vector::BatchNotifier>) -> vector::Event {
    let (fields, metadata) = event.into_parts();
    let source_event_id = metadata.source_event_id.map(uuid::Uuid::into_bytes);
    vector::Event { fields: to_object(fields), source_event_id, batch }
}

fn to_object(fields: ObjectMap) -> std::collections::BTreeMap<String, vector::Value> {
    fields.into_iter().filter_map(|(name, value)| Some((name.into(), to_value(value)?))).collect()
}

/// Vector's value; texts and names are moved. `None` for a float that is no number.
pub(crate) fn to_value(value: Value) -> Option<vector::Value> {
    Some(match value {
        Value::String(text) => vector::Value::Bytes(text.into_owned().into()),
        Value::Integer(number) => vector::Value::Integer(number),
        Value::Float(number) => vector::Value::Float(vector::NotNan::new(number)?),
        Value::Boolean(truth) => vector::Value::Boolean(truth),
        Value::Timestamp(instant) => vector::Value::Timestamp(to_date_time(instant)?),
        Value::Array(elements) => vector::Value::Array(elements.into_iter().filter_map(to_value).collect()),
        Value::Object(members) => vector::Value::Object(to_object(members)),
    })
}

fn to_date_time(instant: jiff::Timestamp) -> Option<vector::DateTime> {
    const SECOND: i128 = 1_000_000_000;
    let nanoseconds = instant.as_nanosecond();
    let seconds = nanoseconds.div_euclid(SECOND).try_into().ok()?;
    vector::DateTime::from_timestamp(seconds, nanoseconds.rem_euclid(SECOND).try_into().ok()?)
}
