//! JSON (`sqlite.org/json1.html`).
//!
//! Documents are read as `json`, which keeps the order of keys and the digits of numbers as SQLite's
//! text does; `jsonb` keeps neither. Of a key that an object has twice SQLite takes the first and
//! PostgreSQL the last, so a key of a column that holds such objects is refused.

use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::dynamic::{compact, of_json};
use crate::translate::typed::{Constant, Type, Typed, fill};

type Call = Option<Result<Typed, Unsupported>>;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(i64),
}

pub(super) fn call(name: &str, arguments: &[Typed]) -> Call {
    Some(match (name, arguments) {
        ("json_extract", [value, path]) => extract(value, path).map(|json| of_json(&json)),
        ("json_extract", [value, paths @ ..]) if paths.len() > 1 => extract_all(value, paths),
        ("json", [value]) => document(value).map(|json| marked(compact(&json))),
        ("json_quote", [value]) => embedded(value).map(marked),
        ("json_array", values) => array(values).map(marked),
        ("json_object", pairs) if pairs.len() % 2 == 0 => object(pairs).map(marked),
        ("json_array_length", [value]) => document(value).map(|json| length(&json)),
        ("json_array_length", [value, path]) => extract(value, path).map(|json| length(&json)),
        ("json_type", [value]) => document(value).map(|json| class(&json)),
        ("json_type", [value, path]) => extract(value, path).map(|json| class(&json)),
        ("json_valid", [value]) => valid(value),
        ("json_set" | "json_insert" | "json_replace" | "json_remove" | "json_patch", [_, ..]) => {
            Err(Unsupported::new(format!(
                "`{name}` changes a document in place, where PostgreSQL would order its keys anew"
            )))
        }
        _ => return None,
    })
}

/// `value -> path`: the part as JSON text.
pub(in crate::translate) fn arrow(value: &Typed, path: &Typed) -> Result<Typed, Unsupported> {
    Ok(marked(compact(&walk(document(value)?, &short_path(path)?)?)))
}

/// `value ->> path`: the part as a value.
pub(in crate::translate) fn long_arrow(value: &Typed, path: &Typed) -> Result<Typed, Unsupported> {
    Ok(of_json(&walk(document(value)?, &short_path(path)?)?))
}

/// Returns the expression that a JSON function reads as a document, as `json`.
pub(in crate::translate) fn document(value: &Typed) -> Result<Typed, Unsupported> {
    match value.ty {
        Type::Json => Ok(value.clone()),
        Type::Text => Ok(value.derive("({0})::json", Type::Json)),
        Type::Dynamic => Ok(value.as_text()?.derive("({0})::json", Type::Json)),
        Type::Null => Ok(Typed::new(Sql::raw("null::json"), Type::Json)),
        Type::Jsonb => Err(Unsupported::new(
            "a part of a jsonb column, which has lost the order of its keys and the form of its \
             numbers; a json column keeps both",
        )),
        Type::Boolean
        | Type::Condition
        | Type::Integer
        | Type::BigInt
        | Type::Double
        | Type::Numeric
        | Type::Bytea
        | Type::Date
        | Type::Time
        | Type::Timestamp
        | Type::TimestampTz
        | Type::Uuid => {
            Err(Unsupported::new(format!("a value of type {} as a document", value.ty.name())))
        }
    }
}

/// Returns the part that a path names, as `json`.
pub(in crate::translate) fn extract(value: &Typed, path: &Typed) -> Result<Typed, Unsupported> {
    let Some(text) = path.literal_text() else {
        return Err(Unsupported::new("a JSON path that is not a literal"));
    };
    walk(document(value)?, &steps(text)?)
}

/// Returns a value as text inside a JSON document; JSON's own functions hand over JSON.
pub(super) fn embedded(value: &Typed) -> Result<Typed, Unsupported> {
    if value.is_json {
        return Ok(value.derive("coalesce({0}, 'null')", Type::Text));
    }
    match value.ty {
        Type::Null => Typed::text("null"),
        Type::Boolean | Type::Condition | Type::Integer | Type::BigInt => {
            Ok(value.as_text()?.derive("coalesce({0}, 'null')", Type::Text))
        }
        Type::Text if crate::translate::expression::holds_numbers(value) => {
            Err(Unsupported::new("JSON of a column that holds texts and numbers"))
        }
        Type::Text | Type::Json | Type::Date => Ok(value
            .as_text()?
            .derive("coalesce(to_json(({0})::text)::text, 'null')", Type::Text)
            .stable()),
        Type::Dynamic => Ok(value.derive("coalesce(({0})::text, 'null')", Type::Text)),
        Type::Double
        | Type::Numeric
        | Type::Bytea
        | Type::Time
        | Type::Timestamp
        | Type::TimestampTz
        | Type::Jsonb
        | Type::Uuid => {
            Err(Unsupported::new(format!("JSON of a value of type {}", value.ty.name())))
        }
    }
}

/// Returns a key of an object as JSON text.
pub(super) fn label(value: &Typed) -> Result<Typed, Unsupported> {
    match &value.constant {
        Some(Constant::Text(text)) => serde_json::to_string(text)
            .map_err(|_| Unsupported::new("a key that cannot be written as JSON"))
            .and_then(|quoted| Typed::text(&quoted)),
        Some(Constant::Integer(_) | Constant::Real(_) | Constant::Blob(_) | Constant::Truth(_)) => {
            Err(Unsupported::new("a key of an object that is not a text, which SQLite refuses"))
        }
        None if value.ty == Type::Text && !crate::translate::expression::holds_numbers(value) => {
            Ok(value.derive("to_json(({0})::text)::text", Type::Text).stable())
        }
        None => Err(Unsupported::new(format!("a key of type {}", value.ty.name()))),
    }
}

/// Marks text as JSON.
fn marked(value: Typed) -> Typed {
    Typed { is_json: true, ..value }
}

fn walk(mut json: Typed, steps: &[Step]) -> Result<Typed, Unsupported> {
    for step in steps {
        let immutable = json.immutable;
        if json.repeated_keys && matches!(step, Step::Key(_)) {
            return Err(Unsupported::new(
                "a key of documents in which an object has a key twice: SQLite takes the first, \
                 PostgreSQL the last",
            ));
        }
        let repeated_keys = json.repeated_keys;
        let operand = match step {
            Step::Key(key) => Sql::new().literal(key),
            // In parentheses, since a minus would stick to the arrow.
            Step::Index(index) => Sql::raw("(").int(*index).push(")"),
        };
        json = Typed::new(fill("({0} -> {1})", &[&json.sql, &operand]), Type::Json);
        json.immutable = immutable;
        json.repeated_keys = repeated_keys;
    }
    Ok(json)
}

fn length(json: &Typed) -> Typed {
    let mut made = json.derive(
        "(case json_typeof({0}) when 'array' then json_array_length({0}) \
         else case when {0} is not null then 0 end end)",
        Type::Integer,
    );
    made.not_negative = true;
    made
}

pub(super) fn class(json: &Typed) -> Typed {
    json.derive(
        "(case json_typeof({0}) when 'boolean' then ({0})::text \
         when 'number' then case when ({0})::text ~ '[.eE]' then 'real' else 'integer' end \
         when 'string' then 'text' else json_typeof({0}) end)",
        Type::Text,
    )
}

/// A `json` column holds nothing that is not valid.
fn valid(value: &Typed) -> Result<Typed, Unsupported> {
    if !matches!(value.ty, Type::Json | Type::Jsonb) {
        return Err(Unsupported::new("json_valid() of a column that is not json; it is new in 16"));
    }
    let mut made = value.derive("(case when {0} is not null then true end)", Type::Condition);
    made.never_false = true;
    Ok(made)
}

fn extract_all(value: &Typed, paths: &[Typed]) -> Result<Typed, Unsupported> {
    let mut parts = Vec::new();
    for path in paths {
        let part = compact(&extract(value, path)?);
        parts.push(part.derive("coalesce({0}, 'null')", Type::Text));
    }
    let list = joined("'['", &parts, "']'");
    let mut made =
        Typed::made("(case when {0} is not null then {1} end)", &[value, &list], Type::Text);
    made.is_json = true;
    Ok(made)
}

fn array(values: &[Typed]) -> Result<Typed, Unsupported> {
    let parts: Result<Vec<Typed>, _> = values.iter().map(embedded).collect();
    Ok(joined("'['", &parts?, "']'"))
}

fn object(pairs: &[Typed]) -> Result<Typed, Unsupported> {
    let mut parts = Vec::new();
    for pair in pairs.chunks(2) {
        let [key, value] = pair else { continue };
        let (key, value) = (label(key)?, embedded(value)?);
        parts.push(Typed::made("{0} || ':' || {1}", &[&key, &value], Type::Text));
    }
    Ok(joined("'{'", &parts, "'}'"))
}

/// Joins texts by commas between two brackets.
fn joined(open: &'static str, parts: &[Typed], close: &'static str) -> Typed {
    let mut sql = Sql::raw("(").push(open);
    for (index, part) in parts.iter().enumerate() {
        sql = sql.push(if index == 0 { " || " } else { " || ',' || " }).sql(&part.sql);
    }
    let mut made = Typed::new(sql.push(" || ").push(close).push(")"), Type::Text);
    made.immutable = parts.iter().all(|part| part.immutable);
    made
}

/// A path after an arrow: a whole path, a key, or a position.
fn short_path(path: &Typed) -> Result<Vec<Step>, Unsupported> {
    if let Some(index) = path.literal_integer() {
        return Ok(vec![Step::Index(index)]);
    }
    match path.literal_text() {
        Some(text) if text.starts_with('$') => steps(text),
        Some(text) if text.starts_with('[') || text.starts_with('"') => {
            Err(Unsupported::new("a JSON path in a short form"))
        }
        Some(text) => Ok(vec![Step::Key(text.to_owned())]),
        None => Err(Unsupported::new("a JSON path that is not a literal")),
    }
}

/// Reads `$.key."other key"[0][#-1]`.
fn steps(path: &str) -> Result<Vec<Step>, Unsupported> {
    let refuse = || Unsupported::new(format!("the JSON path `{path}`"));
    let mut rest = path.strip_prefix('$').ok_or_else(refuse)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']').ok_or_else(refuse)?;
            let (sign, digits) = match index.strip_prefix("#-") {
                Some(digits) => (-1, digits),
                None => (1, index),
            };
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            let number: i32 = if plain {
                digits.parse().map_err(|_| refuse())?
            } else {
                return Err(refuse());
            };
            // `[#-0]` is one past the end.
            if sign < 0 && number == 0 {
                return Err(refuse());
            }
            steps.push(Step::Index(i64::from(number) * sign));
            rest = after;
        } else if let Some(inner) = rest.strip_prefix(".\"") {
            let (key, after) = inner.split_once('"').ok_or_else(refuse)?;
            if key.contains('\\') {
                return Err(refuse());
            }
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        } else if let Some(inner) = rest.strip_prefix('.') {
            let end = inner.find(['.', '[']).unwrap_or(inner.len());
            let (key, after) = inner.split_at_checked(end).ok_or_else(refuse)?;
            if key.is_empty() || key.contains(['"', '\\']) {
                return Err(refuse());
            }
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        } else {
            return Err(refuse());
        }
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_keys_and_positions() {
        let key = |text: &str| Step::Key(text.to_owned());
        assert_eq!(steps("$").unwrap(), []);
        assert_eq!(steps("$.a.b[2]").unwrap(), [key("a"), key("b"), Step::Index(2)]);
        assert_eq!(steps("$.\"a b\"[#-1]").unwrap(), [key("a b"), Step::Index(-1)]);
    }

    #[test]
    fn a_path_that_sqlite_would_read_in_its_own_way_is_refused() {
        for path in ["a", "$.", "$[#]", "$[#-0]", "$[-1]", "$.a\"b", "$x", "$[1"] {
            assert!(steps(path).is_err(), "{path}");
        }
    }
}
