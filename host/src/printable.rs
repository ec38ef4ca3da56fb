//! Text of others on its way to people: names of tenants, words of receivers, paths of files.
//!
//! Some characters do not show themselves but act: they move the cursor, colour or clear a terminal, turn the direction
//! of what follows around, or end a line and begin a forged one. Wherever this program prints, they are written as
//! an escape that can be seen, by the functions of this module and no others.

use std::borrow::Cow;
use std::fmt::Write as _;

#[cfg(test)]
mod tests;

/// One line: line ends are escaped too.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escaped(text, acts, |shown, c| write!(shown, "{}", c.escape_unicode()))
}

/// Text that may have several lines.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, acts_in_lines, |shown, c| write!(shown, "{}", c.escape_unicode()))
}

/// JSON, in which the escapes mean the same as what they stand for.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    escaped(text, acts_in_lines, |shown, c| {
        c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(shown, "\\u{unit:04x}"))
    })
}

fn escaped(
    text: &str,
    is_escaped: fn(char) -> bool,
    escape: impl Fn(&mut String, char) -> std::fmt::Result,
) -> Cow<'_, str> {
    if !text.contains(is_escaped) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_escaped(c) {
            // Writing to a String cannot fail.
            let _infallible = escape(&mut shown, c);
        } else {
            shown.push(c);
        }
    }
    shown.into()
}

fn acts_in_lines(c: char) -> bool {
    c != '\n' && acts(c)
}

/// Controls, marks of direction, line ends of Unicode, and what has no width. Joiners are not among them: names in
/// Persian and Hindi are written with them.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}
