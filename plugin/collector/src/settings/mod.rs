//! A component's configuration as a tree that knows where each value stands.
//!
//! A host makes a [`Table`] from its files; a component reads it through a [`Reader`], which collects every
//! mistake instead of stopping at the first. A problem names file, line and key and what to write instead; it never
//! holds a value, since a value may be a secret.

mod endpoints;
mod files;
mod problem;
mod reader;
mod scalars;
#[cfg(feature = "toml")]
mod toml_text;
mod tree;

#[cfg(test)]
mod tests;

pub use endpoints::is_loopback;
pub use problem::{Problem, Problems};
pub use reader::{Key, Reader, nearest};
#[cfg(feature = "toml")]
pub use toml_text::from_toml;
pub use tree::{Location, Setting, Spanned, Table};
