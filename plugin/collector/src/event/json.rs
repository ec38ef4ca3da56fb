//! Events as JSON, straight into a buffer.
//!
//! Every event is written once on its way, so this is among the costliest things a host does. What `serde_json` writes is
//! the measure: a test holds that both write the same bytes.

use super::{ObjectMap, Value};

/// A table of which bytes stand for themselves inside a string; of the others, zero bytes aside, the letter of their
/// short escape, and `u` for those that have none.
static ESCAPES: [u8; 256] = escapes();

const fn escapes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        table[control] = b'u';
        control += 1;
    }
    table[0x08] = b'b';
    table[b'\t' as usize] = b't';
    table[b'\n' as usize] = b'n';
    table[0x0c] = b'f';
    table[b'\r' as usize] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
}

/// Appends an object.
pub(super) fn write_object(members: &ObjectMap, out: &mut Vec<u8>) {
    out.push(b'{');
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_text(name.as_str(), out);
        out.push(b':');
        write_value(value, out);
    }
    out.push(b'}');
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::String(text) => write_text(text, out),
        Value::Boolean(true) => out.extend_from_slice(b"true"),
        Value::Boolean(false) => out.extend_from_slice(b"false"),
        Value::Array(elements) => write_array(elements, out),
        Value::Object(members) => write_object(members, out),
        // These are rare, and a Vec takes all that is written to it.
        Value::Integer(_) | Value::Float(_) | Value::Timestamp(_) => {
            let _infallible = serde_json::to_writer(out, value);
        }
    }
}

fn write_array(elements: &[Value], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_value(element, out);
    }
    out.push(b']');
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = first_to_escape(rest) {
        let (plain, escaped) = rest.split_at(at);
        out.extend_from_slice(plain);
        let (byte, after) = (escaped[0], &escaped[1..]);
        out.push(b'\\');
        match ESCAPES[usize::from(byte)] {
            b'u' => {
                let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
                out.extend_from_slice(&[b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            }
            letter => out.push(letter),
        }
        rest = after;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Where the first byte is that does not stand for itself.
fn first_to_escape(text: &[u8]) -> Option<usize> {
    let mut chunks = text.chunks_exact(8);
    let mut at = 0;
    for chunk in &mut chunks {
        if has_to_escape(chunk) {
            break;
        }
        at += 8;
    }
    text[at..].iter().position(|byte| ESCAPES[usize::from(*byte)] != 0).map(|found| at + found)
}

/// Whether one of eight bytes is a quote, a backslash or a control character: all eight are looked at as one number. It may
/// say yes for nothing, never no.
fn has_to_escape(eight: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    let Ok(bytes) = eight.try_into() else { return true };
    let word = u64::from_le_bytes(bytes);
    // A byte below n borrows from its highest bit, unless that was set before.
    let below = |word: u64, n: u64| word.wrapping_sub(ONES * n) & !word;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | equal(b'"') | equal(b'\\')) & HIGHS != 0
}
