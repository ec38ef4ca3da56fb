//! Sign-in records, made from a seed and a number each time they are read, so that a log of millions holds no JSON.
//!
//! They have the shape of the beta `signIn` resource: which kind fills which properties, every way Graph writes
//! "nothing", names in many scripts, and values and properties that no document lists.

pub(crate) mod draw;
pub(crate) mod json;
mod parts;
mod people;
mod user;
mod vocabulary;
mod workload;

use jiff::fmt::temporal::DateTimePrinter;
use uuid::Uuid;

use self::draw::Draw;
use self::json::Object;
use self::people::{Person, Workload};
use crate::clock::{Nanos, timestamp};
use crate::sign_ins::Entry;

/// A tenant as its records show it.
pub(crate) struct Population {
    pub(crate) tenant_id: Uuid,
    pub(crate) seed: u64,
    people: Vec<Person>,
    workloads: Vec<Workload>,
    resource_principals: Vec<Uuid>,
}

/// What a reader gets to see of a record.
#[derive(Clone, Copy)]
pub(crate) struct View {
    /// The record has been changed since it appeared (MFA steps complete, risk set).
    pub(crate) revised: bool,
    /// The reader may see applied Conditional Access policies.
    pub(crate) policies: bool,
}

impl Population {
    /// The population that `seed` gives this tenant.
    pub(crate) fn new(tenant_id: Uuid, seed: u64, domain: &str, users: usize) -> Self {
        let mut draw = Draw::new(seed, 0x7265_736f);
        Self {
            tenant_id,
            seed,
            people: (0..users.max(1)).map(|index| Person::draw(seed, index, domain)).collect(),
            workloads: (0..20).map(|index| Workload::draw(seed, index)).collect(),
            resource_principals: vocabulary::RESOURCES.iter().map(|_| draw.guid()).collect(),
        }
    }

    /// Appends the record of `entry` as compact JSON.
    pub(crate) fn write(&self, out: &mut Vec<u8>, entry: &Entry, id: Uuid, view: View) {
        let mut draw = Draw::new(self.seed, u64::from(entry.seq));
        let ascii = draw.one_in(2);
        json::object(out, ascii, |o| {
            o.plain("id", id);
            o.plain("createdDateTime", format_args!("{}", created_text(entry)));
            if entry.kind.is_user() {
                self.user(o, &mut draw, entry, view);
            } else {
                self.workload(o, &mut draw, entry, view);
            }
            Self::unheard_of(o, &mut draw);
        });
    }

    /// Policies have choices of their own, so that a reader without the right to see them sees the same record.
    fn policy_draw(&self, entry: &Entry) -> Draw {
        Draw::new(self.seed ^ 0xca, u64::from(entry.seq))
    }

    /// Properties that no document lists, on a few records.
    fn unheard_of(o: &mut Object<'_>, draw: &mut Draw) {
        if draw.one_in(25) {
            o.raw("agent", r#"{"agentType":"notAgentic","parentAppId":null}"#);
        }
        if draw.one_in(50) {
            o.raw(
                "signInTelemetry",
                r#"{"shard":7,"nested":[{"deep":[1,2.5e3,-0.0,null,{"x":"\ud83d\ude80"}]}]}"#,
            );
        }
    }
}

/// `createdDateTime` with the digits that the entry has.
fn created_text(entry: &Entry) -> String {
    time_text(entry.created, entry.digits)
}

/// RFC 3339 in UTC with `digits` digits of fraction.
fn time_text(at: Nanos, digits: u8) -> String {
    DateTimePrinter::new().precision(Some(digits)).timestamp_to_string(&timestamp(at))
}

#[cfg(test)]
mod tests;
