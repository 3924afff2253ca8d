//! Views, each after those it uses.

use super::Builder;
use crate::name::{NameSpace, fit};
use crate::plan::{Finding, Identifiers, ViewColumn, ViewPlan};
use crate::schema::{source, target};
use crate::translate::{self, Catalogue, Field};

impl Builder<'_> {
    /// Translates views round by round: one that uses a view not yet translated waits for the next
    /// round, and is left behind when a round brings nothing new.
    /// Returns all that can be read then, too.
    pub(super) fn views(&mut self) -> (Vec<ViewPlan>, Catalogue) {
        let schema = self.facts.schema;
        let mut waiting: Vec<(usize, &source::View)> = schema
            .views
            .iter()
            .enumerate()
            .filter(|(position, _)| self.names.view(*position).is_some())
            .collect();
        let mut catalogue = self.catalogue();
        let mut done = Vec::new();
        loop {
            let mut failed = Vec::new();
            let before = done.len();
            for (position, view) in waiting {
                match self.view(position, view, &mut catalogue, &done) {
                    Ok(plan) => done.push(plan),
                    Err(reason) => failed.push((position, view, reason)),
                }
            }
            if done.len() == before || failed.is_empty() {
                for (_, view, reason) in failed {
                    self.view_left(view, &reason);
                }
                return (done, catalogue);
            }
            waiting = failed.into_iter().map(|(position, view, _)| (position, view)).collect();
        }
    }

    fn view(
        &self,
        position: usize,
        view: &source::View,
        catalogue: &mut Catalogue,
        done: &[ViewPlan],
    ) -> Result<ViewPlan, String> {
        if let Some(reason) = &view.broken {
            return Err(format!("SQLite cannot run it either: {reason}"));
        }
        let mut translated = translate::view(&view.tree, &view.columns, catalogue)
            .map_err(|unsupported| unsupported.to_string())?;
        self.write_columns(&mut translated.columns)?;
        let name = self.names.view(position).cloned().ok_or("it has no name")?;
        catalogue.relations.push(translated.relation(&view.name, name.clone()));
        let used = done.iter().filter(|used| translated.uses.contains(&used.source));
        let rows = used.fold(translated.rows, |rows, used| rows.and(used.rows));
        let compared = translated
            .columns
            .iter()
            .map(|field| ViewColumn { source: field.source_name.clone(), reading: field.reading });
        let compared = compared.collect();
        let columns = translated.columns.into_iter().map(|Field { target, .. }| target).collect();
        Ok(ViewPlan {
            source: view.name.clone(),
            columns: compared,
            rows,
            target: target::View { name, columns, query: translated.query },
        })
    }

    /// Gives a view's columns the names that `--identifiers` asks for.
    fn write_columns(&self, columns: &mut [Field]) -> Result<(), String> {
        let how = self.options.identifiers;
        if how == Identifiers::Preserve {
            return Ok(());
        }
        let mut taken = NameSpace::new();
        for field in columns {
            let written = how.of(field.target.as_str()).into_owned();
            if !taken.reserve(&written) {
                return Err(format!("two of its columns would be called {written}"));
            }
            field.target = fit(&written);
        }
        Ok(())
    }

    fn view_left(&mut self, view: &source::View, reason: &str) {
        self.findings.push(
            Finding::warning(
                "view-not-carried",
                format!("view {}", view.name),
                format!("cannot be translated: {reason}"),
            )
            .hinted("write it for PostgreSQL by hand: create view …"),
        );
    }
}
