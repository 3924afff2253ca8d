use super::*;
use sealift_core::name::Ident;
use sealift_core::plan::{Finding, PLAN_VERSION};
use sealift_engine::config::VerifyLevel;
use sealift_engine::ops::Phase;
use sealift_engine::report::{
    CellDifference, ColumnReport, Compared, MatchStatus, PhaseReport, StructureDifference,
    TableComparison, TableReport, VerifyReport,
};

fn column(name: &str, declared: &str, data_type: &str, because: &str) -> ColumnReport {
    ColumnReport {
        name: name.into(),
        declared: declared.into(),
        data_type: data_type.into(),
        because: because.into(),
    }
}

fn table(name: &str, rows: u64, bytes: u64, seconds: f64) -> TableReport {
    let columns = vec![
        column("id", "INTEGER", "bigint", "the rowid: 64 bits, as SQLite counts"),
        column("email", "VARCHAR(120)", "varchar(120)", "declared, and all 48,112 texts fit"),
        column("active", "BOOLEAN", "boolean", "declared, and every cell is 0 or 1"),
        column(
            "created_at",
            "DATETIME",
            "timestamp",
            "declared, and every text is a time without offset",
        ),
        column(
            "payload",
            "JSON",
            "jsonb",
            "declared, and every text is valid JSON without double keys",
        ),
    ];
    TableReport {
        name: name.into(),
        target: name.into(),
        rows,
        rejected: 0,
        bytes,
        seconds,
        columns,
    }
}

fn phase(name: Phase, seconds: f64) -> PhaseReport {
    PhaseReport { name, seconds }
}

/// The page shows nothing of the plan.
fn nothing() -> Plan {
    Plan {
        version: PLAN_VERSION,
        made_by: String::new(),
        fingerprint: String::new(),
        schema: Ident::new("public").unwrap(),
        profile: None,
        like: None,
        tables: Vec::new(),
        views: Vec::new(),
        triggers: Vec::new(),
        aside: Vec::new(),
        findings: Vec::new(),
    }
}

/// A made-up run with a little of everything.
fn sample() -> MigrateReport {
    let tables = vec![
        table("readings", 1_840_221, 231_004_112, 6.91),
        table("events", 402_118, 88_120_331, 2.42),
        table("users", 48_112, 9_120_004, 0.31),
        table("orders", 121_007, 17_551_002, 0.77),
        table("Bestellung <b>Größe</b>", 9, 412, 0.004),
        table("alembic_version", 1, 12, 0.001),
        table("empty_one", 0, 0, 0.0),
    ];
    let compared = tables.iter().map(|table| TableComparison {
        kind: Compared::Table,
        name: table.name.clone(),
        source_rows: table.rows,
        target_rows: table.rows,
        status: MatchStatus::Match,
        quarantined: 0,
        differences: Vec::new(),
        extra_rows: 0,
        kept_rows: 0,
        differing_rows: 0,
    });
    MigrateReport {
        status: Status::Ok,
        source: "instance/app.db".into(),
        target: "postgresql://app:***@db.example.com:5432/app".into(),
        schema: "public".into(),
        resumed: true,
        rows: tables.iter().map(|table| table.rows).sum(),
        rejected: 0,
        bytes: tables.iter().map(|table| table.bytes).sum(),
        seconds: 17.8,
        phases: vec![
            phase(Phase::Inspect, 0.12),
            phase(Phase::Census, 2.31),
            phase(Phase::Plan, 0.08),
            phase(Phase::Create, 0.21),
            phase(Phase::Copy, 8.44),
            phase(Phase::Finish, 3.9),
            phase(Phase::Analyze, 0.52),
            phase(Phase::Verify, 2.22),
        ],
        findings: vec![
            Finding::note(
                "identity",
                "users.id",
                "becomes an identity column; the next value is 48,113",
            ),
            Finding::warning(
                "view-not-carried",
                "view daily",
                "uses `julianday`, which PostgreSQL has not",
            )
            .hinted("write the view anew after the migration; its text is in the plan"),
            Finding::warning(
                "widened",
                "events.score",
                "is declared a number but holds words, so it becomes text",
            )
            .rows(214, vec!["id=17".into(), "id=903".into(), "id=1044".into()])
            .hinted("--cast 'events.score=double precision' refuses those rows instead"),
        ],
        verify: Some(VerifyReport {
            level: VerifyLevel::Digest,
            status: MatchStatus::Match,
            tables: compared.collect(),
            structure: Vec::new(),
            notes: Vec::new(),
        }),
        tables,
        plan: nothing(),
    }
}

fn differing() -> MigrateReport {
    let mut report = sample();
    report.status = Status::Differences;
    let verify = report.verify.as_mut().unwrap();
    verify.status = MatchStatus::Differ;
    verify.level = VerifyLevel::Cells;
    verify.tables[2].status = MatchStatus::Differ;
    verify.tables[2].differing_rows = 2;
    verify.tables[2].differences = vec![CellDifference {
        key: "id=4711".into(),
        column: "email".into(),
        source: "'ann@example.com'".into(),
        target: "<script>alert(1)</script>".into(),
    }];
    verify.structure.push(StructureDifference {
        object: "index users_email on users".into(),
        expected: "create unique index users_email on users (email)".into(),
        actual: "nothing".into(),
    });
    report
}

/// Leaves the pages below `target/`, to be looked at.
fn keep(name: &str, page: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/report-samples");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), page).unwrap();
}

#[test]
fn everything_arrived_is_said_only_where_nothing_was_changed() {
    let page = render(&MigrateReport { findings: Vec::new(), ..sample() });
    assert!(page.contains("<h1>Everything arrived</h1>"));
}

#[test]
fn a_good_run_says_so_and_names_every_table() {
    let page = render(&sample());
    keep("good.html", &page);
    assert!(page.contains("<h1>Every row arrived</h1>"), "a view was left behind");
    assert!(page.contains("2,411,468 rows of 7 tables were hashed on both sides."));
    assert!(page.contains("2 warnings below say what was changed or left behind."));
    for text in ["readings", "alembic_version", "view daily", "214 rows", "every cell is 0 or 1"] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("What differs"));
}

#[test]
fn names_and_cells_are_escaped() {
    let page = render(&differing());
    keep("differences.html", &page);
    assert!(page.contains("Bestellung &lt;b&gt;Größe&lt;/b&gt;"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.contains("<script"));
    assert!(page.contains("<h1>Both sides differ</h1>"));
    assert!(page.contains("index users_email on users"));
}

#[test]
fn nothing_is_fetched() {
    let page = render(&sample());
    for text in ["<script", "src=", "@import", "url(", "href=\"http"] {
        assert!(!page.contains(text), "{text}");
    }
}

#[test]
fn a_refused_run_shows_its_errors_and_no_table() {
    let mut report = sample();
    report.status = Status::Refused;
    report.tables.clear();
    report.phases.clear();
    (report.rows, report.bytes, report.seconds, report.verify) = (0, 0, 0.4, None);
    report.findings.push(Finding::error(
        "orphans",
        "orders",
        "42 rows point to users that are not there",
    ));
    let page = render(&report);
    keep("refused.html", &page);
    assert!(page.contains("<h1>Nothing was written</h1>"));
    assert!(page.contains("1 error below must be settled first."));
    assert!(!page.contains("Where the time went"));
    report.findings.pop();
    assert!(render(&report).contains("2 warnings below must be settled first."));
}

#[test]
fn many_tables_are_folded() {
    let mut report = sample();
    report.tables = (0..172).map(|n| table(&format!("table_{n:03}"), 172 - n, 900, 0.01)).collect();
    let page = render(&report);
    keep("many.html", &page);
    assert!(page.contains("147 smaller tables"));
}

#[test]
fn the_command_at_the_foot_can_be_pasted() {
    assert_eq!(shell_word("instance/app.db"), "instance/app.db");
    assert_eq!(shell_word("my app's.db"), r"'my app'\''s.db'");
}
