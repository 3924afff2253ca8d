use super::*;
use crate::convert::{ColumnCodec, Interest, Reading, record};
use crate::mapping::{Choice, ColumnCensus, ColumnFacts, PgType, Range, TextCensus, choose};
use crate::sqlite::{Affinity, ValueRef};
use proptest::prelude::*;

/// A column and what it holds.
struct Case<'a> {
    declared: &'a str,
    name: &'a str,
    census: ColumnCensus,
    json_checked: bool,
    truth_default: bool,
}

fn case(declared: &str, census: ColumnCensus) -> Case<'_> {
    Case { declared, name: "c", census, json_checked: false, truth_default: false }
}

fn outcome(profile: Profile, case: &Case<'_>) -> Outcome {
    let facts = ColumnFacts {
        declared_type: case.declared,
        affinity: Affinity::of(Some(case.declared), false),
        rowid_alias: false,
        json_checked: case.json_checked,
        indexed: false,
    };
    let column = ProfileColumn {
        table: "t",
        name: case.name,
        declared_type: case.declared,
        json_checked: case.json_checked,
        truth_default: case.truth_default,
        is_child: false,
        indexed: false,
        census: &case.census,
    };
    apply(profile, &column, &choose(facts, &case.census))
}

/// Returns the type and the reading that a profile makes, where it makes another one than the rule.
fn made(profile: Profile, case: &Case<'_>) -> Option<(PgType, Reading)> {
    match outcome(profile, case) {
        Outcome::Followed(Choice { data_type, reading, .. }) => Some((data_type, reading)),
        Outcome::Usual | Outcome::DoesNotFit(..) | Outcome::NotWritten(_) => None,
    }
}

fn integers(min: i64, max: i64) -> ColumnCensus {
    ColumnCensus {
        integers: 9,
        integer_range: Some(Range { min, max }),
        integers_not_boolean: u64::from(min < 0 || max > 1),
        ..ColumnCensus::default()
    }
}

fn texts(texts: u64, text: TextCensus) -> ColumnCensus {
    ColumnCensus { texts, text, ..ColumnCensus::default() }
}

fn naive() -> ColumnCensus {
    texts(2, TextCensus { timestamp: 2, ..TextCensus::default() })
}

fn hexadecimal(count: u64, versioned: u64) -> ColumnCensus {
    let text = TextCensus {
        uuid: count,
        uuid_versioned: versioned,
        longest_chars: 32,
        ..TextCensus::default()
    };
    texts(count, text)
}

#[test]
fn every_profile_has_a_name_that_is_read_back_and_a_framework_of_the_file() {
    for profile in Profile::ALL {
        assert_eq!(profile.name().parse(), Ok(profile));
        assert_eq!(
            serde_json::to_string(&profile).unwrap(),
            format!("\"{}\"", profile.name()),
            "the plan file and the flag say the same"
        );
    }
    assert!("djang".parse::<Profile>().unwrap_err().contains("there are auto, none, django"));
    assert_eq!(Profile::of_framework("Alembic (SQLAlchemy)"), Profile::SqlAlchemy);
    assert_eq!(Profile::of_framework("goose"), Profile::None);
}

#[test]
fn without_a_profile_nothing_is_wished() {
    for declared in ["integer", "datetime", "char(32)", "tinyint(1)", "numeric"] {
        assert_eq!(outcome(Profile::None, &case(declared, integers(0, 1))), Outcome::Usual);
    }
}

#[test]
fn django_reads_moments_as_utc_and_keeps_the_offsets_that_are_there() {
    let read = |census| made(Profile::Django, &case("datetime", census));
    assert_eq!(read(naive()), Some((PgType::TimestampTz, Reading::NaiveUtc)));
    let mixed = texts(2, TextCensus { timestamp: 1, timestamp_offset: 1, ..TextCensus::default() });
    assert_eq!(read(mixed), Some((PgType::TimestampTz, Reading::NaiveUtc)));
    assert_eq!(
        read(ColumnCensus::default()),
        Some((PgType::TimestampTz, Reading::NaiveUtc)),
        "a column without values too"
    );
    let broken = texts(2, TextCensus { timestamp: 1, ..TextCensus::default() });
    assert_eq!(
        outcome(Profile::Django, &case("datetime", broken)),
        Outcome::DoesNotFit(PgType::TimestampTz, Reading::NaiveUtc)
    );
}

#[test]
fn a_whole_number_is_integer_only_where_every_cell_fits() {
    for (profile, declared) in [
        (Profile::Django, "integer unsigned"),
        (Profile::Rails, "integer"),
        (Profile::SqlAlchemy, "INTEGER"),
        (Profile::Prisma, "INTEGER"),
        (Profile::Knex, "integer"),
        (Profile::Strapi, "integer"),
        (Profile::TypeOrm, "integer"),
        (Profile::Sequelize, "INTEGER"),
        (Profile::MikroOrm, "integer"),
        (Profile::Diesel, "INTEGER"),
    ] {
        let small = case(declared, integers(0, 2_147_483_647));
        assert_eq!(made(profile, &small), Some((PgType::Integer, Reading::Plain)), "{profile}");
        let large = case(declared, integers(0, 2_147_483_648));
        assert_eq!(
            outcome(profile, &large),
            Outcome::DoesNotFit(PgType::Integer, Reading::Plain),
            "{profile}"
        );
        let words = case(declared, texts(1, TextCensus::default()));
        assert_eq!(
            outcome(profile, &words),
            Outcome::DoesNotFit(PgType::Integer, Reading::Plain),
            "{profile}"
        );
    }
}

#[test]
fn frameworks_that_write_every_number_alike_leave_them_wide() {
    for profile in [Profile::Laravel, Profile::Gorm, Profile::Drizzle, Profile::EfCore] {
        assert_eq!(outcome(profile, &case("integer", integers(0, 5))), Outcome::Usual, "{profile}");
    }
}

#[test]
fn rails_has_the_limit_in_bytes_and_wide_references() {
    let made =
        |declared, name| made(Profile::Rails, &Case { name, ..case(declared, integers(0, 5)) });
    assert_eq!(made("integer(2)", "n"), Some((PgType::SmallInt, Reading::Plain)));
    assert_eq!(made("integer(8)", "n"), None, "bigint by the usual rule");
    assert_eq!(made("integer", "user_id"), None);
}

#[test]
fn django_has_jsonb_where_no_value_changes() {
    let json = |text| Case { json_checked: true, ..case("text", texts(1, text)) };
    let fits = json(TextCensus { json: 1, ..TextCensus::default() });
    assert_eq!(made(Profile::Django, &fits), Some((PgType::Jsonb, Reading::Plain)));
    for text in [
        TextCensus { json: 1, json_duplicate_keys: 1, ..TextCensus::default() },
        TextCensus { json: 1, json_not_jsonb: 1, ..TextCensus::default() },
        TextCensus { json: 1, json_negative_zero: 1, ..TextCensus::default() },
    ] {
        let changes = json(text);
        assert_eq!(
            outcome(Profile::Django, &changes),
            Outcome::DoesNotFit(PgType::Jsonb, Reading::Plain)
        );
    }
}

#[test]
fn thirty_two_digits_are_a_uuid_where_the_framework_or_the_digits_say_so() {
    let uuid = Some((PgType::Uuid, Reading::Plain));
    assert_eq!(made(Profile::Django, &case("char(32)", hexadecimal(1, 0))), uuid);
    // A text of 32 characters may be an MD5 sum for SQLAlchemy.
    let alchemy =
        |name, census| made(Profile::SqlAlchemy, &Case { name, ..case("CHAR(32)", census) });
    assert_eq!(alchemy("digest", hexadecimal(9, 8)), None);
    assert_eq!(alchemy("digest", hexadecimal(3, 3)), None);
    assert_eq!(alchemy("digest", hexadecimal(8, 8)), uuid);
    assert_eq!(alchemy("user_id", hexadecimal(1, 1)), uuid);
    assert_eq!(alchemy("user_id", ColumnCensus::default()), None);
}

#[test]
fn milliseconds_are_believed_where_the_framework_writes_them() {
    let prisma = |census| made(Profile::Prisma, &case("DATETIME", census));
    let birthdays = integers(-86_400_000, 1_704_164_645_000);
    assert_eq!(prisma(birthdays.clone()), Some((PgType::Timestamp, Reading::UnixMillis)));
    // Seconds, or a year nobody means: not what the framework wrote.
    assert_eq!(prisma(integers(0, 1_704_164_645)), None);
    assert_eq!(prisma(integers(0, 253_402_300_800_000)), None);
    assert_eq!(
        made(Profile::Knex, &case("datetime", birthdays)),
        Some((PgType::TimestampTz, Reading::UnixMillis))
    );
    assert_eq!(outcome(Profile::Knex, &case("datetime", naive())), Outcome::Usual);
}

#[test]
fn no_framework_makes_timestamptz_of_texts_that_may_be_anybodys() {
    for profile in [
        Profile::Rails,
        Profile::SqlAlchemy,
        Profile::Prisma,
        Profile::Laravel,
        Profile::Knex,
        Profile::Strapi,
        Profile::TypeOrm,
        Profile::Sequelize,
        Profile::MikroOrm,
        Profile::Diesel,
        Profile::Drizzle,
        Profile::EfCore,
        Profile::Xorm,
    ] {
        assert_eq!(outcome(profile, &case("DATETIME", naive())), Outcome::Usual, "{profile}");
    }
}

#[test]
fn booleans_are_told_by_what_only_a_boolean_is_declared_as() {
    let boolean = Some((PgType::Boolean, Reading::Plain));
    for (profile, declared) in [
        (Profile::Gorm, "numeric"),
        (Profile::Laravel, "tinyint(1)"),
        (Profile::Sequelize, "TINYINT(1)"),
    ] {
        assert_eq!(made(profile, &case(declared, integers(0, 1))), boolean, "{profile}");
        let other = case(declared, integers(0, 2));
        assert_eq!(
            outcome(profile, &other),
            Outcome::DoesNotFit(PgType::Boolean, Reading::Plain),
            "{profile}"
        );
    }
    let xorm = |truth_default| Case { truth_default, ..case("INTEGER", integers(0, 1)) };
    assert_eq!(made(Profile::Xorm, &xorm(true)), boolean);
    assert_eq!(made(Profile::Xorm, &xorm(false)), None);
}

#[test]
fn a_type_that_is_not_written_is_named() {
    let address =
        case("char(39)", texts(1, TextCensus { longest_chars: 9, ..TextCensus::default() }));
    assert_eq!(outcome(Profile::Django, &address), Outcome::NotWritten("inet"));
}

#[test]
fn a_key_is_as_wide_as_the_columns_that_point_at_it() {
    let facts = RowIdFacts {
        table: "blog_post",
        autoincrement: true,
        is_child: false,
        has_child: true,
        has_wide_child: false,
    };
    let wide = RowIdFacts { has_wide_child: true, ..facts };
    let alone = RowIdFacts { has_child: false, ..facts };
    assert_eq!(Profile::Django.row_id(facts), RowId::Integer);
    assert_eq!(Profile::Django.row_id(wide), RowId::BigInt);
    assert_eq!(Profile::Django.row_id(alone), RowId::LikeOthers);
    let books = RowIdFacts { table: "django_migrations", ..alone };
    assert_eq!(Profile::Django.row_id(books), RowId::LikeOthers);
    let own = RowIdFacts { table: "auth_user", ..alone };
    assert_eq!(Profile::Django.row_id(own), RowId::IntegerAnyway);
    assert_eq!(Profile::SqlAlchemy.row_id(facts), RowId::Integer);
    assert_eq!(Profile::SqlAlchemy.row_id(alone), RowId::BigInt);
    assert_eq!(Profile::Diesel.row_id(alone), RowId::Integer);
    assert_eq!(Profile::SqlAlchemy.row_id(wide), RowId::BigInt);
    assert_eq!(Profile::Rails.row_id(facts), RowId::BigInt);
}

/// A cell of a column that a framework may have written, or somebody else.
#[derive(Debug, Clone)]
enum Cell {
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl Cell {
    fn value(&self) -> ValueRef<'_> {
        match self {
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }
}

fn integer_cells() -> impl Strategy<Value = Cell> {
    let moments = prop_oneof![
        -3..3_i64,
        any::<i64>(),
        -5_000_000_000..5_000_000_000_i64,
        -70_000_000_000_000..300_000_000_000_000_i64,
    ];
    moments.prop_map(Cell::Integer)
}

fn text_cells() -> impl Strategy<Value = Cell> {
    prop_oneof![
        "20[0-9]{2}-0[1-9]-[0-3][0-9]( [0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,7})?(Z|\\+02:00)?)?",
        "[0-9a-f]{12}[1-8][0-9a-f]{3}[89ab][0-9a-f]{15}",
        "[0-9a-f]{32}",
        "\\{\"[ab]\": ?-?[0-9](\\.[0-9])?(, \"[ab]\": ?(1e400|\"\\\\\\\\u0000\"|1))?\\}",
        "[0-9]{1,11}",
        "t|f|true|false|",
        ".{0,40}",
    ]
    .prop_map(Cell::Text)
}

/// Cells of one kind, with now and then one of another.
fn columns() -> impl Strategy<Value = Vec<Cell>> {
    let other = prop_oneof![
        any::<f64>().prop_filter("SQLite has no NaN", |value| !value.is_nan()).prop_map(Cell::Real),
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(Cell::Blob),
        integer_cells(),
        text_cells(),
    ];
    let kind = prop_oneof![
        proptest::collection::vec(integer_cells(), 1..10),
        proptest::collection::vec(text_cells(), 1..10),
    ];
    (kind, proptest::option::weighted(0.2, other)).prop_map(|(mut cells, other)| {
        cells.extend(other);
        cells
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_profile_makes_a_type_that_does_not_hold_every_cell(
        cells in columns(),
        profile in proptest::sample::select(&Profile::ALL[..]),
        declared in proptest::sample::select(&[
            "integer", "INTEGER", "int", "integer(1)", "integer(2)", "integer unsigned", "json",
            "smallint unsigned", "bigint unsigned", "datetime", "timestamp", "numeric", "decimal",
            "tinyint(1)", "char(32)", "char(36)", "text", "JSONB",
        ][..]),
        json_checked in any::<bool>(),
        truth_default in any::<bool>(),
    ) {
        let mut census = ColumnCensus::default();
        for cell in &cells {
            record(&mut census, cell.value(), Interest::ALL);
        }
        let asked = Case { declared, name: "user_id", census, json_checked, truth_default };
        if let Some((data_type, reading)) = made(profile, &asked) {
            let codec = ColumnCodec::new(data_type, reading).unwrap();
            for cell in &cells {
                let mut out = Vec::new();
                let encoded = codec.encode(cell.value(), &mut out);
                prop_assert!(encoded.is_ok(), "{profile} {declared} {data_type} {reading} {cell:?}");
            }
        }
    }
}
