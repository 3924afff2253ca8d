//! [`Likeness`]: when two cells of a view count as equal.
//!
//! A table's cells are copies and equal in every bit. A view's may be computed: both databases add up
//! doubles in an order of their own, and join texts in one where the query names none.

use sealift_core::mapping::PgType;
use sealift_core::verify::cells::Normal;
use std::borrow::Cow;

/// Doubles count as equal when they differ by less than this part of the larger one: sums of millions
/// of doubles differ less, and money sums by more where a row is missing.
const PART: f64 = 1e-10;

/// Or by less than this: where a sum comes out as nearly nothing, its last digits are all it has.
const LEAST: f64 = 1e-12;

/// How cells are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Likeness {
    /// Doubles and `numeric`s by their first digits.
    pub(super) rounded: bool,
    /// Texts by the bytes they hold, in whatever order.
    pub(super) any_order: bool,
}

impl Likeness {
    /// Returns the form that all values which count as equal share, but for doubles on both sides of a
    /// rounding edge; those [`close`] tells.
    pub(super) fn settle(self, value: Normal<'_>, data_type: PgType) -> Normal<'_> {
        if self.rounded && is_computed(data_type) {
            return match number(&value) {
                Some(number) => rounded(number),
                None => value,
            };
        }
        match value {
            Normal::Bytes(bytes) if self.any_order && data_type.is_text() => {
                let mut sorted = bytes.into_owned();
                sorted.sort_unstable();
                Normal::Bytes(Cow::Owned(sorted))
            }
            Normal::Null
            | Normal::Boolean(_)
            | Normal::Integer(_)
            | Normal::Decimal(_)
            | Normal::Double(_)
            | Normal::Bytes(_)
            | Normal::Days(_)
            | Normal::Micros(_) => value,
        }
    }
}

impl Likeness {
    /// The same for texts only.
    pub(super) fn settle_texts(self, value: Normal<'_>, data_type: PgType) -> Normal<'_> {
        Self { rounded: false, ..self }.settle(value, data_type)
    }
}

/// Returns whether values of a type may be rounded.
pub(super) fn is_computed(data_type: PgType) -> bool {
    matches!(data_type, PgType::Double | PgType::Numeric(_))
}

/// Returns whether two cells count as equal.
pub(super) fn close(a: &Normal<'_>, b: &Normal<'_>) -> bool {
    match (number(a), number(b)) {
        (Some(x), Some(y)) => a == b || (x - y).abs() <= PART * f64::max(x.abs(), y.abs()) + LEAST,
        (None, _) | (_, None) => a == b,
    }
}

fn rounded(number: f64) -> Normal<'static> {
    let text = format!("{number:.10e}");
    let shortened: f64 = text.parse().unwrap_or(number);
    // Zero has no sign here.
    Normal::Double(if shortened == 0.0 { 0 } else { shortened.to_bits() })
}

/// Returns a finite number as a double.
fn number(value: &Normal<'_>) -> Option<f64> {
    let number: f64 = match value {
        Normal::Double(bits) => f64::from_bits(*bits),
        Normal::Integer(whole) => whole.to_string().parse().ok()?,
        Normal::Decimal(decimal) => {
            let mut text = Vec::new();
            decimal.write(&mut text);
            std::str::from_utf8(&text).ok()?.parse().ok()?
        }
        Normal::Null
        | Normal::Boolean(_)
        | Normal::Bytes(_)
        | Normal::Days(_)
        | Normal::Micros(_) => return None,
    };
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(value: f64) -> Normal<'static> {
        Normal::Double(value.to_bits())
    }

    #[test]
    fn a_sum_in_another_order_is_close_and_a_missing_cent_is_not() {
        assert!(close(&double(0.1 + 0.2 + 0.3), &double(0.3 + 0.2 + 0.1)));
        assert!(close(&double(5.5e-17), &double(2.7e-17)));
        assert!(!close(&double(1_000_000.01), &double(1_000_000.02)));
        assert!(!close(&double(0.5), &Normal::Null));
    }

    #[test]
    fn rounding_brings_close_numbers_to_one_form() {
        let likeness = Likeness { rounded: true, any_order: false };
        let settle = |value: f64| likeness.settle(double(value), PgType::Double);
        assert_eq!(settle(0.1 + 0.2), settle(0.3));
        assert_eq!(settle(-0.0), settle(0.0));
        assert_ne!(settle(0.3), settle(0.300_001));
    }

    #[test]
    fn texts_in_any_order_have_the_same_letters() {
        let likeness = Likeness { rounded: false, any_order: true };
        let settle = |text: &'static str| {
            likeness.settle(Normal::Bytes(text.as_bytes().into()), PgType::Text)
        };
        assert_eq!(settle("a,b"), settle("b,a"));
        assert_ne!(settle("a,b"), settle("a,c"));
    }
}
