//! Repair of records that break JSON's rules in a detail, so that the detail is lost and the record is not.

/// The record as text in which invalid UTF-8 and half surrogate pairs are U+FFFD and raw control characters spaces.
pub(super) fn text(record: &[u8]) -> String {
    let text = String::from_utf8_lossy(record);
    let mut repaired = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find(|next: char| next == '\\' || next < ' ') {
        repaired.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = match escaped_unit(rest) {
            Some(unit) => unicode_escape(unit, rest, &mut repaired),
            None if rest.starts_with('\\') => {
                copy(rest.chars().take(2).map(char::len_utf8).sum(), rest, &mut repaired)
            }
            None => {
                repaired.push(' ');
                &rest[1..]
            }
        };
    }
    repaired.push_str(rest);
    repaired
}

/// The UTF-16 unit of a `\uXXXX` that the text begins with.
fn escaped_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

/// Copies one escape, or both of a surrogate pair, and gives what follows.
fn unicode_escape<'t>(unit: u16, rest: &'t str, repaired: &mut String) -> &'t str {
    match unit {
        0xD800..=0xDBFF if escaped_unit(&rest[6..]).is_some_and(|low| (0xDC00..=0xDFFF).contains(&low)) => {
            copy(12, rest, repaired)
        }
        0xD800..=0xDFFF => {
            repaired.push('\u{FFFD}');
            &rest[6..]
        }
        _ => copy(6, rest, repaired),
    }
}

fn copy<'t>(length: usize, rest: &'t str, repaired: &mut String) -> &'t str {
    repaired.push_str(&rest[..length]);
    &rest[length..]
}
