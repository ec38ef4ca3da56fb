//! What a source is made from and what it is given to run with.

use std::fs::{DirBuilder, File};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};

use async_trait::async_trait;
use futures::future::BoxFuture;

use crate::authorize::Authorizer;
use crate::examine::Examiner;
use crate::health::{Finding, HealthReporter};
use crate::reconcile::Reconciler;
use crate::schema::Schemas;
use crate::secrets::SecretStore;
use crate::sender::{Position, SourceSender};
use crate::settings::{Problems, Table};
use crate::shutdown::ShutdownSignal;
use crate::slot::Slot;

/// A running source. It ends with `Ok` when it was asked to stop. `Err` is for the truly hopeless and takes the
/// host down, so a source never returns it for what can pass.
pub type Source = BoxFuture<'static, Result<(), ()>>;

/// Errors of [`SourceConfig::build`].
pub type BuildError = Box<dyn std::error::Error + Send + Sync>;

/// A checked configuration, from which a source is built.
#[async_trait]
pub trait SourceConfig: fmt::Debug + Send + Sync {
    /// Makes the source. Cheap and offline: it opens its files under the context's data directory and connects to
    /// nothing.
    async fn build(&self, cx: SourceContext) -> Result<Source, BuildError>;

    /// What comes out of it.
    fn outputs(&self) -> Vec<SourceOutput>;

    /// Whether it waits for acknowledgements before it moves on.
    fn can_acknowledge(&self) -> bool;

    /// Connects as the source would and says what works and what does not, sending nothing to anybody's store. Takes
    /// part in request limits as a start does, and leaves under the data directory what a start must know of that.
    async fn probe(
        &self,
        _key: &ComponentKey,
        _globals: &GlobalOptions,
        _proxy: &ProxyConfig,
    ) -> Vec<Finding> {
        Vec::new()
    }

    /// What somebody should know of this configuration before it runs, a sentence each; found without asking anybody.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// The other schemas that its events can be written in.
    fn schemas(&self) -> Schemas;
}

/// A kind of source under its `type` name: what a host registers.
#[derive(Clone, Copy)]
pub struct SourceDescription {
    /// The value of `type`.
    pub name: &'static str,
    /// One line for lists.
    pub description: &'static str,
    /// A commented example of the source's table, in TOML, with `{id}` where the component's id goes.
    pub example: &'static str,
    /// Reads the source's table. Every mistake is reported at once. The key `type`, if the host left it there, has
    /// done its work: it is known and ignored.
    pub configure: fn(&Table) -> Result<Box<dyn SourceConfig>, Problems>,
}

impl fmt::Debug for SourceDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceDescription").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What kind of events an output carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DataType {
    /// Log events.
    Log,
}

/// One output of a source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SourceOutput {
    /// `None` for the default output.
    pub port: Option<String>,
    /// What it carries.
    pub data_type: DataType,
    /// What the source's events look like, for people: field name to a one-line meaning.
    pub fields: Vec<(&'static str, &'static str)>,
}

impl SourceOutput {
    /// The default output, of log events with these fields.
    pub fn new_logs(fields: Vec<(&'static str, &'static str)>) -> Self {
        Self { port: None, data_type: DataType::Log, fields }
    }
}

/// The id of a component in the configuration: `entra` in `[sources.entra]`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ComponentKey(String);

impl ComponentKey {
    /// The id as text.
    pub fn id(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ComponentKey {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl From<String> for ComponentKey {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl fmt::Display for ComponentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What applies to every component.
#[derive(Clone, Debug)]
pub struct GlobalOptions {
    /// Where components keep what must survive a restart.
    pub data_dir: PathBuf,
}

impl GlobalOptions {
    /// The component's own directory, `<data_dir>/<component id>`, made (0700 on Unix) if it is not there. An id that
    /// is no plain name, such as `../other` or an absolute path, is `InvalidInput`: it would lead elsewhere.
    pub fn resolve_and_make_data_subdir(&self, key: &ComponentKey) -> io::Result<PathBuf> {
        let mut components = Path::new(key.id()).components();
        let (Some(Component::Normal(name)), None) = (components.next(), components.next()) else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the component's id is no plain name"));
        };
        let path = self.data_dir.join(name);
        make_private_dir(&path)?;
        Ok(path)
    }
}

/// Makes a directory that only its owner may enter; one that exists is left as it is. Its name is durable.
pub fn make_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    make_durable_dir(path, &mut builder)
}

/// Makes a directory, and those above it that are missing. Its name survives a power cut as well as what is in it.
pub fn make_durable_dir(path: &Path, builder: &mut DirBuilder) -> io::Result<()> {
    let missing = path.ancestors().take_while(|above| !above.exists()).count();
    builder.recursive(true).create(path)?;
    // One that is there may have been made just before a kill.
    let here = |above: &'_ Path| above.as_os_str().is_empty();
    let above = path.ancestors().skip(1).take(missing.max(1));
    let above = above.map(|above| if here(above) { Path::new(".") } else { above });
    above.filter(|_| cfg!(unix)).try_for_each(|above| File::open(above)?.sync_all())
}

/// Proxies for outgoing requests; URLs may carry credentials and are not shown by `Debug`.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct ProxyConfig {
    /// For `http://` addresses.
    pub http: Option<String>,
    /// For `https://` addresses.
    pub https: Option<String>,
    /// Hosts reached directly.
    pub no_proxy: Vec<String>,
}

impl fmt::Debug for ProxyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyConfig").field("no_proxy", &self.no_proxy).finish_non_exhaustive()
    }
}

/// What a source is given to run with.
pub struct SourceContext {
    /// The component's id.
    pub key: ComponentKey,
    /// What applies to every component.
    pub globals: GlobalOptions,
    /// Resolves when the source should stop.
    pub shutdown: ShutdownSignal,
    /// Where events go. Let go of it before awaiting the last acknowledgements, so that the host can flush.
    pub out: SourceSender,
    /// Proxies, merged with the environment's.
    pub proxy: ProxyConfig,
    /// Whether the host's acknowledgements mean delivery.
    pub acknowledgements: bool,
    /// Where the source reports its connectors.
    pub health: HealthReporter,
    /// Where the host's store stands at this start: the newest position that it has acknowledged to this source, as far as
    /// the store knows. What others have stored since does not count, so that a store that was set back shows as such
    /// however far they have moved it on. `None`: the host keeps no store.
    pub position: Option<Position>,
    /// When the store last took something of this source, by the host's clock: a source that finds no state of its own has run
    /// until then. `None`: never, or nobody knows.
    pub last_stored: Option<jiff::Timestamp>,
    /// Where secrets can rest that the source gets while it runs, if the host keeps any.
    pub secrets: Option<Arc<dyn SecretStore>>,
    /// Where the source offers to compare what its service shows with what it has handed over, if it can.
    pub reconciler: Slot<dyn Reconciler>,
    /// Where the source offers to look whether all is well, if it can.
    pub examiner: Slot<dyn Examiner>,
    /// Where the source offers to have its connectors authorized by a person, if it can.
    pub authorizer: Slot<dyn Authorizer>,
}

impl fmt::Debug for SourceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceContext")
            .field("key", &self.key)
            .field("globals", &self.globals)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
