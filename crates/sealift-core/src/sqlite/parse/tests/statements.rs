use super::*;

fn columns(sql: &str) -> Vec<ColumnDefinition> {
    table(&format!("CREATE TABLE t({sql})")).columns
}

fn one(sql: &str) -> ColumnDefinition {
    columns(sql).remove(0)
}

fn default(sql: &str) -> Expr {
    one(&format!("a DEFAULT {sql}")).default.unwrap()
}

#[test]
fn a_table_keeps_its_options() {
    let table = table("create temp table if not exists main.\"a b\"(x) strict , without  rowid");
    assert_eq!(table.name, Name { text: "a b".to_owned(), quote: Quote::Double });
    assert!(table.strict && table.without_rowid);
}

#[test]
fn declared_types_stay_as_written() {
    let types: Vec<_> = columns("a, b DECIMAL(10, 5), c \"my type\", d UNSIGNED BIG INT NOT NULL")
        .into_iter()
        .map(|column| column.declared_type)
        .collect();
    let expected = [None, Some("DECIMAL(10, 5)"), Some("\"my type\""), Some("UNSIGNED BIG INT")];
    assert_eq!(types, expected.map(|text| text.map(str::to_owned)));
}

#[test]
fn defaults_are_values() {
    assert_eq!(default("7"), integer(7));
    assert_eq!(default("-9223372036854775808"), integer(i64::MIN));
    assert_eq!(default("-7"), Expr::Unary { op: UnaryOp::Minus, operand: Box::new(integer(7)) });
    assert_eq!(
        default("+2.5"),
        Expr::Unary {
            op: UnaryOp::Plus,
            operand: Box::new(Expr::Literal(Literal::Real("2.5".to_owned())))
        }
    );
    assert_eq!(default("'it''s'"), text("it's"));
    assert_eq!(default("NULL"), Expr::Literal(Literal::Null));
    assert_eq!(default("current_timestamp"), Expr::Literal(Literal::CurrentTimestamp));
    assert_eq!(default("(datetime('now'))"), expression("datetime('now')"));
    assert_eq!(default("((1))"), integer(1));
}

#[test]
fn a_name_as_default_is_its_text_and_a_bare_true_the_boolean() {
    assert_eq!(default("word"), text("word"));
    assert_eq!(default("\"a \"\"b\"\"\""), text("a \"b\""));
    assert_eq!(default("\"\""), text(""));
    assert_eq!(default("[br]"), text("br"));
    assert_eq!(default("`tick`"), text("tick"));
    assert_eq!(default("('x' || \"y\")"), expression("'x' || 'y'"));
    assert_eq!(default("True"), Expr::Literal(Literal::True));
    assert_eq!(default("(false)"), Expr::Literal(Literal::False));
    assert_eq!(default("\"true\""), text("true"));
}

#[test]
fn column_constraints_are_all_kept() {
    let column = one("a INTEGER CONSTRAINT pk PRIMARY KEY DESC ON CONFLICT REPLACE AUTOINCREMENT \
         NOT NULL ON CONFLICT FAIL CONSTRAINT u UNIQUE COLLATE NOCASE DEFAULT 1 DEFAULT 2");
    assert_eq!(column.primary_key, Some(Direction::Descending));
    assert_eq!(column.primary_key_name, Some(name("pk")));
    assert!(column.autoincrement && column.not_null && column.unique);
    assert_eq!(column.on_conflict, Some(ConflictAction::Replace));
    assert_eq!(column.unique_name, Some(name("u")));
    assert_eq!(column.collation, Some(name("NOCASE")));
    assert_eq!(column.default, Some(integer(2)));
}

#[test]
fn a_conflict_clause_is_seen_behind_one_that_says_the_usual() {
    let conflict = |sql: &str| one(sql).on_conflict;
    let mixed = "a NOT NULL ON CONFLICT ABORT UNIQUE ON CONFLICT IGNORE";
    assert_eq!(conflict(mixed), Some(ConflictAction::Ignore));
    assert_eq!(conflict("a UNIQUE ON CONFLICT ABORT"), Some(ConflictAction::Abort));
    assert_eq!(conflict("a NULL ON CONFLICT REPLACE"), None);
}

#[test]
fn checks_keep_name_tree_and_text() {
    let column = one("a CONSTRAINT positive CHECK ( a > /* why */ 0 ) CHECK ((a))");
    assert_eq!(column.checks[0].name, Some(name("positive")));
    assert_eq!(column.checks[0].text, "a > /* why */ 0");
    assert_eq!(column.checks[0].expr, expression("a > 0"));
    assert_eq!(column.checks[1].name, None);
    assert_eq!(column.checks[1].text, "(a)");
}

#[test]
fn generated_columns_keep_their_value_and_storage() {
    let columns = columns(
        "a, b INT GENERATED ALWAYS AS ( a + 1 ) STORED, c AS (a||'x'), d INT AS (1) VIRTUAL",
    );
    let generated = columns[1].generated.clone().unwrap();
    assert_eq!((generated.text.as_str(), generated.stored), ("a + 1", true));
    assert_eq!(generated.expr, expression("a + 1"));
    assert_eq!(columns[1].declared_type.as_deref(), Some("INT"));
    assert!(!columns[2].generated.clone().unwrap().stored);
    assert_eq!(columns[2].declared_type, None);
    assert!(!columns[3].generated.clone().unwrap().stored);
}

#[test]
fn foreign_keys_keep_actions_and_deferrability() {
    let columns = columns(
        "a CONSTRAINT f REFERENCES p(\"x\") ON DELETE CASCADE ON UPDATE SET NULL MATCH FULL \
         DEFERRABLE INITIALLY DEFERRED, b REFERENCES q, c REFERENCES q NOT DEFERRABLE INITIALLY \
         DEFERRED, d REFERENCES q DEFERRABLE INITIALLY IMMEDIATE, e REFERENCES q ON DELETE \
         RESTRICT ON UPDATE SET DEFAULT NOT NULL DEFERRABLE",
    );
    let key = |index: usize| &columns[index].references[0];
    assert_eq!(key(0).name, Some(name("f")));
    assert_eq!(key(0).parent, name("p"));
    let x = Name { text: "x".to_owned(), quote: Quote::Double };
    assert_eq!(key(0).parent_columns, [x]);
    assert_eq!(key(0).on_delete, ForeignKeyAction::Cascade);
    assert_eq!(key(0).on_update, ForeignKeyAction::SetNull);
    assert_eq!(key(0).deferrability, Deferrability::InitiallyDeferred);
    assert!(key(1).parent_columns.is_empty());
    assert_eq!(key(1).on_delete, ForeignKeyAction::NoAction);
    assert_eq!(key(1).deferrability, Deferrability::Immediate);
    assert_eq!(key(2).deferrability, Deferrability::Immediate);
    assert_eq!(key(3).deferrability, Deferrability::Deferrable);
    assert_eq!(key(4).on_delete, ForeignKeyAction::Restrict);
    assert_eq!(key(4).on_update, ForeignKeyAction::SetDefault);
    assert_eq!(key(4).deferrability, Deferrability::Deferrable);
}

#[test]
fn a_lone_deferrable_is_the_latest_foreign_keys() {
    let columns = columns("a REFERENCES p, b INT DEFERRABLE INITIALLY DEFERRED, c REFERENCES p");
    assert_eq!(columns[0].references[0].deferrability, Deferrability::InitiallyDeferred);
    assert_eq!(columns[2].references[0].deferrability, Deferrability::Immediate);
}

#[test]
fn table_constraints_keep_order_names_and_columns() {
    let table = table(
        "CREATE TABLE t(a, b, CONSTRAINT k PRIMARY KEY (a DESC, 'b' COLLATE NOCASE) ON CONFLICT \
         IGNORE, UNIQUE (b) CONSTRAINT c CHECK (a < b) FOREIGN KEY (a, [b]) REFERENCES p(x, y) \
         DEFERRABLE)",
    );
    let TableConstraint::PrimaryKey { name: key_name, columns, autoincrement, on_conflict } =
        &table.constraints[0]
    else {
        panic!("no primary key");
    };
    assert_eq!(*key_name, Some(name("k")));
    assert_eq!(columns[0].direction, Direction::Descending);
    assert_eq!(columns[1].expr, quoted("b", Quote::Single));
    assert_eq!(columns[1].collation, Some(name("NOCASE")));
    assert!(!autoincrement);
    assert_eq!(*on_conflict, Some(ConflictAction::Ignore));
    let TableConstraint::Unique { name: unique_name, columns, .. } = &table.constraints[1] else {
        panic!("no UNIQUE");
    };
    assert_eq!((unique_name, &columns[0].expr), (&None, &column("b")));
    let TableConstraint::Check(check) = &table.constraints[2] else { panic!("no CHECK") };
    assert_eq!((check.name.clone(), check.text.as_str()), (Some(name("c")), "a < b"));
    let TableConstraint::ForeignKey { columns, clause } = &table.constraints[3] else {
        panic!("no foreign key");
    };
    assert_eq!(columns[1], Name { text: "b".to_owned(), quote: Quote::Bracket });
    assert_eq!(clause.parent_columns, [name("x"), name("y")]);
    assert_eq!(clause.deferrability, Deferrability::Deferrable);
}

#[test]
fn autoincrement_on_the_table_level_is_kept() {
    let table = table("CREATE TABLE t(id INTEGER, PRIMARY KEY (id AUTOINCREMENT))");
    assert!(matches!(
        table.constraints[0],
        TableConstraint::PrimaryKey { autoincrement: true, .. }
    ));
}

#[test]
fn create_table_as_is_refused() {
    assert!(parse_create_table("CREATE TABLE t AS SELECT 1").is_err());
}

#[test]
fn an_index_keeps_columns_expressions_and_filter() {
    let index = parse_create_index(
        "CREATE UNIQUE INDEX IF NOT EXISTS \"i x\" ON t('a', lower(b) DESC, \
         (c COLLATE \"rtrim\") COLLATE NOCASE, d COLLATE BINARY) WHERE e IS NOT NULL",
    )
    .unwrap();
    assert_eq!(index.name, Name { text: "i x".to_owned(), quote: Quote::Double });
    assert_eq!(index.table, name("t"));
    assert!(index.unique);
    assert_eq!(index.columns[0].expr, quoted("a", Quote::Single));
    assert_eq!(index.columns[1].expr, expression("lower(b)"));
    assert_eq!(index.columns[1].direction, Direction::Descending);
    assert_eq!(index.columns[2].expr, column("c"));
    assert_eq!(index.columns[2].collation, Some(name("NOCASE")));
    assert_eq!(index.columns[3].collation, Some(name("BINARY")));
    assert_eq!(index.columns[1].text, "lower(b)");
    assert_eq!(index.filter, Some(expression("e NOTNULL")));
    assert_eq!(index.filter_text.as_deref(), Some("e IS NOT NULL"));
}

#[test]
fn a_view_keeps_names_and_query() {
    let view = parse_create_view("CREATE VIEW v(a, 'b c') AS SELECT 1, 2").unwrap();
    assert_eq!(view.name, name("v"));
    assert_eq!(view.columns[1], Name { text: "b c".to_owned(), quote: Quote::Single });
    assert_eq!(view.select, parse_select("SELECT 1, 2").unwrap());
}

#[test]
fn a_trigger_keeps_its_head() {
    let trigger = parse_create_trigger(
        "CREATE TRIGGER tr AFTER UPDATE OF a, \"b\" ON main.t FOR EACH ROW WHEN new.a > old.a \
         BEGIN UPDATE t SET a = 1; SELECT RAISE(ABORT, 'no'); END",
    )
    .unwrap();
    assert_eq!(trigger.name, name("tr"));
    assert_eq!(trigger.timing, TriggerTiming::After);
    let b = Name { text: "b".to_owned(), quote: Quote::Double };
    assert_eq!(trigger.event, TriggerEvent::Update(vec![name("a"), b]));
    assert_eq!(trigger.table, name("t"));
    assert_eq!(trigger.condition, Some(expression("new.a > old.a")));
    let plain = parse_create_trigger("CREATE TRIGGER x DELETE ON t BEGIN SELECT 1; END").unwrap();
    assert_eq!(plain.timing, TriggerTiming::Before);
    assert_eq!((plain.event, plain.condition), (TriggerEvent::Delete, None));
    let view = parse_create_trigger("CREATE TRIGGER x INSTEAD OF INSERT ON v BEGIN SELECT 1; END")
        .unwrap();
    assert_eq!((view.timing, view.event), (TriggerTiming::InsteadOf, TriggerEvent::Insert));
}

#[test]
fn a_virtual_table_keeps_its_arguments_as_text() {
    let table =
        parse_create_virtual_table("CREATE VIRTUAL TABLE ft USING \"fts5\"(a, tokenize = 'x y')")
            .unwrap();
    assert_eq!(table.module, "fts5");
    assert_eq!(table.arguments, "a, tokenize = 'x y'");
    assert_eq!(parse_create_virtual_table("CREATE VIRTUAL TABLE d USING m").unwrap().arguments, "");
}

#[test]
fn raise_is_read_wherever_it_stands() {
    let raise = expression("RAISE(FAIL, 'no ' || x)");
    let Expr::Raise { action, message } = raise else { panic!("no RAISE") };
    assert_eq!(action, RaiseAction::Fail);
    assert_eq!(message, Some(Box::new(expression("'no ' || x"))));
    assert_eq!(
        expression("RAISE(IGNORE)"),
        Expr::Raise { action: RaiseAction::Ignore, message: None }
    );
}

#[test]
fn another_statement_or_two_are_refused() {
    assert!(parse_create_table("CREATE VIEW v AS SELECT 1").is_err());
    assert!(parse_create_table("CREATE TABLE a(x); CREATE TABLE b(y)").is_err());
    assert!(parse_create_table("").is_err());
    assert!(parse_create_table("-- nothing").is_err());
    assert!(parse_create_table("CREATE TABLE a(x);;").is_ok());
    assert!(parse_create_table("CREATE TABLE a(x) /* open").is_ok());
}

#[test]
fn a_trigger_keeps_its_statements() {
    let trigger = parse_create_trigger(
        "CREATE TRIGGER tr INSERT ON t BEGIN \
         REPLACE INTO u(a, [b c]) VALUES (1, new.x); \
         INSERT OR IGNORE INTO u SELECT * FROM v WHERE 1 ON CONFLICT (a) WHERE b DO UPDATE SET (a, b) = (1, 2), c = 3 WHERE d; \
         UPDATE OR FAIL u SET a = 1 FROM v WHERE u.a = v.a; DELETE FROM u; SELECT RAISE(IGNORE); END",
    )
    .unwrap();
    let TriggerBody::Statements(statements) = trigger.body else { panic!("{:?}", trigger.body) };
    let [
        TriggerStatement::Insert(replace),
        TriggerStatement::Insert(upsert),
        TriggerStatement::Update(update),
        TriggerStatement::Delete(delete),
        TriggerStatement::Select(_),
    ] = statements.as_slice()
    else {
        panic!("{statements:?}")
    };
    assert_eq!(replace.conflict, Some(ConflictAction::Replace));
    let names: Vec<&str> = replace.columns.iter().map(|name| name.text.as_str()).collect();
    assert_eq!(names, ["a", "b c"]);
    assert_eq!(upsert.conflict, Some(ConflictAction::Ignore));
    let [Upsert { target, target_filter: Some(_), action }] = upsert.upserts.as_slice() else {
        panic!("{:?}", upsert.upserts)
    };
    assert_eq!(target.as_slice(), [expression("a")]);
    let UpsertAction::Update { assignments, filter: Some(_) } = action else {
        panic!("{action:?}")
    };
    let widths: Vec<usize> = assignments.iter().map(|one| one.columns.len()).collect();
    assert_eq!(widths, [2, 1]);
    assert_eq!((update.conflict, update.from.is_some()), (Some(ConflictAction::Fail), true));
    assert_eq!((delete.table.text.as_str(), delete.filter.is_some()), ("u", false));
}

#[test]
fn a_trigger_that_no_sqlite_runs_keeps_its_head() {
    let trigger = parse_create_trigger(
        "CREATE TRIGGER tr DELETE ON t BEGIN DELETE FROM main.t WHERE a = 1; END",
    );
    let Ok(trigger) = trigger else { return };
    assert!(matches!(trigger.body, TriggerBody::Unreadable(_)), "{:?}", trigger.body);
}
