//! Mathematics (`sqlite.org/lang_mathfunc.html`).
//!
//! Both databases call the same C functions. Outside its domain a function is NULL in SQLite and an
//! error in PostgreSQL, so the domain is asked for first; a result beyond the range of a double is an
//! error here, where SQLite gives infinity.

use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::typed::{Type, Typed};

type Call = Option<Result<Typed, Unsupported>>;

pub(super) fn call(name: &str, arguments: &[Typed]) -> Call {
    let template = match (name, arguments.len()) {
        ("pi", 0) => return Some(Ok(real(Typed::new(Sql::raw("pi()"), Type::Double)))),
        ("sqrt", 1) => "(case when {0} >= 0 then sqrt({0}) end)",
        ("exp", 1) => "exp({0})",
        ("ln", 1) => "(case when {0} > 0 then ln({0}) end)",
        ("log" | "log10", 1) => "(case when {0} > 0 then log10({0}) end)",
        ("log", 2) => "(case when {0} > 0 and {0} <> 1 and {1} > 0 then ln({1}) / ln({0}) end)",
        ("pow" | "power", 2) => "power({0}, {1})",
        ("radians", 1) => "radians({0})",
        ("degrees", 1) => "({0} * 57.29577951308232::double precision)",
        ("sin", 1) => "sin({0})",
        ("cos", 1) => "cos({0})",
        ("tan", 1) => "tan({0})",
        ("atan", 1) => "atan({0})",
        ("atan2", 2) => "atan2({0}, {1})",
        ("asin", 1) => "(case when abs({0}) <= 1 then asin({0}) end)",
        ("acos", 1) => "(case when abs({0}) <= 1 then acos({0}) end)",
        ("sinh", 1) => "sinh({0})",
        ("cosh", 1) => "cosh({0})",
        ("tanh", 1) => "tanh({0})",
        ("asinh", 1) => "asinh({0})",
        ("acosh", 1) => "(case when {0} >= 1 then acosh({0}) end)",
        ("atanh", 1) => "(case when abs({0}) <= 1 then atanh({0}) end)",
        ("mod", 2) => return Some(modulo(arguments)),
        ("log2", 1) => {
            return Some(Err(Unsupported::new(
                "log2(), which PostgreSQL does not have and a division would only come near",
            )));
        }
        _ => return None,
    };
    Some(applied(template, arguments))
}

/// A text that is no number is NULL to these functions and not 0.
fn applied(template: &'static str, arguments: &[Typed]) -> Result<Typed, Unsupported> {
    let mut doubles = Vec::new();
    for argument in arguments {
        if argument.ty == Type::Text || argument.ty == Type::Dynamic {
            return Err(Unsupported::new("a mathematical function of a text"));
        }
        doubles.push(argument.number()?.convert(Type::Double)?);
    }
    Ok(real(Typed::made(template, &doubles.iter().collect::<Vec<_>>(), Type::Double)))
}

fn modulo(arguments: &[Typed]) -> Result<Typed, Unsupported> {
    let [left, right] = arguments else {
        return Err(Unsupported::new("mod() of anything but two values"));
    };
    let (left, right) = (left.number()?, right.number()?);
    if !(left.ty.is_integer() && right.ty.is_integer()) {
        return Err(Unsupported::new("mod() of numbers with a fraction, which would be rounded"));
    }
    let template = "((({0})::bigint % nullif(({1})::bigint, 0))::double precision)";
    Ok(real(Typed::made(template, &[&left, &right], Type::Double)))
}

fn real(value: Typed) -> Typed {
    value.surely_real()
}
