use super::*;
use crate::convert::{Interest, record};
use crate::mapping::ColumnCensus;
use proptest::prelude::*;

fn codec(data_type: PgType, reading: Reading) -> ColumnCodec {
    ColumnCodec::new(data_type, reading).unwrap()
}

fn field(codec: ColumnCodec, value: ValueRef<'_>) -> Result<Vec<u8>, Misfit> {
    let mut out = Vec::new();
    codec.encode(value, &mut out).map(|()| out)
}

#[test]
fn a_reading_without_meaning_for_the_type_is_refused() {
    for (data_type, reading) in [
        (PgType::Text, Reading::UnixSeconds),
        (PgType::Time, Reading::UnixSeconds),
        (PgType::Timestamp, Reading::NaiveUtc),
        (PgType::BigInt, Reading::NonzeroTrue),
        (PgType::Bytea, Reading::StripNul),
        (PgType::Json, Reading::Latin1),
    ] {
        let refused = Err(CodecError::Reading { data_type, reading });
        assert_eq!(ColumnCodec::new(data_type, reading), refused);
    }
}

#[test]
fn numeric_bounds_that_postgresql_refuses_are_refused() {
    for bounds in [(0, 0), (1001, 0), (2, 3)] {
        let data_type = PgType::Numeric(Some(bounds));
        let refused = Err(CodecError::NumericBounds { data_type });
        assert_eq!(ColumnCodec::new(data_type, Reading::Plain), refused);
    }
}

#[test]
fn null_is_null_in_every_type() {
    for data_type in [PgType::Boolean, PgType::Numeric(None), PgType::Jsonb, PgType::Uuid] {
        let field = field(codec(data_type, Reading::Plain), ValueRef::Null);
        assert_eq!(field, Ok(vec![0xFF; 4]));
    }
}

#[test]
fn an_empty_text_is_null_only_when_the_reading_says_so() {
    let empty = ValueRef::Text(b"");
    assert_eq!(field(codec(PgType::Text, Reading::Plain), empty), Ok(vec![0; 4]));
    assert_eq!(field(codec(PgType::Text, Reading::EmptyNull), empty), Ok(vec![0xFF; 4]));
    assert_eq!(field(codec(PgType::Date, Reading::EmptyNull), empty), Ok(vec![0xFF; 4]));
    assert_eq!(field(codec(PgType::Date, Reading::Plain), empty), Err(Misfit::Form));
    let blob = field(codec(PgType::Bytea, Reading::EmptyNull), ValueRef::Blob(b""));
    assert_eq!(blob, Ok(vec![0; 4]));
}

proptest! {
    #[test]
    fn a_large_cell_sent_in_pieces_is_the_field_that_encode_makes(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..20),
            "[\\[\\]1,é\"a]{0,9}".prop_map(String::into_bytes),
        ],
        is_blob: bool,
    ) {
        let value = if is_blob { ValueRef::Blob(&bytes) } else { ValueRef::Text(&bytes) };
        for data_type in [PgType::Text, PgType::Varchar(5), PgType::Bytea, PgType::Json] {
            for reading in [Reading::Plain, Reading::EmptyNull] {
                let codec = codec(data_type, reading);
                let whole = field(codec, value);
                match codec.verbatim(value) {
                    Ok(Some(payload)) => {
                        let mut pieces = i32::try_from(payload.len()).unwrap().to_be_bytes().to_vec();
                        pieces.extend_from_slice(payload);
                        prop_assert_eq!(whole, Ok(pieces));
                    }
                    Ok(None) => prop_assert_eq!(whole, Ok(vec![0xFF; 4])),
                    Err(misfit) => prop_assert_eq!(whole, Err(misfit)),
                }
            }
        }
    }

    #[test]
    fn what_the_census_has_seen_changes_no_field(
        cells in prop::collection::vec(
            (
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..6),
                    prop::collection::vec(prop_oneof![Just(0_u8), 0x20..0x7F_u8], 0..140),
                    "[\\[\\]1,é\"a]{0,9}".prop_map(String::into_bytes),
                    "(\\{\"[aé]{0,3}\": [0-9]{1,2}\\}|[1-9]{1,7})".prop_map(String::into_bytes),
                ],
                prop::bool::weighted(0.1),
            ),
            1..4,
        ),
    ) {
        let cells: Vec<ValueRef<'_>> = cells
            .iter()
            .map(|(bytes, is_blob)| {
                if *is_blob { ValueRef::Blob(bytes) } else { ValueRef::Text(bytes) }
            })
            .collect();
        let mut census = ColumnCensus::default();
        for cell in &cells {
            record(&mut census, *cell, Interest::ALL);
        }
        for data_type in [PgType::Text, PgType::Varchar(5), PgType::Json, PgType::Bytea] {
            for reading in [Reading::Plain, Reading::EmptyNull, Reading::StripNul, Reading::Latin1] {
                let Ok(unseen) = ColumnCodec::new(data_type, reading) else { continue };
                let seen = unseen.having_seen(Texts::of(&census));
                for cell in &cells {
                    prop_assert_eq!(field(seen, *cell), field(unseen, *cell));
                    prop_assert_eq!(seen.verbatim(*cell), unseen.verbatim(*cell));
                }
            }
        }
    }

    #[test]
    fn days_are_counted_as_the_calendar_counts_them(day in 0..3_652_059_i64) {
        let first = datetime::days_from_2000(1, 1, 1);
        let text = calendar_day(day);
        let field = field(codec(PgType::Date, Reading::Plain), ValueRef::Text(text.as_bytes()));
        let days = i32::try_from(first + day).unwrap();
        let mut expected = 4_i32.to_be_bytes().to_vec();
        expected.extend_from_slice(&days.to_be_bytes());
        prop_assert_eq!(field, Ok(expected));
    }
}

/// Returns the day `day` days after 0001-01-01, found by walking years and months.
fn calendar_day(mut day: i64) -> String {
    let is_leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let mut year = 1;
    while day >= 365 + i64::from(is_leap(year)) {
        day -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + i64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", day + 1)
}

/// Returns nanoseconds per cell for encoding `cells` again and again.
fn nanoseconds(codec: ColumnCodec, cells: &[ValueRef<'_>], hash: bool) -> u128 {
    const ROUNDS: usize = 20_000;
    let mut out = Vec::with_capacity(1 << 20);
    let mut sum = 0_u64;
    let start = std::time::Instant::now();
    for _ in 0..ROUNDS {
        out.clear();
        for cell in cells {
            codec.encode(*cell, &mut out).unwrap();
        }
        if hash {
            for field in crate::copyfmt::Fields::of(&out) {
                sum = sum.wrapping_add(codec.hash(field));
            }
        }
        std::hint::black_box(&out);
    }
    std::hint::black_box(sum);
    start.elapsed().as_nanos() / u128::try_from(ROUNDS * cells.len()).unwrap()
}

#[test]
#[ignore = "a measurement; means something with optimisation only"]
fn how_long_a_cell_takes() {
    let texts = ["Alice", "a short text of some words", "é and more", "x@example.org"];
    let texts = texts.map(|text| ValueRef::Text(text.as_bytes()));
    let dates = ["2024-02-29 12:34:56", "2024-02-29T12:34:56.123456", "1999-12-31"];
    let dates = dates.map(|text| ValueRef::Text(text.as_bytes()));
    let json =
        [ValueRef::Text(br#"{"id":1,"name":"Alice","tags":["a","b"],"price":1.50,"x":null}"#)];
    let integers = [0, 1, -5, 1_234_567_890_123].map(ValueRef::Integer);
    let reals = [0.1, 2.5, 1_234.567_8, 99.99].map(ValueRef::Real);
    let decimals = [b"12.34".as_slice(), b"-1234567.0001"].map(ValueRef::Text);
    let uuids = [ValueRef::Text(b"550e8400-e29b-41d4-a716-446655440000")];
    for (name, data_type, cells) in [
        ("bigint", PgType::BigInt, integers.as_slice()),
        ("double", PgType::Double, &reals),
        ("text", PgType::Text, &texts),
        ("timestamp of text", PgType::Timestamp, &dates),
        ("numeric of integers", PgType::Numeric(None), &integers),
        ("numeric of reals", PgType::Numeric(None), &reals),
        ("numeric of text", PgType::Numeric(None), &decimals),
        ("json", PgType::Json, &json),
        ("jsonb", PgType::Jsonb, &json),
        ("uuid of text", PgType::Uuid, &uuids),
    ] {
        let codec = codec(data_type, Reading::Plain);
        let (encode, hash) = (nanoseconds(codec, cells, false), nanoseconds(codec, cells, true));
        println!("{name}: {encode} ns, with hash {hash} ns");
    }
    let mut census = ColumnCensus::default();
    for (name, cells) in [("text", texts.as_slice()), ("dates", &dates), ("reals", &reals)] {
        for interest in [Interest::BYTES, Interest::ALL] {
            let start = std::time::Instant::now();
            for _ in 0..20_000 {
                for cell in cells {
                    record(&mut census, *cell, interest);
                }
            }
            let each = start.elapsed().as_nanos() / u128::try_from(20_000 * cells.len()).unwrap();
            println!("census of {name}, {interest:?}: {each} ns");
        }
    }
}
