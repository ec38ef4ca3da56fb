//! Reading what stands in other files: paths and secrets.

use std::io;
use std::path::PathBuf;

use zeroize::{Zeroize, Zeroizing};

use super::Reader;
use crate::sensitive::SensitiveString;

impl Reader<'_> {
    /// A path; a relative one starts from the configuration file's directory.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let text = self.text(name)?;
        if text.is_empty() {
            self.problem(name, "is empty", Some("write a path".to_owned()));
            return None;
        }
        let base = self.location(name).map(|at| at.directory()).unwrap_or_default();
        Some(base.join(text))
    }

    /// The content of the text file that this key names.
    pub fn file(&self, name: &str) -> Option<Zeroizing<String>> {
        self.content(name, std::fs::read_to_string)
    }

    /// The content of the file that this key names, whatever it is.
    pub fn bytes(&self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        self.content(name, std::fs::read)
    }

    fn content<T: Zeroize>(
        &self,
        name: &str,
        read: impl FnOnce(PathBuf) -> io::Result<T>,
    ) -> Option<Zeroizing<T>> {
        match read(self.path(name)?) {
            Ok(content) => Some(Zeroizing::new(content)),
            Err(error) => {
                let what = format!("the file cannot be read ({})", error.kind());
                self.problem(name, what, Some("check the path and its permissions".to_owned()));
                None
            }
        }
    }

    /// A secret: the key itself, or the content of the file that its `_file` twin names, without a line end at its
    /// end. Both at once are a problem, and so is a file that cannot be read or holds nothing.
    pub fn secret(&self, name: &str) -> Option<SensitiveString> {
        let twin = format!("{name}_file");
        match (self.has(name), self.has(&twin)) {
            (true, true) => {
                self.problem(&twin, format!("stands beside {name}"), Some("keep one of the two".to_owned()));
                None
            }
            (true, false) => self.required_string(name).map(Into::into),
            (false, true) => {
                let text = self.file(&twin)?;
                let secret = text.trim_end_matches(['\r', '\n']);
                if secret.trim().is_empty() {
                    self.problem(&twin, "the file is empty", Some("put the secret into it".to_owned()));
                    return None;
                }
                Some(secret.into())
            }
            (false, false) => None,
        }
    }

    /// A [secret](Self::secret) that must be there, in one of the two ways.
    pub fn required_secret(&self, name: &str) -> Option<SensitiveString> {
        if !self.has(name) && !self.has(&format!("{name}_file")) {
            self.problem(
                name,
                "is missing",
                Some(format!("add {name} = \"${{VARIABLE}}\" or {name}_file = ...")),
            );
        }
        self.secret(name)
    }
}
