//! Links to next pages, which are followed as they are.

use std::fmt;

use url::Url;

#[cfg(test)]
mod tests;

/// `@odata.nextLink`, checked: it leads where our own queries go, so the token goes nowhere else.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct NextLink(Url);

/// What is foreign about a link.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ForeignLink {
    /// It is not a URL.
    NotAUrl,
    /// It leads to another scheme, host or port, or holds credentials.
    Origin,
    /// It leads to another path.
    Path,
}

impl fmt::Display for ForeignLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAUrl => "no URL",
            Self::Origin => "another server",
            Self::Path => "another path",
        })
    }
}

impl NextLink {
    /// Checks a link against the address of the sign-in log.
    pub(super) fn parse(link: &str, sign_ins: &Url) -> Result<Self, ForeignLink> {
        let url = Url::parse(link).map_err(|_| ForeignLink::NotAUrl)?;
        let credentials = !url.username().is_empty() || url.password().is_some();
        if credentials || url.origin() != sign_ins.origin() {
            return Err(ForeignLink::Origin);
        }
        // Graph's paths know no case.
        if !url.path().eq_ignore_ascii_case(sign_ins.path()) {
            return Err(ForeignLink::Path);
        }
        Ok(Self(url))
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

/// The address alone: the query holds a paging token.
impl fmt::Debug for NextLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NextLink({self})")
    }
}

impl fmt::Display for NextLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}?...", self.0.origin().ascii_serialization(), self.0.path())
    }
}
