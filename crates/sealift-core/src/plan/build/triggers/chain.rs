//! What triggers start: each other, themselves, and what foreign keys do.

use super::order::together;
use crate::ast::{ForeignKeyAction, TriggerTiming};
use crate::name::Ident;
use crate::schema::source;
use crate::schema::target::TriggerEvent;
use crate::translate::{self, Effect, Relation, TranslatedTrigger};

/// A trigger that can be translated on its own.
pub(super) struct Candidate<'a> {
    pub(super) trigger: &'a source::Trigger,
    pub(super) subject: Relation,
    /// `update of …`
    pub(super) columns: Vec<Ident>,
    pub(super) translated: TranslatedTrigger,
}

/// What the chains lead through.
pub(super) struct Chain<'a> {
    pub(super) tables: &'a [source::Table],
    /// All triggers, also those that are not carried.
    pub(super) all: &'a [source::Trigger],
}

impl<'a> Chain<'a> {
    /// Takes out those that cannot be carried beside the others, with the reason.
    pub(super) fn refuse(
        &self,
        candidates: &mut Vec<Candidate<'a>>,
    ) -> Vec<(&'a source::Trigger, String)> {
        let mut refused = Vec::new();
        loop {
            let found = candidates.iter().enumerate().find_map(|(position, candidate)| {
                self.reason(candidate, candidates).map(|reason| (position, reason))
            });
            let Some((position, reason)) = found else { return refused };
            refused.push((candidates.remove(position).trigger, reason));
        }
    }

    fn reason(&self, candidate: &Candidate<'_>, all: &[Candidate<'_>]) -> Option<String> {
        let tree = &candidate.trigger.tree;
        let event = translate::event(tree);
        let translated = &candidate.translated;
        if translated.ignores && tree.timing == TriggerTiming::After {
            let mut later =
                all.iter().skip_while(|other| other.trigger.name != candidate.trigger.name);
            later.next();
            if let Some(other) = later.find(|other| together(candidate, other)) {
                return Some(format!(
                    "its RAISE(IGNORE) also keeps {} from firing, which PostgreSQL has no word for once the row is changed",
                    other.trigger.name
                ));
            }
        }
        if translated.ignores
            && tree.timing == TriggerTiming::Before
            && self.is_moved(candidate, event)
        {
            return Some("its RAISE(IGNORE) would keep a foreign key from doing its work, and PostgreSQL would not notice".to_owned());
        }
        let own_row = translated.effects.iter().any(|effect| {
            effect.own_row && matches!(effect.event, TriggerEvent::Update | TriggerEvent::Delete)
        });
        if own_row && tree.timing == TriggerTiming::Before && event != TriggerEvent::Insert {
            return Some("it writes the very row that is about to be written: SQLite leaves open what becomes of it, PostgreSQL refuses it".to_owned());
        }
        translated.effects.iter().find_map(|effect| self.wrong_effect(effect, all))
    }

    fn wrong_effect(&self, effect: &Effect, all: &[Candidate<'_>]) -> Option<String> {
        let is_table = self.tables.iter().any(|table| table.name == effect.relation);
        let instead = all.iter().any(|other| {
            other.subject.source_name == effect.relation
                && other.trigger.tree.timing == TriggerTiming::InsteadOf
                && translate::event(&other.trigger.tree) == effect.event
        });
        let is_view = self.all.iter().any(|trigger| {
            trigger.table.eq_ignore_ascii_case(&effect.relation)
                && trigger.tree.timing == TriggerTiming::InsteadOf
        });
        if !is_table && is_view && !instead {
            return Some(format!(
                "it writes the view {}, whose own trigger for that is not carried",
                effect.relation
            ));
        }
        if !effect.overrides {
            return None;
        }
        let started = self.started(std::slice::from_ref(effect), all);
        let inherits = started.into_iter().find(|other| {
            let writes = |effect: &Effect| {
                matches!(effect.event, TriggerEvent::Insert | TriggerEvent::Update)
            };
            other.translated.effects.iter().any(writes)
        })?;
        Some(format!(
            "its statement with OR starts {}, whose own statements SQLite then runs with the same OR",
            inherits.trigger.name
        ))
    }

    /// Returns the table whose rows take those of the trigger's table with them by a foreign key, and
    /// which has AFTER triggers for that too. PostgreSQL fires those first
    /// (`ri_PerformCheck` in `ri_triggers.c` leaves the others to the end of the statement).
    pub(super) fn fires_behind(
        &self,
        candidate: &Candidate<'_>,
        all: &[Candidate<'_>],
    ) -> Option<&'a str> {
        let tree = &candidate.trigger.tree;
        if tree.timing != TriggerTiming::After {
            return None;
        }
        let own = translate::event(tree);
        let name = &candidate.subject.source_name;
        let table = self.tables.iter().find(|table| table.name == *name)?;
        let fires = |parent: &str, event: TriggerEvent| {
            all.iter().any(|other| {
                other.subject.source_name.eq_ignore_ascii_case(parent)
                    && other.trigger.tree.timing == TriggerTiming::After
                    && translate::event(&other.trigger.tree) == event
            })
        };
        let mut keys = table.foreign_keys.iter();
        let key = keys.find(|key| {
            let deleted = follows(key.on_delete, TriggerEvent::Delete) == Some(own);
            let updated = follows(key.on_update, TriggerEvent::Update) == Some(own);
            (deleted && fires(&key.parent, TriggerEvent::Delete))
                || (updated && fires(&key.parent, TriggerEvent::Update))
        })?;
        Some(&key.parent)
    }

    /// Returns whether a table has triggers before its rows are inserted.
    pub(super) fn has_before_insert(&self, table: &str) -> bool {
        self.all.iter().any(|trigger| {
            trigger.table.eq_ignore_ascii_case(table)
                && trigger.tree.timing == TriggerTiming::Before
                && translate::event(&trigger.tree) == TriggerEvent::Insert
        })
    }

    /// Returns whether what a trigger does can make it fire again.
    pub(super) fn starts_itself(&self, candidate: &Candidate<'_>, all: &[Candidate<'_>]) -> bool {
        let started = self.started(&candidate.translated.effects, all);
        started.iter().any(|other| other.trigger.name == candidate.trigger.name)
    }

    /// Returns whether a trigger, or one that it starts, sees what its statement does to other rows, and
    /// whether PostgreSQL does that in another order.
    pub(super) fn sees_the_statement(
        &self,
        candidate: &Candidate<'_>,
        all: &[Candidate<'_>],
    ) -> bool {
        let event = translate::event(&candidate.trigger.tree);
        let mut seeing = vec![candidate];
        seeing.extend(self.started(&candidate.translated.effects, all));
        let sees = |name: &str| {
            seeing.iter().any(|one| {
                let writes = one.translated.effects.iter().any(|effect| {
                    effect.relation == name
                        && !effect.own_row
                        && matches!(effect.event, TriggerEvent::Update | TriggerEvent::Delete)
                });
                writes || one.translated.reads.contains(name)
            })
        };
        let of_event = |timing| {
            all.iter().filter(move |other| {
                other.subject.source_name == candidate.subject.source_name
                    && other.trigger.tree.timing == timing
                    && translate::event(&other.trigger.tree) == event
            })
        };
        let effects = |timing| {
            of_event(timing).flat_map(|other| self.reached(&other.translated.effects, all))
        };
        match candidate.trigger.tree.timing {
            TriggerTiming::After => {
                sees(&candidate.subject.source_name)
                    || effects(TriggerTiming::Before).any(|effect| sees(&effect.relation))
            }
            TriggerTiming::Before => {
                effects(TriggerTiming::After).any(|effect| sees(&effect.relation))
            }
            TriggerTiming::InsteadOf => false,
        }
    }

    /// Returns every trigger that effects start, directly or through others.
    fn started<'c>(&self, effects: &[Effect], all: &'c [Candidate<'a>]) -> Vec<&'c Candidate<'a>> {
        let reached = self.reached(effects, all);
        all.iter().filter(|other| reached.iter().any(|effect| fires(other, effect))).collect()
    }

    /// Returns effects and all that follow from them: through triggers, and through foreign keys.
    fn reached(&self, effects: &[Effect], all: &[Candidate<'_>]) -> Vec<Effect> {
        let mut reached: Vec<Effect> = effects.to_vec();
        let mut next = 0;
        while let Some(effect) = reached.get(next).cloned() {
            next += 1;
            let mut following = self.by_keys(&effect);
            for other in all.iter().filter(|other| fires(other, &effect)) {
                following.extend(other.translated.effects.iter().cloned());
            }
            for effect in following {
                if !reached.contains(&effect) {
                    reached.push(effect);
                }
            }
        }
        reached
    }

    /// Returns what foreign keys do when parents are deleted or changed.
    fn by_keys(&self, effect: &Effect) -> Vec<Effect> {
        let mut following = Vec::new();
        for table in self.tables {
            for key in &table.foreign_keys {
                if !key.parent.eq_ignore_ascii_case(&effect.relation) {
                    continue;
                }
                let action = match effect.event {
                    TriggerEvent::Insert => continue,
                    TriggerEvent::Update => key.on_update,
                    TriggerEvent::Delete => key.on_delete,
                };
                let event = match (action, effect.event) {
                    (ForeignKeyAction::NoAction | ForeignKeyAction::Restrict, _) => continue,
                    (ForeignKeyAction::Cascade, TriggerEvent::Delete) => TriggerEvent::Delete,
                    (
                        ForeignKeyAction::Cascade
                        | ForeignKeyAction::SetNull
                        | ForeignKeyAction::SetDefault,
                        _,
                    ) => TriggerEvent::Update,
                };
                let names = key.columns.iter().filter_map(|column| table.columns.get(*column));
                following.push(Effect {
                    relation: table.name.clone(),
                    event,
                    columns: names.map(|column| column.name.clone()).collect(),
                    overrides: false,
                    own_row: false,
                });
            }
        }
        following
    }

    /// Returns whether a foreign key of the subject removes or changes its rows.
    fn is_moved(&self, candidate: &Candidate<'_>, event: TriggerEvent) -> bool {
        let name = &candidate.subject.source_name;
        let Some(table) = self.tables.iter().find(|table| table.name == *name) else {
            return false;
        };
        table.foreign_keys.iter().any(|key| {
            let sets =
                |action| matches!(action, ForeignKeyAction::SetNull | ForeignKeyAction::SetDefault);
            match event {
                TriggerEvent::Insert => false,
                TriggerEvent::Delete => key.on_delete == ForeignKeyAction::Cascade,
                TriggerEvent::Update => {
                    sets(key.on_delete)
                        || sets(key.on_update)
                        || key.on_update == ForeignKeyAction::Cascade
                }
            }
        })
    }
}

/// Returns whether an effect fires a trigger.
fn fires(candidate: &Candidate<'_>, effect: &Effect) -> bool {
    let tree = &candidate.trigger.tree;
    if candidate.subject.source_name != effect.relation || translate::event(tree) != effect.event {
        return false;
    }
    let crate::ast::TriggerEvent::Update(columns) = &tree.event else { return true };
    columns.is_empty()
        || columns.iter().any(|name| effect.columns.iter().any(|column| name.is(column)))
}

/// Returns what a foreign key does to a row whose parent is removed or changed.
fn follows(action: ForeignKeyAction, event: TriggerEvent) -> Option<TriggerEvent> {
    match action {
        ForeignKeyAction::NoAction | ForeignKeyAction::Restrict => None,
        ForeignKeyAction::SetNull | ForeignKeyAction::SetDefault => Some(TriggerEvent::Update),
        ForeignKeyAction::Cascade => Some(event),
    }
}
