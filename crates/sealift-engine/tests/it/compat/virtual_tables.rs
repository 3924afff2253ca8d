//! Full-text tables and R*Trees: their rows arrive, and searching finds the same rows on both sides.

use crate::support::{Tried, assert_equal, moved, moved_with, tried_file};
use sealift_engine::config::{Into, MigrateOptions, Parts, VerifyLevel};
use sealift_engine::migrate::migrate;
use sealift_engine::ops::{Cancel, Event, Events, Phase};
use sealift_testkit::{shared_data, sqlite_file};

/// Asks SQLite.
fn found_in_sqlite(moved: &Tried, sql: &str) -> Vec<String> {
    let connection = moved.file.open();
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, i64>(0)).unwrap();
    rows.map(|row| row.unwrap().to_string()).collect()
}

/// Both sides find the same rows by each word, and something by at least one.
async fn assert_finds(moved: &Tried, table: &str, configuration: &str, words: &[&str]) {
    let mut count = 0;
    for word in words {
        let there = found_in_sqlite(
            moved,
            &format!("select rowid from {table} where {table} match '{word}' order by 1"),
        );
        let here = moved
            .rows(&format!(
                "select rowid from {table}
                 where fts_vector @@ websearch_to_tsquery('{configuration}', '{word}') order by 1"
            ))
            .await;
        assert_eq!(here, there, "{word}");
        count += here.len();
    }
    assert!(count > 0);
}

const ROWS: &str =
    "(1, 'Fish and chips', 'A meal by the sea'), (5, 'The sea', 'Ships and fish; no chips'),
    (9, 'Größe', 'zwei Wörter'), (12, null, ''), (-3, 'Running ships', 'seas')";

#[tokio::test]
async fn fts5_with_texts_of_its_own_becomes_a_table_that_finds_the_same_rows() {
    let moved = moved(&format!(
        "create virtual table notes using fts5 (title, body); insert into notes (rowid, title, body) values {ROWS};"
    ))
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert_eq!(
        moved.finding("full-text-search").hint.as_deref().unwrap().split(';').next().unwrap(),
        "instead of MATCH: where fts_vector @@ websearch_to_tsquery('simple', …)"
    );
    assert_eq!(moved.relations().await, ["public.notes", "public.notes_rowid_seq"]);
    let columns = moved.columns("notes").await;
    assert_eq!(columns[..3], ["title text", "body text", "rowid bigint not null identity"]);
    assert!(
        columns[3].starts_with("fts_vector tsvector generated to_tsvector('simple'::regconfig")
    );
    assert_eq!(
        moved.indexes("notes").await,
        ["CREATE INDEX notes_fts_vector_idx ON public.notes USING gin (fts_vector)"]
    );
    assert_eq!(
        moved.rows("select rowid, title, body from notes order by rowid").await,
        [
            "-3 | Running ships | seas",
            "1 | Fish and chips | A meal by the sea",
            "5 | The sea | Ships and fish; no chips",
            "9 | Größe | zwei Wörter",
            "12 | ∅ | "
        ]
    );
    assert_finds(
        &moved,
        "notes",
        "simple",
        &["fish", "ships", "sea", "größe", "chips fish", "nothing"],
    )
    .await;
    // What the application writes goes on, and is found.
    moved.execute("insert into notes values ('Late', 'whale')").await;
    moved.execute("delete from notes where rowid = 1").await;
    let late =
        "select rowid from notes where fts_vector @@ websearch_to_tsquery('simple', 'whale')";
    assert_eq!(moved.rows(late).await, ["13"]);
}

#[tokio::test]
async fn fts5_options_change_nothing_about_the_rows() {
    for options in [
        "detail=none",
        "detail=column, columnsize=0",
        "prefix='2 3'",
        "tokenize='unicode61 remove_diacritics 0'",
        "tokenize=ascii",
    ] {
        let moved = moved(&format!(
            "create virtual table notes using fts5 (title, body, {options});
             insert into notes (rowid, title, body) values {ROWS};"
        ))
        .await;
        assert_eq!(moved.findings(), Vec::<String>::new(), "{options}");
        assert_finds(&moved, "notes", "simple", &["fish", "sea", "ships"]).await;
    }
}

#[tokio::test]
async fn a_column_that_is_not_indexed_arrives_with_its_type_and_is_not_found() {
    let moved = moved(
        "create virtual table f using fts5 (a, owner unindexed, b);
         insert into f values ('x', 41, 'y'), ('z', 42, 'x'), ('q', 7, 'q');
         create virtual table g using fts4 (a, word, notindexed=word); insert into g values ('b', 'c');
         create virtual table empty using fts5 (a, owner unindexed);",
    )
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert_eq!(moved.columns("f").await[1], "owner bigint");
    assert_eq!(moved.columns("empty").await[1], "owner text");
    assert_finds(&moved, "f", "simple", &["x", "41"]).await;
    assert_finds(&moved, "g", "simple", &["b", "c"]).await;
}

#[tokio::test]
async fn the_porter_tokenizer_becomes_english_stems() {
    let moved = moved(&format!(
        "create virtual table five using fts5 (title, body, tokenize='porter unicode61');
         insert into five (rowid, title, body) values {ROWS};
         create virtual table four using fts4 (title, body, tokenize=porter);
         insert into four (rowid, title, body) values {ROWS};"
    ))
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    for table in ["five", "four"] {
        assert_finds(&moved, table, "english", &["ship", "seas", "run", "chip"]).await;
    }
}

#[tokio::test]
async fn the_trigram_tokenizer_finds_whole_words_and_a_note_says_so() {
    let moved = moved(
        "create virtual table f using fts5 (a, tokenize='trigram case_sensitive 0');
         insert into f values ('harbour'), ('arbour light');",
    )
    .await;
    assert!(moved.finding("full-text-search").message.contains("pg_trgm"));
    let sql = "select rowid from f where fts_vector @@ websearch_to_tsquery('simple', 'arbour')";
    assert_eq!(moved.rows(sql).await, ["2"]);
}

#[tokio::test]
async fn fts3_and_fts4_keep_their_rows_and_numbers() {
    let moved = moved(&format!(
        "create virtual table three using fts3 (title text, body varchar(20));
         insert into three (docid, title, body) values {ROWS};
         create virtual table four using fts4 (title, body, order=desc, matchinfo=fts3, prefix=\"2,3\", languageid=lid);
         insert into four (docid, title, body) values {ROWS};
         create virtual table bare using fts3; insert into bare values ('one two');"
    ))
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    for table in ["three", "four"] {
        assert_finds(&moved, table, "simple", &["fish", "ships", "sea"]).await;
    }
    assert_eq!(moved.row("select content, rowid from bare").await, "one two | 1");
    assert_eq!(moved.row("select lid from four where rowid = 5").await, "0");
    assert_eq!(
        moved.relations().await,
        ["bare", "bare_rowid_seq", "four", "four_rowid_seq", "three", "three_rowid_seq"]
            .map(|name| format!("public.{name}"))
    );
}

#[tokio::test]
async fn a_tokenizer_of_the_applications_is_not_needed() {
    let file = sqlite_file(&format!(
        "create virtual table notes using fts5 (title, body);
         insert into notes (rowid, title, body) values {ROWS};
         create virtual table old using fts4 (title, body);
         insert into old (rowid, title, body) values {ROWS};"
    ));
    let connection = file.open();
    connection
        .execute_batch(
            "pragma writable_schema = on;
             update sqlite_schema set sql = 'CREATE VIRTUAL TABLE notes USING fts5(title, body, tokenize=''better_trigram'')'
                 where name = 'notes';
             update sqlite_schema set sql = 'CREATE VIRTUAL TABLE old USING fts4(title, body, tokenize=icu de)'
                 where name = 'old';",
        )
        .unwrap();
    drop(connection);
    let cells = |options| MigrateOptions { verify: VerifyLevel::Cells, ..options };
    let tried = tried_file(file, cells).await;
    assert_equal(tried.report());
    assert_eq!(tried.row("select count(*) from notes").await, "5");
    assert_eq!(tried.row("select body from old where rowid = 1").await, "A meal by the sea");
}

#[tokio::test]
async fn an_index_over_another_table_becomes_an_index_on_that_table() {
    let moved = moved(
        "create table posts (id integer primary key, title text, body text, at int);
         insert into posts values (1, 'Ships', 'at sea', 0), (2, null, 'fish', 0), (7, 'sea', 'fish', 1);
         create virtual table search using fts5 (title, body, content='posts', content_rowid='id');
         insert into search (search) values ('rebuild');
         create virtual table old using fts4 (content=\"posts\", body);
         create trigger posts_added after insert on posts begin
             insert into search (rowid, title, body) values (new.id, new.title, new.body); end;
         create trigger posts_changed after update on posts begin
             insert into search (search, rowid, title, body) values ('delete', old.id, old.title, old.body);
             insert into search (rowid, title, body) values (new.id, new.title, new.body); end;
         create trigger posts_counted after delete on posts begin
             insert into search (search, rowid, title, body) values ('delete', old.id, old.title, old.body);
             update posts set at = at + 1; end;",
    )
    .await;
    assert_eq!(moved.findings(), ["warning trigger-not-carried trigger posts_counted"]);
    let unnecessary = moved.report().findings.iter().filter(|it| it.code == "trigger-unnecessary");
    assert_eq!(unnecessary.count(), 2);
    assert_eq!(moved.relations().await, ["public.posts", "public.posts_id_seq"]);
    assert_eq!(
        moved.columns("posts").await,
        ["id bigint not null identity", "title text", "body text", "at bigint"]
    );
    let indexes = moved.indexes("posts").await;
    assert!(indexes[0].starts_with("CREATE INDEX old ON public.posts USING gin (to_tsvector("));
    assert!(indexes[1].starts_with("CREATE INDEX search ON public.posts USING gin (to_tsvector("));
    // The hint is a query that the index serves.
    let note = moved.report().findings.iter().find(|it| it.object == "table search").unwrap();
    let (_, condition) = note.hint.as_deref().unwrap().split_once("where ").unwrap();
    for word in ["sea", "fish", "ships", "sea fish"] {
        let there = found_in_sqlite(
            &moved,
            &format!("select rowid from search where search match '{word}' order by 1"),
        );
        let condition = condition.replace('…', &format!("'{word}'"));
        let sql = format!("select id from posts where {condition} order by 1");
        assert_eq!(moved.rows(&sql).await, there, "{word}");
    }
}

#[tokio::test]
async fn a_full_text_index_that_does_not_fit_its_table_is_no_damage() {
    let moved = moved(
        "create table t (id integer primary key, a text); insert into t values (1, 'one'), (2, 'two');
         create virtual table s using fts5 (a, content='t', content_rowid='id');
         insert into s (rowid, a) values (1, 'other'), (9, 'nowhere');",
    )
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert_eq!(moved.row("select count(*) from t").await, "2");
}

#[tokio::test]
async fn an_index_over_a_view_or_columns_that_are_not_there_is_named() {
    let moved = moved(
        "create table t (id integer primary key, a text); create view v as select id, a from t;
         create virtual table s using fts5 (a, content='v', content_rowid='id');
         create virtual table u using fts5 (a, gone, content='t');
         create trigger feeds_s after insert on t begin insert into s (rowid, a) values (new.id, new.a); end;
         create trigger feeds_u after insert on t begin insert into u (rowid, a) values (new.id, new.a); end;",
    )
    .await;
    assert_eq!(
        moved.findings(),
        [
            "warning trigger-not-carried trigger feeds_s",
            "warning trigger-not-carried trigger feeds_u",
            "warning virtual-table-not-carried table s",
            "warning virtual-table-not-carried table u"
        ]
    );
}

#[tokio::test]
async fn words_without_texts_are_named_with_their_number() {
    let moved = moved(
        "create virtual table a using fts5 (x, content=''); insert into a (rowid, x) values (1, 'p'), (2, 'q');
         create virtual table b using fts5 (x, content='', contentless_delete=1); insert into b (rowid, x) values (1, 'p');
         create virtual table c using fts4 (x, content=''); insert into c (docid, x) values (1, 'p');
         create table t (a int);",
    )
    .await;
    assert_eq!(
        moved.findings(),
        ["a", "b", "c"].map(|it| format!("warning virtual-table-not-carried table {it}"))
    );
    let counts: Vec<_> = moved.report().findings.iter().map(|finding| finding.count).collect();
    assert_eq!(counts, [Some(2), Some(1), Some(1)]);
    assert_eq!(moved.relations().await, ["public.t"]);
}

#[tokio::test]
async fn compressed_texts_are_refused() {
    let file = sqlite_file(
        "create virtual table z using fts4 (a); insert into z values ('x'); create table t (a int);",
    );
    let connection = file.open();
    connection
        .execute_batch(
            "pragma writable_schema = on;
             update sqlite_schema set sql = 'CREATE VIRTUAL TABLE z USING fts4(a, compress=zip, uncompress=unzip)'
                 where name = 'z';",
        )
        .unwrap();
    drop(connection);
    let tried = tried_file(file, |options| options).await;
    assert_eq!(tried.findings(), ["error content-compressed table z"]);
    assert_eq!(tried.relations().await, Vec::<String>::new());
}

#[tokio::test]
async fn texts_too_long_to_be_searched_whole_arrive_whole() {
    // What needs the most room in a tsvector: words of one letter of four bytes, joined by hyphens.
    let letters: Vec<char> = ('\u{20000}'..='\u{2A6DF}').collect();
    let worst: String =
        letters.chunks(2).cycle().take(60_000).fold(String::new(), |mut text, pair| {
            text.extend([pair[0], '-', pair[pair.len() - 1], ' ']);
            text
        });
    let plain: String =
        (0..40_000).fold(String::new(), |text, number| text + &format!("w{number} "));
    let file = sqlite_file(
        "create virtual table f using fts5 (a, b); create virtual table g using fts5 (a);",
    );
    let connection = file.open();
    connection.execute("insert into f values (?1, ?2), (?2, ?1)", [&plain, &worst]).unwrap();
    connection.execute("insert into g values (?1), (?2)", [&plain, &worst]).unwrap();
    drop(connection);
    let tried = tried_file(file, |options| options).await;
    assert_equal(tried.report());
    assert_eq!(
        tried.findings(),
        ["f", "g"].map(|it| format!("warning search-in-beginning-only table {it}"))
    );
    assert_eq!(
        tried.row("select octet_length(a) from g where rowid = 1").await,
        plain.len().to_string()
    );
    let early = "select rowid from g where fts_vector @@ websearch_to_tsquery('simple', 'w17')";
    assert_eq!(tried.rows(early).await, ["1"]);
}

#[tokio::test]
async fn cells_that_are_no_texts_arrive_and_are_found_where_they_have_a_text() {
    let moved = moved(
        "create virtual table f using fts5 (a, n, z);
         insert into f values ('x', 12, 'p'), ('y', 13, cast(x'61ff' as text)), ('z', 14, 'a' || char(0));",
    )
    .await;
    assert_eq!(moved.findings(), ["warning column-not-searchable f.z", "warning type-changed f.z"]);
    assert_finds(&moved, "f", "simple", &["12", "x"]).await;
    assert_eq!(moved.row("select encode(z, 'hex') from f where rowid = 2").await, "61ff");
}

#[tokio::test]
async fn a_column_that_is_called_like_the_words_keeps_its_name() {
    let moved = moved("create virtual table f using fts5 (fts_vector, \"order\"); insert into f values ('a', 'b');").await;
    let columns = moved.columns("f").await;
    assert_eq!(columns[..3], ["fts_vector text", "order text", "rowid bigint not null identity"]);
    assert!(columns[3].starts_with("fts_vector_2 tsvector"), "{columns:?}");
}

#[tokio::test]
async fn a_view_of_a_full_text_table_is_carried_unless_it_matches() {
    let moved = moved(
        "create virtual table f using fts5 (a, b); insert into f values ('x', 'y');
         create view named as select rowid as id, b from f; create view starred as select * from f;
         create view searching as select a from f where f match 'x';",
    )
    .await;
    assert_eq!(moved.findings(), ["warning view-not-carried view searching"]);
    assert_eq!(moved.row("select * from named").await, "1 | y");
    assert_eq!(moved.row("select * from starred").await, "x | y");
}

#[tokio::test]
async fn rtrees_become_tables_that_find_the_same_boxes() {
    for dimensions in 1..=5_usize {
        let columns: Vec<String> =
            (0..dimensions).flat_map(|it| [format!("a{it}"), format!("b{it}")]).collect();
        let values = |from: f64, to: f64| {
            let pair = format!("{from}, {to}");
            vec![pair; dimensions].join(", ")
        };
        let moved = moved_with(
            &format!(
                "create virtual table r using rtree (id, {});
                 insert into r values (1, {}), (2, {}), (-7, {}), (40, {});",
                columns.join(", "),
                values(0.1, 1.7),
                values(-3.5, 2.0),
                values(10.0, 1e300),
                values(5.0, 5.0)
            ),
            |options| MigrateOptions { verify: VerifyLevel::Cells, ..options },
        )
        .await;
        assert_eq!(moved.findings(), Vec::<String>::new(), "{dimensions}");
        let types = moved.columns("r").await;
        assert_eq!(types[..2], ["id bigint not null identity", "a0 double precision not null"]);
        assert!(moved.indexes("r").await[0].contains("USING gist"));
        for (from, to) in [(0.0, 0.5), (1.9, 20.0), (-100.0, 100.0), (3.0, 4.0)] {
            let bounds: Vec<String> = (0..dimensions)
                .map(|it| format!("b{it} >= {from:?} and a{it} <= {to:?}"))
                .collect();
            let sql = format!("select id from r where {} order by 1", bounds.join(" and "));
            assert_eq!(moved.rows(&sql).await, found_in_sqlite(&moved, &sql), "{sql}");
            let hint = moved.finding("rtree-search").hint.clone().unwrap();
            let (_, condition) = hint.split_once("where ").unwrap();
            let asked = if dimensions == 2 {
                condition.replace(
                    "box(point(…), point(…))",
                    &format!("box(point({from:?}, {from:?}), point({to:?}, {to:?}))"),
                )
            } else {
                condition.replace('…', &format!("numrange({from:?}, {to:?}, '[]')"))
            };
            let by_index = format!("select id from r where {asked} order by 1");
            assert_eq!(moved.rows(&by_index).await, found_in_sqlite(&moved, &sql), "{by_index}");
        }
        // The module refuses such a box too.
        let wrong = format!("insert into r ({}) values ({})", columns.join(", "), values(2.0, 1.0));
        assert!(moved.refusal(&wrong).await.starts_with("23514"), "{wrong}");
    }
}

#[tokio::test]
async fn an_rtree_of_whole_numbers_keeps_them_and_whatever_stands_beside() {
    let moved = moved(
        "create virtual table r using rtree_i32 (id, x0, x1, y0, y1, +label text, +data);
         insert into r values (1, -2147483648, 2147483647, 0, 5, 'all', x'00ff'), (2, 3, 4, 3, 4, null, 'text');
         create virtual table line using rtree_i32 (id, a, b); insert into line values (1, -5, 2147483647);",
    )
    .await;
    assert_eq!(
        moved.columns("r").await,
        [
            "id bigint not null identity",
            "x0 integer not null",
            "x1 integer not null",
            "y0 integer not null",
            "y1 integer not null",
            "label text",
            "data bytea"
        ]
    );
    assert_eq!(
        moved.row("select x0, x1, label from r where id = 1").await,
        "-2147483648 | 2147483647 | all"
    );
    assert_eq!(
        moved
            .rows(
                "select id from line where int8range(a::bigint, b::bigint, '[]') && int8range(0, 1)"
            )
            .await,
        ["1"]
    );
}

#[tokio::test]
async fn a_virtual_table_of_an_unknown_module_is_named_and_never_fatal() {
    let file = sqlite_file("create table t (a int); insert into t values (1)");
    let connection = file.open();
    connection
        .execute_batch(
            "pragma writable_schema = on;
             insert into sqlite_schema (type, name, tbl_name, rootpage, sql) values
                 ('table', 'idx_geom', 'idx_geom', 0, 'CREATE VIRTUAL TABLE idx_geom USING VirtualSpatialIndex()'),
                 ('table', 'vec', 'vec', 0, 'CREATE VIRTUAL TABLE vec USING vec0(a float[3])'),
                 ('table', 'areas', 'areas', 0, 'CREATE VIRTUAL TABLE areas USING geopoly(a)');",
        )
        .unwrap();
    drop(connection);
    let tried = tried_file(file, |options| options).await;
    assert_equal(tried.report());
    assert_eq!(
        tried.findings(),
        ["areas", "idx_geom", "vec"]
            .map(|it| format!("warning virtual-table-not-carried table {it}"))
    );
    assert_eq!(tried.row("select a from t").await, "1");
}

#[tokio::test]
async fn names_and_encodings_of_full_text_tables_are_as_of_any_other() {
    let moved = moved_with(
        "pragma encoding = 'UTF-16le';
         create virtual table \"we \"\"ird\" using fts5 (\"a b\", 'Größe', [order] unindexed);
         insert into \"we \"\"ird\" values ('x €', 'naïve 😀', 7);
         create virtual table other using fts5 (a); insert into other values ('left');",
        |mut options| {
            options.plan_options.include = vec!["we*".to_owned()];
            options.verify = VerifyLevel::Cells;
            options
        },
    )
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    let sql = "select \"a b\", \"Größe\", \"order\", rowid from \"we \"\"ird\"
        where fts_vector @@ websearch_to_tsquery('simple', 'naïve')";
    assert_eq!(moved.row(sql).await, "x € | naïve 😀 | 7 | 1");
    assert_eq!(moved.row("select to_regclass('public.other')").await, "∅");
}

#[tokio::test]
async fn a_stopped_run_goes_on_with_full_text_tables() {
    let file = sqlite_file(&format!(
        "create virtual table notes using fts5 (title, body); insert into notes (rowid, title, body) values {ROWS};
         create virtual table r using rtree (id, a, b); insert into r values (1, 2, 3);"
    ));
    let database = sealift_testkit::database().await;
    let cancel = Cancel::new();
    let stop = cancel.clone();
    let events = Events::new(move |event| {
        if matches!(event, Event::PhaseStarted { phase: Phase::Finish, .. }) {
            stop.cancel();
        }
    });
    let stopped = migrate(crate::support::options(file.path(), &database), events, cancel).await;
    assert!(stopped.unwrap_err().is_resumable());
    let report =
        crate::support::run(crate::support::options(file.path(), &database)).await.unwrap();
    assert!(report.resumed);
    assert_equal(&report);
}

#[tokio::test]
async fn the_rtree_of_a_geopackage_arrives_and_its_triggers_are_named() {
    let moved = moved(
        "create table roads (fid integer primary key, geom blob);
         insert into roads values (1, x'47500001');
         create virtual table rtree_roads_geom using rtree (id, minx, maxx, miny, maxy);
         insert into rtree_roads_geom values (1, 5.5, 6.5, 50.25, 51);
         create trigger rtree_roads_geom_insert after insert on roads
             when (new.geom not null and not ST_IsEmpty(new.geom)) begin
             insert or replace into rtree_roads_geom values (new.fid, ST_MinX(new.geom),
                 ST_MaxX(new.geom), ST_MinY(new.geom), ST_MaxY(new.geom)); end;",
    )
    .await;
    assert_eq!(moved.findings(), ["warning trigger-not-carried trigger rtree_roads_geom_insert"]);
    let sql = "select id from rtree_roads_geom
        where box(point(minx, miny), point(maxx, maxy)) && box(point(6, 50), point(7, 50.5))";
    assert_eq!(moved.rows(sql).await, ["1"]);
}

#[tokio::test]
async fn a_full_text_table_can_be_left_out_and_made_anew() {
    let script = "create virtual table f using fts5 (a); insert into f values ('x'); create table t (a int);";
    let moved = moved_with(script, |mut options| {
        options.plan_options.exclude = vec!["f".to_owned()];
        options
    })
    .await;
    assert_eq!(moved.relations().await, ["public.t"]);
    let again = crate::support::options(moved.file.path(), &moved.database);
    let report =
        crate::support::run(MigrateOptions { into: Into::Recreate, ..again }).await.unwrap();
    assert_equal(&report);
    let again = crate::support::options(moved.file.path(), &moved.database);
    let report =
        crate::support::run(MigrateOptions { into: Into::Recreate, ..again }).await.unwrap();
    assert_equal(&report);
    assert_eq!(moved.row("select a from f").await, "x");
}

#[tokio::test]
async fn rows_go_into_full_text_tables_and_rtrees_that_were_made_before() {
    let file = sqlite_file(&format!(
        "create virtual table notes using fts5 (title, body); insert into notes (rowid, title, body) values {ROWS};
         create virtual table r using rtree_i32 (id, a, b, +label text); insert into r values (7, 2, 3, 'x');"
    ));
    let database = sealift_testkit::database().await;
    let options = || crate::support::options(file.path(), &database);
    let made = MigrateOptions { parts: Parts::SchemaOnly, ..options() };
    assert_equal(&crate::support::run(made).await.unwrap());
    let filled = MigrateOptions { parts: Parts::DataOnly, into: Into::Existing, ..options() };
    assert_equal(&crate::support::run(filled).await.unwrap());
    let found =
        "select count(*) from notes where fts_vector @@ websearch_to_tsquery('simple', 'sea')";
    assert_eq!(database.query_value(found).await.unwrap(), "2");
    // The next keys are free ones.
    database
        .execute("insert into notes values ('a', 'b'); insert into r (a, b) values (1, 1)")
        .await;
    assert_eq!(database.query_value("select max(rowid) from notes").await.unwrap(), "13");
    assert_eq!(database.query_value("select max(id) from r").await.unwrap(), "8");
}

#[tokio::test]
async fn tables_that_the_application_made_need_no_full_text_table() {
    let script = "create virtual table f using fts5 (a); insert into f values ('x'), ('y');
        create table t (a int); insert into t values (3);";
    let file = sqlite_file(script);
    let database = sealift_testkit::database().await;
    database.execute("create table t (a bigint)").await;
    let options = crate::support::options(file.path(), &database);
    let report =
        crate::support::run(MigrateOptions { into: Into::Existing, ..options }).await.unwrap();
    assert_equal(&report);
    let finding = &report.findings[0];
    assert_eq!((finding.code.as_str(), finding.count), ("virtual-table-not-carried", Some(2)));
}

#[tokio::test]
async fn the_search_index_of_a_real_wagtail_arrives() {
    let Some(path) = shared_data("wagtail.db") else { return };
    let file = sqlite_file("");
    std::fs::copy(path, file.path()).unwrap();
    let moved = tried_file(file, |options| options).await;
    assert_equal(moved.report());
    assert_finds(
        &moved,
        "wagtailsearch_indexentry_fts",
        "simple",
        &["bread", "title", "wagtail", "test"],
    )
    .await;
}
