//! `printf()` and `format()` with a literal format (`sqlite.org/printf.html`).

use super::number::exact_value;
use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::operators::LEADING_INTEGER;
use crate::translate::typed::{Type, Typed, fill};

/// One piece of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Conversion(Conversion),
}

/// `%[flags][width][.precision]letter`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Conversion {
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    comma: bool,
    width: i64,
    precision: Option<i64>,
    letter: char,
}

/// Widths beyond are refused; SQLite has no such limit, reports have.
const MAX_WIDTH: i64 = 1000;

/// `printf(format, …)`
pub(super) fn format(arguments: &[Typed]) -> Result<Typed, Unsupported> {
    let Some((format, mut values)) = arguments.split_first() else {
        return Err(Unsupported::new("printf() of nothing"));
    };
    let Some(format) = format.literal_text() else {
        return Err(Unsupported::new("printf() with a format that is not a literal"));
    };
    let mut parts = Vec::new();
    for piece in pieces(format)? {
        parts.push(match piece {
            Piece::Plain(text) => Typed::text(&text)?,
            Piece::Conversion(conversion) => {
                // A missing argument is NULL.
                let null = Typed::null();
                let value = match values.split_first() {
                    Some((value, rest)) => {
                        values = rest;
                        value
                    }
                    None => &null,
                };
                render(&conversion, value)?
            }
        });
    }
    let immutable = parts.iter().all(|part| part.immutable);
    if parts.is_empty() {
        parts.push(Typed::text("")?);
    }
    let sql = parts.into_iter().map(|part| part.sql);
    let mut made = Typed::new(Sql::raw("(").join(sql, " || ").push(")"), Type::Text);
    made.immutable = immutable;
    Ok(made)
}

fn pieces(format: &str) -> Result<Vec<Piece>, Unsupported> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '%' {
            plain.push(character);
            continue;
        }
        let mut conversion = Conversion::default();
        let refuse = |what: char| Unsupported::new(format!("printf() with `{what}` after %"));
        loop {
            let Some(next) = characters.next() else {
                return Err(Unsupported::new("printf() with a % at the end of its format"));
            };
            match next {
                '-' => conversion.minus = true,
                '+' => conversion.plus = true,
                ' ' => conversion.space = true,
                '0' if conversion.width == 0 && conversion.precision.is_none() => {
                    conversion.zero = true;
                }
                ',' => conversion.comma = true,
                '.' => conversion.precision = Some(0),
                digit if digit.is_ascii_digit() => {
                    let digit = i64::from(digit.to_digit(10).unwrap_or(0));
                    let number = conversion.precision.as_mut().unwrap_or(&mut conversion.width);
                    *number = *number * 10 + digit;
                    if *number > MAX_WIDTH {
                        return Err(Unsupported::new("printf() with a width of more than 1000"));
                    }
                }
                'l' => {}
                letter if letter.is_ascii_alphabetic() || letter == '%' => {
                    conversion.letter = letter;
                    break;
                }
                other => return Err(refuse(other)),
            }
        }
        if conversion.letter == '%' {
            plain.push('%');
            continue;
        }
        if !plain.is_empty() {
            pieces.push(Piece::Plain(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Conversion(conversion));
    }
    if !plain.is_empty() {
        pieces.push(Piece::Plain(plain));
    }
    Ok(pieces)
}

fn render(conversion: &Conversion, value: &Typed) -> Result<Typed, Unsupported> {
    match conversion.letter {
        'd' | 'i' if conversion.precision.is_none() => integer(conversion, value),
        'f' if !conversion.comma => fixed(conversion, value),
        'x' | 'X'
            if !(conversion.plus || conversion.space || conversion.comma)
                && conversion.precision.is_none() =>
        {
            let template =
                if conversion.letter == 'x' { "to_hex({0})" } else { "upper(to_hex({0}))" };
            let digits = whole(value)?.derive(template, Type::Text);
            Ok(padded(conversion, &Typed::text("")?, &digits))
        }
        's' | 'z' => string(conversion, value, "coalesce({0}, '')"),
        'q' => string(conversion, value, "coalesce(replace({0}, '''', ''''''), '(NULL)')"),
        'Q' => string(
            conversion,
            value,
            "coalesce('''' || replace({0}, '''', '''''') || '''', 'NULL')",
        ),
        'w' => string(conversion, value, "coalesce(replace({0}, '\"', '\"\"'), '(NULL)')"),
        letter => Err(Unsupported::new(format!("printf() with the conversion %{letter}"))),
    }
}

/// An argument as the whole number that `%d` takes it for; NULL is 0.
fn whole(value: &Typed) -> Result<Typed, Unsupported> {
    let made = if value.ty == Type::Text {
        value.derive(LEADING_INTEGER, Type::BigInt)
    } else {
        let number = value.number()?;
        if number.ty.is_integer() {
            number
        } else {
            number.derive("(trunc({0})::bigint)", Type::BigInt)
        }
    };
    Ok(made.derive("coalesce(({0})::bigint, 0)", Type::BigInt))
}

fn integer(conversion: &Conversion, value: &Typed) -> Result<Typed, Unsupported> {
    let number = whole(value)?;
    let sign = sign(conversion, &number);
    let digits = if conversion.comma {
        if conversion.zero {
            return Err(Unsupported::new("printf() with zeros and commas"));
        }
        number.derive("to_char(abs(({0})::numeric), 'FM9,999,999,999,999,999,999')", Type::Text)
    } else {
        number.derive("abs(({0})::numeric)::text", Type::Text)
    };
    let digits = digits.clone();
    Ok(padded(conversion, &sign, &if conversion.comma { digits.stable() } else { digits }))
}

fn fixed(conversion: &Conversion, value: &Typed) -> Result<Typed, Unsupported> {
    let places = conversion.precision.unwrap_or(6);
    if places > 15 {
        return Err(Unsupported::new("printf() with more than 15 decimal places"));
    }
    let number = value.number()?.convert(Type::Double)?;
    let number = number.derive("coalesce({0}, 0)", Type::Double);
    // A small negative number keeps its sign: -0.001 is -0.00.
    let sign = sign(conversion, &number);
    let size = number.derive("abs({0})", Type::Double);
    let value = exact_value(&size);
    // Digits before the point, less the zeros behind it.
    let before = value.derive(
        "(case when {0} >= 1 then length(trunc({0})::text) \
         else - coalesce(length(substring(({0})::text from '^0[.](0*)')), 0) end)",
        Type::Integer,
    );
    // SQLite takes 18 or 19 digits, by the power of two below (`sqlite3Fp2Convert10`), and rounds
    // these to the places, or to 16 digits and then zeros (`sqlite3FpDecode`).
    let taken = size.derive(
        "(case when {0} > 0 then 17 - floor(floor(ln({0}) / 0.6931471805599453) \
         * 0.3010299956639812)::integer else 17 end)",
        Type::Integer,
    );
    let count = Sql::new().int(places);
    let template = "round(round(round({0}, {3}), least({2}, 16 - {1})), {2})::text";
    let sql = fill(template, &[&value.sql, &before.sql, &count, &taken.sql]);
    let mut digits = Typed::new(sql, Type::Text);
    digits.immutable = number.immutable;
    Ok(padded(conversion, &sign, &digits))
}

fn sign(conversion: &Conversion, number: &Typed) -> Typed {
    let template = if conversion.plus {
        "(case when {0} < 0 then '-' else '+' end)"
    } else if conversion.space {
        "(case when {0} < 0 then '-' else ' ' end)"
    } else {
        "(case when {0} < 0 then '-' else '' end)"
    };
    number.derive(template, Type::Text)
}

/// A text; SQLite counts its width in bytes.
fn string(
    conversion: &Conversion,
    value: &Typed,
    template: &'static str,
) -> Result<Typed, Unsupported> {
    if conversion.precision.is_some() {
        return Err(Unsupported::new("printf() that cuts a text to bytes"));
    }
    let text = value.as_text()?.derive(template, Type::Text);
    let conversion = Conversion { zero: false, ..conversion.clone() };
    Ok(padded(&conversion, &Typed::text("")?, &text))
}

fn padded(conversion: &Conversion, sign: &Typed, digits: &Typed) -> Typed {
    if conversion.width == 0 {
        return Typed::made("({0} || {1})", &[sign, digits], Type::Text);
    }
    let width = Sql::new().int(conversion.width);
    let template = if conversion.minus {
        "({0} || {1} || repeat(' ', {2} - octet_length({0}) - octet_length({1})))"
    } else if conversion.zero {
        "({0} || repeat('0', {2} - octet_length({0}) - octet_length({1})) || {1})"
    } else {
        "(repeat(' ', {2} - octet_length({0}) - octet_length({1})) || {0} || {1})"
    };
    let mut made = Typed::new(fill(template, &[&sign.sql, &digits.sql, &width]), Type::Text);
    made.immutable = sign.immutable && digits.immutable;
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_plain_text_and_conversions() {
        let pieces = pieces("a%%b %05d|%-3s").unwrap();
        let conversion = |width, letter| Conversion { width, letter, ..Conversion::default() };
        assert_eq!(
            pieces,
            [
                Piece::Plain("a%b ".to_owned()),
                Piece::Conversion(Conversion { zero: true, ..conversion(5, 'd') }),
                Piece::Plain("|".to_owned()),
                Piece::Conversion(Conversion { minus: true, ..conversion(3, 's') }),
            ]
        );
    }

    #[test]
    fn what_depends_on_an_argument_is_refused() {
        assert!(pieces("%*d").is_err());
        assert!(pieces("100%").is_err());
    }
}
