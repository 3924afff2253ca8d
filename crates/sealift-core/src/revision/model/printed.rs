//! What the server prints, brought to the form that a [`Model`](super::Model) keeps.

use crate::revision::lex::{Kind, Token, tokens};
use crate::sql::Sql;

/// Returns what stands behind the table's name in what `pg_get_indexdef` prints, from `USING` on; or `None` where
/// there is no such word.
#[must_use]
pub fn index_tail(definition: &str) -> Option<Sql> {
    let tokens = tokens(definition).ok()?;
    let using = tokens.iter().find(|token| token.is_word("using"))?;
    definition.get(using.start..).map(|tail| Sql::printed_by_server(tail.to_owned()))
}

/// Returns what `pg_get_constraintdef` prints without ` NOT VALID` at its end.
#[must_use]
pub fn constraint(definition: &str) -> Sql {
    let definition = definition.strip_suffix(" NOT VALID").unwrap_or(definition);
    Sql::printed_by_server(definition.to_owned())
}

/// Returns what `pg_get_viewdef` prints without the semicolon and the space around it.
#[must_use]
pub fn view(definition: &str) -> Sql {
    Sql::printed_by_server(definition.trim().trim_end_matches(';').to_owned())
}

/// Returns what `pg_get_functiondef` prints without the schema before the function's own name.
#[must_use]
pub fn function(definition: &str) -> Sql {
    let whole = || Sql::printed_by_server(definition.trim_end().to_owned());
    let Ok(tokens) = tokens(definition) else { return whole() };
    let mut head = tokens.iter().filter(|token| token.is_significant());
    let Some(_) = head.find(|token| token.is_word("function") || token.is_word("procedure")) else {
        return whole();
    };
    let (Some(schema), Some(dot)) = (head.next(), head.next()) else { return whole() };
    if dot.kind != Kind::Symbol('.') {
        return whole();
    }
    let before = definition.get(..schema.start).unwrap_or_default();
    let after = definition.get(dot.end()..).unwrap_or_default();
    Sql::printed_by_server(format!("{before}{}", after.trim_end()))
}

/// Returns SQL with every name for which there is another in its place. Literals and comments stay.
#[must_use]
pub fn with_names(sql: &Sql, other: impl Fn(&str) -> Option<String>) -> Sql {
    let Ok(tokens) = tokens(sql.as_str()) else { return sql.clone() };
    let text = tokens.iter().map(|token| match token.name().and_then(|name| other(&name)) {
        Some(name) => quoted_as_server(&name),
        None => token.text.to_owned(),
    });
    Sql::printed_by_server(text.collect())
}

/// Returns whether SQL mentions a name, outside literals and comments.
#[must_use]
pub fn mentions(sql: &Sql, name: &str) -> bool {
    let is = |token: &Token<'_>| token.name().is_some_and(|found| found == name);
    tokens(sql.as_str()).is_ok_and(|tokens| tokens.iter().any(is))
}

/// Returns whether a function's definition mentions a name, in its body too.
#[must_use]
pub fn body_mentions(definition: &Sql, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let text = definition.as_str();
    text.match_indices(name).any(|(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Returns a name as the server prints it: with quotes only where it needs them. Keywords are not known here, so
/// one of them is printed without; that is a difference too many at worst, never one too few.
fn quoted_as_server(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_of_an_index_begins_at_using() {
        let tail =
            index_tail("CREATE INDEX \"using\" ON s.t USING btree (lower(a)) WHERE b").unwrap();
        assert_eq!(tail.as_str(), "USING btree (lower(a)) WHERE b");
    }

    #[test]
    fn a_functions_own_schema_is_left_out() {
        let text =
            "CREATE OR REPLACE FUNCTION public.f(a s.t)\n RETURNS int\nAS $x$ select s.g() $x$\n";
        assert_eq!(
            function(text).as_str(),
            "CREATE OR REPLACE FUNCTION f(a s.t)\n RETURNS int\nAS $x$ select s.g() $x$"
        );
    }

    #[test]
    fn names_change_and_literals_stay() {
        let sql = Sql::raw("CHECK (\"Old\" <> 'old' AND old > other)");
        let other = |name: &str| match name {
            "old" => Some("new".to_owned()),
            "Old" => Some("New".to_owned()),
            _ => None,
        };
        assert_eq!(with_names(&sql, other).as_str(), "CHECK (\"New\" <> 'old' AND new > other)");
    }

    #[test]
    fn a_name_is_mentioned_as_a_whole_word() {
        let body = Sql::raw("create function f() … $$ select * from users_old, \"people\" $$");
        assert!(!body_mentions(&body, "users"));
        assert!(body_mentions(&body, "people"));
        assert!(!mentions(&Sql::raw("a = 'people'"), "people"));
    }
}
