//! `json_each()` in `FROM`.

use super::json;
use crate::ast::Expr;
use crate::convert::Reading;
use crate::mapping::PgType;
use crate::name::fit;
use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::dynamic::of_json;
use crate::translate::expression::Translator;
use crate::translate::scope::{Cells, Field, Frame};
use crate::translate::typed::{Type, Typed, fill};

/// The members of an array, those of an object, or a value by itself: just one of the three.
const ROWS: &str = "lateral (\
     select ((ordinality - 1)::text::jsonb) as \"key\", element as \"member\" \
     from json_array_elements(case json_typeof({0}) when 'array' then {0} end) \
     with ordinality as sealift_item(element, ordinality) \
     union all select to_jsonb(name), element \
     from json_each(case json_typeof({0}) when 'object' then {0} end) as sealift_item(name, element) \
     union all select null::jsonb, element from (select {0} as element) as sealift_item \
     where json_typeof({0}) not in ('array', 'object')) as sealift_members";

impl Translator<'_> {
    /// Translates `json_each(document, path)`: the query, and its columns `key`, `value`, `type` and
    /// `atom`; the others have no type and are refused where they are used.
    pub(in crate::translate) fn json_each(
        &mut self,
        arguments: &[Expr],
        frame: &Frame<'_>,
    ) -> Result<(Sql, Vec<Field>), Unsupported> {
        let mut values = Vec::new();
        for argument in arguments {
            values.push(self.expr(argument, frame)?);
        }
        let document = match values.as_slice() {
            [value] => json::document(value)?,
            [value, path] => json::extract(value, path)?,
            _ => return Err(Unsupported::new("json_each() of anything but one or two values")),
        };
        let member = Typed::new(Sql::raw("sealift_members.member"), Type::Json);
        let value = of_json(&member);
        let atom = value.derive(
            "(case when json_typeof(sealift_members.member) not in ('array', 'object') then {0} end)",
            Type::Dynamic,
        );
        let class = json::class(&member);
        let sql = Sql::raw("lateral (select sealift_members.key as \"key\", ")
            .sql(&value.sql)
            .push(" as \"value\", ")
            .sql(&class.sql)
            .push(" as \"type\", ")
            .sql(&atom.sql)
            .push(" as \"atom\" from ")
            .sql(&fill(ROWS, &[&document.sql]))
            .push(")");
        let field = |name: &str, data_type: Option<PgType>| Field {
            source_name: name.to_owned(),
            target: fit(name),
            data_type,
            affinity: None,
            reading: Reading::Plain,
            not_null: false,
            collation: None,
            cells: Cells::default(),
        };
        let columns = vec![
            field("key", Some(PgType::Jsonb)),
            field("value", Some(PgType::Jsonb)),
            field("type", Some(PgType::Text)),
            field("atom", Some(PgType::Jsonb)),
            // They count SQLite's own bytes: known, so that no other table's column is meant by them.
            field("id", None),
            field("parent", None),
            field("fullkey", None),
            field("path", None),
        ];
        Ok((sql, columns))
    }
}
