//! Inputs that the parsers have to live with, kept as files in `tests/corpus`, and what becomes of them on a bad day.
//!
//! A test goes over each file of a folder as it is ([`inputs`]) and changed at random ([`changed`]). What a test finds is
//! kept twice: proptest writes its seed to `proptest-regressions`, and somebody gives the input a telling name in the
//! folder.

use std::fmt;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What parsers stumble over: marks of JSON, TOML and URLs, and bytes that are no text.
const STUMBLING_BLOCKS: [&[u8]; 28] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"=",
    b".",
    b"/",
    b"?",
    b"#",
    b"@",
    b"%",
    b"'",
    b"\n",
    b"\r",
    b"\t",
    b"\0",
    b" ",
    b"null",
    b"1e999",
    b"\\ud800",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\"value\":[",
    b"../",
];

/// A file of a corpus.
#[derive(Clone)]
pub(crate) struct Input {
    /// What it is, and what is to be expected of it.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: b\"{}\"", self.name, self.bytes.escape_ascii())
    }
}

/// The files of a folder, in the order of their names.
pub(crate) fn inputs(folder: &str) -> Vec<Input> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
    let mut inputs: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|file| {
            let file = file.unwrap();
            Input {
                name: file.file_name().into_string().unwrap(),
                bytes: std::fs::read(file.path()).unwrap(),
            }
        })
        .collect();
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!inputs.is_empty());
    inputs
}

/// The files of a folder with some changes, which keep most of each as it was.
pub(crate) fn changed(folder: &str) -> impl Strategy<Value = Input> {
    let (one, others) = (inputs(folder), inputs(folder));
    (select(one), prop::collection::vec(change(others), 1..5)).prop_map(|(mut input, changes)| {
        for change in changes {
            change.apply(&mut input.bytes);
        }
        input
    })
}

#[derive(Clone, Debug)]
enum Change {
    /// Other bits in one byte.
    Flip {
        at: Index,
        bits: u8,
    },
    /// Without a few bytes.
    Cut {
        at: Index,
        len: usize,
    },
    /// Nothing from here on.
    End {
        at: Index,
    },
    Insert {
        at: Index,
        bytes: Vec<u8>,
    },
    /// A part of it once more, elsewhere.
    Repeat {
        from: Index,
        len: Index,
        at: Index,
    },
    /// From here on as another file from there on.
    Splice {
        at: Index,
        other: Input,
        from: Index,
    },
}

fn change(others: Vec<Input>) -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    let inserted = prop_oneof![
        3 => select(&STUMBLING_BLOCKS[..]).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 1..5),
    ];
    prop_oneof![
        3 => (at(), 1_u8..).prop_map(|(at, bits)| Change::Flip { at, bits }),
        2 => (at(), 1_usize..20).prop_map(|(at, len)| Change::Cut { at, len }),
        1 => at().prop_map(|at| Change::End { at }),
        3 => (at(), inserted).prop_map(|(at, bytes)| Change::Insert { at, bytes }),
        1 => (at(), at(), at()).prop_map(|(from, len, at)| Change::Repeat { from, len, at }),
        1 => (at(), select(others), at()).prop_map(|(at, other, from)| Change::Splice { at, other, from }),
    ]
}

impl Change {
    fn apply(self, bytes: &mut Vec<u8>) {
        // Any place, the end included.
        let place = |at: Index, bytes: &[u8]| at.index(bytes.len() + 1);
        match self {
            Self::Flip { at, bits } if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            Self::Flip { .. } => {}
            Self::Cut { at, len } => {
                let at = place(at, bytes);
                bytes.drain(at..bytes.len().min(at + len));
            }
            Self::End { at } => bytes.truncate(place(at, bytes)),
            Self::Insert { at, bytes: inserted } => {
                let at = place(at, bytes);
                bytes.splice(at..at, inserted);
            }
            Self::Repeat { from, len, at } => {
                let (from, at) = (place(from, bytes), place(at, bytes));
                let repeated = bytes[from..from + place(len, &bytes[from..])].to_vec();
                bytes.splice(at..at, repeated);
            }
            Self::Splice { at, other, from } => {
                bytes.truncate(place(at, bytes));
                bytes.extend_from_slice(&other.bytes[place(from, &other.bytes)..]);
            }
        }
    }
}
