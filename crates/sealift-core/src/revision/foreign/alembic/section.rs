//! [`Section`]: what belongs to one revision. Alembic writes `-- Running upgrade a, b -> c` before each (its
//! `runtime/migration.py`).

use crate::revision::way::Way;

/// What belongs to one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section<'a> {
    pub(super) from: Vec<&'a str>,
    to: Vec<&'a str>,
    way: Way,
    pub(super) text: String,
}

impl<'a> Section<'a> {
    /// Returns the name of the revision; empty where none is given.
    pub(super) fn name(&self) -> &'a str {
        let names = match self.way {
            Way::Up => &self.to,
            Way::Down => &self.from,
        };
        names.first().copied().unwrap_or_default()
    }
}

/// Cuts a script at its marks; returns what stands before the first one, too.
pub(super) fn sections(script: &str, way: Way) -> (String, Vec<Section<'_>>) {
    let mut before = String::new();
    let mut sections: Vec<Section<'_>> = Vec::new();
    for line in script.lines() {
        if let Some((from, to)) = marked(line, way) {
            sections.push(Section { from, to, way, text: String::new() });
            continue;
        }
        let text = sections.last_mut().map_or(&mut before, |section| &mut section.text);
        text.push_str(line);
        text.push('\n');
    }
    (before, sections)
}

/// The revision that was begun last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Its name.
    pub name: String,
    /// Where the database stands before it.
    pub before: Vec<String>,
    /// Where it stands behind it; nowhere is the base.
    pub behind: Vec<String>,
}

/// Returns the revision that was begun last.
#[must_use]
pub fn begun(script: &str, way: Way) -> Option<Begun> {
    let (_, sections) = sections(script, way);
    let last = sections.last()?;
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let name = last.name().to_owned();
    Some(Begun { name, before: owned(&last.from), behind: owned(&last.to) })
}

/// Returns the script up to the revision that was begun last, which may be there in part only.
#[must_use]
pub fn complete(script: &str, way: Way) -> String {
    let lines: Vec<&str> = script.lines().collect();
    let last = lines.iter().rposition(|line| marked(line, way).is_some()).unwrap_or(lines.len());
    lines.into_iter().take(last).map(|line| format!("{line}\n")).collect()
}

fn marked(line: &str, way: Way) -> Option<(Vec<&str>, Vec<&str>)> {
    let marked = line.strip_prefix("-- Running ")?.strip_prefix(way.command())?;
    let (from, to) = marked.strip_prefix(' ')?.split_once("->")?;
    Some((names(from), names(to)))
}

fn names(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}
