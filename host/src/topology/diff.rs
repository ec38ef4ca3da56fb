//! What a new configuration changes: only that is stopped and started.

use collector::config::ComponentKey;

use crate::config::HostConfig;

/// The difference between the configuration that runs and a new one.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Diff {
    pub(super) sources: Changes,
    pub(super) sinks: Changes,
    /// Keys that are read at the start of the process alone and have changed.
    pub(super) fixed: Vec<&'static str>,
}

/// Components to stop and to start; a changed one is in both lists.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Changes {
    pub(super) stop: Vec<ComponentKey>,
    pub(super) start: Vec<ComponentKey>,
}

impl Diff {
    pub(super) fn of(old: &HostConfig, new: &HostConfig) -> Self {
        let same_proxy = old.proxy == new.proxy;
        let sources =
            Changes::of(&old.sources, &new.sources, |source| &source.key, |a, b| same_proxy && a == b);
        let sinks = Changes::of(&old.sinks, &new.sinks, |sink| &sink.key, |a, b| same_proxy && a == b);
        Self { sources, sinks, fixed: fixed(old, new) }
    }
}

impl Diff {
    /// The ids of what stops.
    pub(super) fn stopped(&self) -> Vec<&str> {
        self.sources.stop.iter().chain(&self.sinks.stop).map(ComponentKey::id).collect()
    }

    /// The ids of what starts.
    pub(super) fn started(&self) -> Vec<&str> {
        self.sources.start.iter().chain(&self.sinks.start).map(ComponentKey::id).collect()
    }
}

impl Changes {
    fn of<S>(old: &[S], new: &[S], key: fn(&S) -> &ComponentKey, same: impl Fn(&S, &S) -> bool) -> Self {
        // Those of the first list that do not stand in the second one as they are.
        let others = |these: &[S], those: &[S]| {
            let kept = |this: &S| those.iter().any(|that| key(this) == key(that) && same(this, that));
            these.iter().filter(|this| !kept(this)).map(|this| key(this).clone()).collect()
        };
        Self { stop: others(old, new), start: others(new, old) }
    }
}

fn fixed(old: &HostConfig, new: &HostConfig) -> Vec<&'static str> {
    let keys: [(&str, bool); 3] = [
        ("data_dir", old.data_dir != new.data_dir),
        ("api", old.api != new.api),
        ("journal", old.journal != new.journal),
    ];
    keys.into_iter().filter(|(_, changed)| *changed).map(|(key, _)| key).collect()
}
