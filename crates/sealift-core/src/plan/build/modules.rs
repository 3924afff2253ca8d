//! Virtual tables: full-text search and R*Trees become ordinary tables with an index of PostgreSQL's.

use super::Builder;
use crate::ast::Direction;
use crate::mapping::PgType;
use crate::name::{Ident, NameSpace};
use crate::plan::Finding;
use crate::schema::source;
use crate::schema::source::{Configuration, Contents, IndexOver, Module, VirtualTable, Words};
use crate::schema::target::{self, IndexMethod};
use crate::sql::Sql;
use crate::sqlite::writes_only_into;

/// How many characters of a row are searched. A `tsvector` has at most 1 MiB less one byte (manual,
/// section 12.11), and a longer one is an error. Of texts made to need the most room (words of one
/// letter of four bytes, joined by hyphens) so many characters need 983 KB: each word has up to four
/// bytes besides its own, and a word with a hyphen is there as a whole and in its parts.
const SEARCHED_CHARACTERS: i64 = 131_072;

/// The code of what is said about a full-text table or index.
const FULL_TEXT: &str = "full-text-search";

/// What an index over another table would stand on.
enum Foundation {
    /// A table that is carried, with all of the columns.
    Stands,
    /// A table without one of the columns.
    LacksColumns,
    /// A view.
    IsView,
    /// Nothing that is carried.
    NotTaken,
}

/// A column whose words are found.
struct Searched {
    name: Ident,
    data_type: PgType,
    longest: u64,
}

impl Builder<'_> {
    /// Gives a virtual table's rows what the module did with them.
    pub(super) fn module(
        &mut self,
        position: usize,
        target: &mut target::Table,
        names: &mut NameSpace,
    ) {
        let Some(table) = self.facts.schema.tables.get(position) else { return };
        match &table.module {
            None => {}
            Some(Module::FullText { words, indexed }) => {
                self.full_text(position, table, (words, indexed), target);
            }
            Some(Module::RTree { dimensions }) => {
                self.rtree(table, *dimensions, target, names);
            }
        }
    }

    fn full_text(
        &mut self,
        position: usize,
        table: &source::Table,
        (words, indexed): (&Words, &[usize]),
        target: &mut target::Table,
    ) {
        let searched: Vec<Searched> =
            indexed.iter().filter_map(|column| self.searched(position, *column)).collect();
        self.long_documents(&format!("table {}", table.name), &searched);
        let mut taken = NameSpace::new();
        for column in &target.columns {
            taken.reserve(column.name.as_str());
        }
        let vector = taken.claim("fts_vector");
        let key = Sql::new().ident(&vector);
        let name = self.names.relation(&format!("{}_{vector}_idx", target.name));
        target.indexes.push(index(name, IndexMethod::Gin, vec![key]));
        target.derived.push(target::Derived {
            name: vector.clone(),
            data_type: Sql::raw("tsvector"),
            value: document(words.configuration, &searched),
        });
        let configuration = words.configuration.name();
        let rowid = target.columns.last().map_or("rowid", |column| column.name.as_str());
        let message = format!(
            "becomes an ordinary table with a column {vector} of its words and a GIN index on it; its rowid is the column {rowid}{}",
            differences(words)
        );
        let hint = format!(
            "instead of MATCH: where {vector} @@ websearch_to_tsquery('{configuration}', …); ts_rank({vector}, …) for bm25 and rank, ts_headline('{configuration}', …) for snippet and highlight"
        );
        self.findings
            .push(Finding::note(FULL_TEXT, format!("table {}", table.name), message).hinted(hint));
    }

    /// Returns a column as something to search in; a finding where its cells are no texts.
    fn searched(&mut self, table: usize, column: usize) -> Option<Searched> {
        let name = self.names.column(table, column)?.clone();
        let data_type = self.column_type(table, column)?.data_type;
        let longest = self.census(table, column).text.longest_chars;
        if is_searchable(data_type) {
            return Some(Searched { name, data_type, longest });
        }
        let object = self.object(table, column);
        self.findings.push(
            Finding::warning(
                "column-not-searchable",
                object.clone(),
                format!("arrives whole, but its words are not found: it becomes {data_type}"),
            )
            .hinted(format!(
                "mend those cells in SQLite, or make it text: --cast '{object}=text …'"
            )),
        );
        None
    }

    fn long_documents(&mut self, object: &str, searched: &[Searched]) {
        let between = u64::try_from(searched.len().saturating_sub(1)).unwrap_or(u64::MAX);
        let longest = searched.iter().map(|column| column.longest).sum::<u64>() + between;
        if longest > SEARCHED_CHARACTERS.unsigned_abs() {
            self.findings.push(Finding::warning(
                "search-in-beginning-only",
                object,
                format!(
                    "its texts arrive whole, but only the first {SEARCHED_CHARACTERS} characters of a row are searched, and a row may have {longest}: PostgreSQL keeps at most 1 MB of words for a row"
                ),
            ));
        }
    }

    /// Adds an index for each full-text table that finds the rows of this one. The table itself stays
    /// as it is: a column more would be seen by `insert into t values (…)` and `select *`.
    pub(super) fn full_text_indexes(&mut self, position: usize, target: &mut target::Table) {
        let schema = self.facts.schema;
        let Some(table) = schema.tables.get(position) else { return };
        for (it, over) in indexes_over(schema) {
            if over.table.eq_ignore_ascii_case(&table.name) && self.options.takes(&it.name) {
                self.full_text_index(position, table, (it, over), target);
            }
        }
    }

    fn full_text_index(
        &mut self,
        position: usize,
        table: &source::Table,
        (it, over): (&VirtualTable, &IndexOver),
        target: &mut target::Table,
    ) {
        let Some(columns) = columns_of(table, over) else { return };
        let object = format!("table {}", it.name);
        let searched: Vec<Searched> =
            columns.iter().filter_map(|column| self.searched(position, *column)).collect();
        self.long_documents(&object, &searched);
        let words = document(over.words.configuration, &searched);
        let name = self.names.relation(&it.name);
        let configuration = over.words.configuration.name();
        let message = format!(
            "becomes an index on table {} by an expression, which changes nothing about that table{}",
            over.table,
            differences(&over.words)
        );
        let hint = format!(
            "instead of MATCH: select … from {} where {} @@ websearch_to_tsquery('{configuration}', …)",
            target.name,
            words.as_str()
        );
        let key = Sql::raw("(").sql(&words).push(")");
        target.indexes.push(index(name, IndexMethod::Gin, vec![key]));
        self.findings.push(Finding::note(FULL_TEXT, object, message).hinted(hint));
    }

    /// An R*Tree finds boxes: by PostgreSQL's own type in two dimensions, else by a range for each.
    fn rtree(
        &mut self,
        table: &source::Table,
        dimensions: usize,
        target: &mut target::Table,
        names: &mut NameSpace,
    ) {
        let ends: Vec<(target::Column, target::Column)> = (0..dimensions)
            .filter_map(|dimension| {
                let least = target.columns.get(1 + 2 * dimension)?;
                let most = target.columns.get(2 + 2 * dimension)?;
                Some((least.clone(), most.clone()))
            })
            .collect();
        // As the module does, which refuses such rows.
        for (least, most) in &ends {
            let (least, most) = (&least.name, &most.name);
            let wanted = format!("{}_{least}_{most}_check", target.name);
            let condition = Sql::new().ident(least).push(" <= ").ident(most);
            let name = names.claim(&wanted);
            target.checks.push(target::Check { name, condition, validated: true });
        }
        let keys = match ends.as_slice() {
            [x, y] => vec![square(x, y)],
            ends => ends.iter().map(range).collect(),
        };
        let query = match keys.as_slice() {
            [one] if dimensions == 2 => format!("{} && box(point(…), point(…))", one.as_str()),
            keys => {
                let parts: Vec<String> =
                    keys.iter().map(|key| format!("{} && …", key.as_str())).collect();
                parts.join(" and ")
            }
        };
        let name = self.names.relation(&format!("{}_box_idx", target.name));
        let keys = keys.into_iter().map(|key| Sql::raw("(").sql(&key).push(")")).collect();
        target.indexes.push(index(name, IndexMethod::Gist, keys));
        let message = "becomes an ordinary table with a GiST index; queries that compare its columns answer as before, without that index";
        self.findings.push(
            Finding::note("rtree-search", format!("table {}", table.name), message)
                .hinted(format!("to use the index: where {query}")),
        );
    }

    /// Names every virtual table that no table or index of the plan stands for.
    pub(super) fn virtual_tables(&mut self) {
        let schema = self.facts.schema;
        for it in schema.virtual_tables.iter().filter(|it| self.options.takes(&it.name)) {
            let rows = it.own_rows.unwrap_or_default();
            let finding = match &it.contents {
                Contents::Rows => continue,
                Contents::IndexOver(over) => {
                    let why = match self.foundation(over) {
                        Foundation::Stands => continue,
                        Foundation::LacksColumns => {
                            format!("finds rows by columns that table {} does not have", over.table)
                        }
                        Foundation::IsView => {
                            format!("finds the rows of view {}, and a view has no index", over.table)
                        }
                        Foundation::NotTaken => {
                            format!("finds the rows of {}, which is not carried", over.table)
                        }
                    };
                    left(it, why).hinted(
                        "make an index on the table that holds the texts: create index … using gin (to_tsvector('simple', …))",
                    )
                }
                Contents::None => left(
                    it,
                    "finds rows by words that it does not keep (content=''): there is nothing to carry",
                )
                .rows(rows, Vec::new())
                .hinted("fill it again from where its texts came from, in a table with a tsvector column"),
                Contents::Compressed => Finding::error(
                    "content-compressed",
                    format!("table {}", it.name),
                    "keeps its texts compressed by functions that only the application has",
                )
                .rows(rows, Vec::new())
                .hinted(format!(
                    "fill a table without compress= in a copy of the file, or leave it out with --exclude {}",
                    it.name
                )),
                Contents::Unknown if rows > 0 => left(
                    it,
                    format!("keeps rows of its own in the format of module {}; they stay in SQLite", it.module),
                )
                .rows(rows, Vec::new())
                .hinted(format!(
                    "where the application cannot fill it again: create table copy_of as select * from \"{}\" in SQLite first",
                    it.name.replace('"', "\"\"")
                )),
                Contents::Unknown => left(
                    it,
                    format!("is made by module {}; what it shows comes from elsewhere and is not carried", it.module),
                ),
            };
            self.findings.push(finding);
        }
    }

    /// Returns whether a trigger does nothing but feed a full-text index over another table, which
    /// PostgreSQL keeps by itself.
    pub(super) fn only_feeds_an_index(&self, trigger: &source::Trigger) -> bool {
        writes_only_into(&trigger.sql, |name| {
            let over = self.facts.schema.index_over(name).filter(|_| self.options.takes(name));
            over.is_some_and(|over| matches!(self.foundation(over), Foundation::Stands))
        })
    }

    /// Returns what an index over another table would stand on.
    fn foundation(&self, over: &IndexOver) -> Foundation {
        let is_it = |name: &str| name.eq_ignore_ascii_case(&over.table);
        let taken = self.taken();
        match taken.iter().find(|(_, table)| is_it(&table.name)) {
            Some((_, table)) if columns_of(table, over).is_some() => Foundation::Stands,
            Some(_) => Foundation::LacksColumns,
            None if self.facts.schema.views.iter().any(|view| is_it(&view.name)) => {
                Foundation::IsView
            }
            None => Foundation::NotTaken,
        }
    }
}

/// Returns the note about a trigger that is not needed any more.
pub(super) fn unnecessary(trigger: &source::Trigger) -> Finding {
    Finding::note(
        "trigger-unnecessary",
        format!("trigger {}", trigger.name),
        format!(
            "only keeps a full-text index as table {} is, which PostgreSQL does by itself",
            trigger.table
        ),
    )
}

/// Returns the positions of the columns whose words an index finds.
fn columns_of(table: &source::Table, over: &IndexOver) -> Option<Vec<usize>> {
    if over.columns.is_empty() {
        return Some((0..table.columns.len()).collect());
    }
    over.columns.iter().map(|name| table.position(name)).collect()
}

fn indexes_over(schema: &source::Schema) -> Vec<(&VirtualTable, &IndexOver)> {
    let indexes = schema.virtual_tables.iter().filter_map(|it| match &it.contents {
        Contents::IndexOver(over) => Some((it, over)),
        Contents::Rows | Contents::None | Contents::Compressed | Contents::Unknown => None,
    });
    indexes.collect()
}

fn left(it: &VirtualTable, why: impl Into<String>) -> Finding {
    Finding::warning("virtual-table-not-carried", format!("table {}", it.name), why)
}

fn index(name: Ident, method: IndexMethod, keys: Vec<Sql>) -> target::Index {
    let key = |expression| target::IndexKey { expression, direction: Direction::Ascending };
    target::Index {
        name,
        unique: false,
        method,
        keys: keys.into_iter().map(key).collect(),
        filter: None,
    }
}

/// Says in what the tokenizer differs from the configuration that comes nearest.
fn differences(words: &Words) -> String {
    let name = words.tokenizer.split_ascii_whitespace().next().unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "simple" | "ascii" => String::new(),
        "unicode61" => "; é is not found as e, and words with dots or @ stay whole".to_owned(),
        "porter" => "; English stems, and stop words such as `the` are not found".to_owned(),
        "trigram" => {
            "; only whole words are found, for parts of words make an index with pg_trgm".to_owned()
        }
        _ => format!("; words are taken as PostgreSQL does, not as tokenizer {name}"),
    }
}

/// Returns whether the words of a type's values can be indexed: its text must not depend on settings.
fn is_searchable(data_type: PgType) -> bool {
    match data_type {
        PgType::Boolean
        | PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Double
        | PgType::Numeric(_)
        | PgType::Text
        | PgType::Varchar(_)
        | PgType::Json
        | PgType::Jsonb
        | PgType::Uuid => true,
        PgType::Bytea | PgType::Date | PgType::Time | PgType::Timestamp | PgType::TimestampTz => {
            false
        }
    }
}

/// Returns the words of a row as a `tsvector`, of no more than its first characters: the text of each
/// column is cut before they are put together, which could need too much memory, and the whole again.
fn document(configuration: Configuration, searched: &[Searched]) -> Sql {
    let cut =
        |text: Sql| Sql::raw("left(").sql(&text).push(", ").int(SEARCHED_CHARACTERS).push(")");
    let mut texts = searched.iter().map(|column| {
        let name = Sql::raw("coalesce(").ident(&column.name);
        let text = if column.data_type.is_text() { name } else { name.push("::text") };
        cut(text.push(", '')"))
    });
    let text = match (texts.next(), texts.next()) {
        (None, _) => Sql::raw("''"),
        (Some(only), None) => only,
        (Some(first), Some(second)) => {
            cut(Sql::new().join([first, second].into_iter().chain(texts), " || ' ' || "))
        }
    };
    Sql::raw("to_tsvector(").literal(configuration.name()).push(", ").sql(&text).push(")")
}

/// Returns two dimensions as a box, whose corners are doubles.
fn square(x: &(target::Column, target::Column), y: &(target::Column, target::Column)) -> Sql {
    Sql::raw("box(point(")
        .ident(&x.0.name)
        .push(", ")
        .ident(&y.0.name)
        .push("), point(")
        .ident(&x.1.name)
        .push(", ")
        .ident(&y.1.name)
        .push("))")
}

/// Returns one dimension as a range. PostgreSQL has none of doubles; a range of 32-bit numbers that ends
/// with the greatest would overflow.
fn range((least, most): &(target::Column, target::Column)) -> Sql {
    let (head, kind) = if least.data_type.is_integer() && most.data_type.is_integer() {
        ("int8range(", "::bigint")
    } else {
        ("numrange(", "::numeric")
    };
    Sql::raw(head)
        .ident(&least.name)
        .push(kind)
        .push(", ")
        .ident(&most.name)
        .push(kind)
        .push(", '[]')")
}
