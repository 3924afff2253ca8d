use super::*;
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
