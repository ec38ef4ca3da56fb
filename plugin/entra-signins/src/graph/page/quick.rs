//! Pages as Graph writes them, read in one pass: each record is read where it stands, and where it ends the next one begins.
//!
//! Whatever is unusual is left to the patient way, which reads such a page whole or says what is wrong with it.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::graph::sign_in::{NotASignIn, SignIn};

/// What stands on a page.
pub(super) struct Quick<T> {
    pub(super) records: Vec<T>,
    pub(super) next: Option<String>,
    pub(super) count: Option<u64>,
}

/// Reads a page. `None`: it is unusual.
pub(super) fn read<'t, T>(
    text: &'t str,
    make: &mut impl FnMut(&'t str, Result<SignIn<'t>, NotASignIn>) -> T,
) -> Option<Quick<T>> {
    let (mut records, mut next, mut count) = (None, None, None);
    let mut rest = Rest(text);
    rest.expect('{')?;
    loop {
        let name: &str = rest.value()?;
        rest.expect(':')?;
        match name {
            "value" => only(&mut records, rest.records(make)?)?,
            "@odata.nextLink" => only(&mut next, rest.value::<Option<String>>()?)?,
            "@odata.count" => only(&mut count, rest.value::<Option<u64>>()?)?,
            _ => {
                rest.value::<IgnoredAny>()?;
            }
        }
        if !rest.takes(',') {
            break;
        }
    }
    rest.expect('}')?;
    rest.blank().0.is_empty().then_some(())?;
    Some(Quick { records: records?, next: next.flatten(), count: count.flatten() })
}

/// Sets what must not be set twice.
fn only<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

/// What is still to be read.
#[derive(Clone, Copy)]
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    /// The rest behind what JSON takes for blanks.
    fn blank(self) -> Self {
        Self(self.0.trim_start_matches([' ', '\t', '\r', '\n']))
    }

    fn takes(&mut self, mark: char) -> bool {
        let after = self.blank().0.strip_prefix(mark);
        if let Some(after) = after {
            self.0 = after;
        }
        after.is_some()
    }

    fn expect(&mut self, mark: char) -> Option<()> {
        self.takes(mark).then_some(())
    }

    fn value<V: Deserialize<'t>>(&mut self) -> Option<V> {
        let mut values = serde_json::Deserializer::from_str(self.0).into_iter();
        let value = values.next()?.ok()?;
        self.0 = self.0.get(values.byte_offset()..)?;
        Some(value)
    }

    fn records<T>(
        &mut self,
        make: &mut impl FnMut(&'t str, Result<SignIn<'t>, NotASignIn>) -> T,
    ) -> Option<Vec<T>> {
        let mut records = Vec::new();
        self.expect('[')?;
        if self.takes(']') {
            return Some(records);
        }
        loop {
            let text = self.blank().0;
            let (sign_in, length) = SignIn::first_of(text)?;
            let (record, after) = text.split_at_checked(length)?;
            records.push(make(record, sign_in));
            self.0 = after;
            if !self.takes(',') {
                break;
            }
        }
        self.expect(']')?;
        Some(records)
    }
}
