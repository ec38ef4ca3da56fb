//! The files of connectors as they are used. A mistake in one of them concerns that connector: it is set aside, and everything else runs.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use collector::settings::{Problem, Problems, Setting, Spanned, Table};

use super::{Candidate, KINDS, Places, as_table, as_table_mut, check, files};
use crate::config::files::{merge, parse, unreadable};

/// Which files of connectors are read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Using<'a> {
    /// As they are.
    #[default]
    AsTheyAre,
    /// As they would be with this one, whose mistakes are mistakes of the whole.
    Candidate(&'a Candidate),
    /// As they are; of one with a mistake what was in use before.
    Before(&'a Made),
}

/// A file that is not used as it is, and why.
#[derive(Clone, Debug)]
pub(crate) struct SetAside {
    pub(crate) path: PathBuf,
    pub(crate) problems: Problems,
    /// Whether its connector stays in use as it was before.
    pub(crate) is_kept: bool,
}

/// What is in use of the files of connectors, and which are not.
#[derive(Clone, Default)]
pub(crate) struct Made {
    in_use: BTreeMap<PathBuf, Vec<u8>>,
    aside: Vec<SetAside>,
}

impl Made {
    /// The files of the directory.
    pub(in crate::config) fn find(places: &Places, using: Using<'_>) -> Result<Self, Problems> {
        let directory = places.connectors();
        let candidate = if let Using::Candidate(candidate) = using { Some(candidate) } else { None };
        let paths = files(&directory, candidate).map_err(|error| {
            let what = format!("the directory cannot be read ({})", error.kind());
            Problems(vec![Problem { at: None, key: directory.display().to_string(), what, fix: None }])
        })?;
        let mut made = Self::default();
        for path in paths {
            let text = candidate.filter(|candidate| candidate.path == path).and_then(|of| of.text.clone());
            match text.map_or_else(|| std::fs::read(&path), |text| Ok(text.into_bytes())) {
                Ok(bytes) => {
                    made.in_use.insert(path, bytes);
                }
                Err(error) => made.put_aside(path.clone(), unreadable(&path, &error), using),
            }
        }
        Ok(made)
    }

    /// Adds what they say to the tree. The mistakes in them.
    pub(in crate::config) fn add_to(&self, table: &mut Table, places: &Places) -> Problems {
        let mut problems = Problems::default();
        for (path, bytes) in &self.in_use {
            let read =
                parse(bytes, path).and_then(|read| check::connector(read, table, path, &places.vault()));
            match read {
                Ok(read) => merge(table, read, "", &mut problems),
                Err(found) => problems.extend(found),
            }
        }
        problems
    }

    /// Leaves connectors of the main configuration out whose parent's file is set aside: its mistake must not become one of theirs. What is to be
    /// said of them.
    pub(in crate::config) fn leave_out_orphans(&self, table: &mut Table) -> Vec<Problem> {
        let names: Vec<_> =
            self.aside.iter().filter(|aside| !aside.is_kept).map(|aside| name_of(&aside.path)).collect();
        let sources = table.entries.get_mut("sources").and_then(as_table_mut);
        let sources = sources.into_iter().flat_map(|sources| sources.entries.values_mut());
        sources.filter_map(as_table_mut).flat_map(|source| self.orphans_of(source, &names)).collect()
    }

    fn orphans_of(&self, source: &mut Table, names: &[String]) -> Vec<Problem> {
        let [parents, children] = KINDS;
        let name = |parent: &Spanned| Some(as_table(parent)?.str("name")?.to_owned());
        let there: Vec<_> = list_of(source, parents).iter().filter_map(name).collect();
        let mut said = Vec::new();
        let Some(Setting::Array(list)) = source.entries.get_mut(children).map(|list| &mut list.setting)
        else {
            return said;
        };
        list.retain(|child| {
            let parent = as_table(child).and_then(|child| child.str("connector_tenant"));
            let is_gone = parent.is_some_and(|parent| {
                names.iter().any(|name| name == parent) && !there.iter().any(|name| name == parent)
            });
            let is_ours = child.at.as_ref().is_some_and(|at| self.in_use.contains_key(at.file.as_ref()));
            if is_gone && !is_ours {
                let what = "names a parent whose file has mistakes, and is left out with it".to_owned();
                said.push(Problem {
                    at: child.at.clone(),
                    key: "connector_tenant".to_owned(),
                    what,
                    fix: None,
                });
            }
            !is_gone || is_ours
        });
        said
    }

    /// Sets the files aside that these mistakes are in. Whether there were any: what is left has to be looked at again.
    pub(in crate::config) fn set_aside(&mut self, problems: &Problems, using: Using<'_>) -> bool {
        let mut of_files = BTreeMap::<PathBuf, Problems>::new();
        for problem in &problems.0 {
            let path = problem.at.as_ref().map(|at| at.file.to_path_buf());
            if let Some(path) = path.filter(|path| self.in_use.contains_key(path) && !using.is_tried(path)) {
                of_files.entry(path).or_default().push(problem.clone());
            }
        }
        let any = !of_files.is_empty();
        for (path, problems) in of_files {
            self.put_aside(path, problems, using);
        }
        any
    }

    fn put_aside(&mut self, path: PathBuf, problems: Problems, using: Using<'_>) {
        let tried = self.in_use.remove(&path);
        if let Some(known) = self.aside.iter_mut().find(|known| known.path == path) {
            known.is_kept = false;
            return;
        }
        let before = using.before().and_then(|before| before.in_use.get(&path));
        let kept = before.filter(|before| Some(*before) != tried.as_ref()).cloned();
        self.aside.push(SetAside { path: path.clone(), problems, is_kept: kept.is_some() });
        self.in_use.extend(kept.map(|text| (path, text)));
    }

    /// Files that are not used as they are.
    pub(crate) fn aside(&self) -> &[SetAside] {
        &self.aside
    }

    /// All mistakes in them.
    pub(crate) fn problems(&self) -> Problems {
        Problems(self.aside.iter().flat_map(|aside| aside.problems.0.clone()).collect())
    }
}

impl Using<'_> {
    fn is_tried(&self, path: &Path) -> bool {
        matches!(self, Self::Candidate(candidate) if candidate.path == path)
    }

    fn before(&self) -> Option<&Made> {
        if let Self::Before(made) = self { Some(made) } else { None }
    }
}

impl fmt::Display for SetAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stays = if self.is_kept { "stays in use as it was before" } else { "is left out" };
        write!(
            f,
            "The connector in {} {stays}, as its file has mistakes; correct them, or remove it with `entra-signins connectors remove \
             {}`.\n{}",
            self.path.display(),
            name_of(&self.path),
            self.problems
        )
    }
}

/// Somebody may have written a secret into a file.
impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").field("in_use", &self.in_use.keys()).field("aside", &self.aside).finish()
    }
}

fn list_of<'t>(table: &'t Table, key: &str) -> &'t [Spanned] {
    match table.get(key).map(|list| &list.setting) {
        Some(Setting::Array(list)) => list,
        _ => &[],
    }
}

/// The name of the connector in this file.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
