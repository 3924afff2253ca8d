//! In which form moments are written: SQLite compares their texts, PostgreSQL the moments.

use serde::{Deserialize, Serialize};

/// The length of `YYYY-MM-DD`.
const DAY: usize = 10;
/// … and of it with `HH:MM`, with seconds, and with the point of a fraction.
const MINUTE: usize = 16;
const SECOND: usize = 19;
const POINT: usize = 20;
/// Longer texts are not told apart.
const LONGEST: usize = 63;

const SPACE: u8 = 1;
const LETTER_T: u8 = 2;
const ZERO_FRACTION: u8 = 4;
const NO_OFFSET: u8 = 8;
const ZULU: u8 = 16;
const PLUS_ZERO: u8 = 32;
const OTHER_OFFSET: u8 = 64;

/// Every form that the moments of a column have. Those of two parts add up with [`Self::merge`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MomentForms {
    /// One bit for each length in bytes, without the offset.
    lengths: u64,
    /// Separators, offsets, and whether a fraction is zero.
    marks: u8,
}

/// What stands between the day and the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// As SQLite's own functions write it.
    Space,
    /// As ISO 8601 has it.
    T,
}

/// How far a moment is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// `YYYY-MM-DD`
    Day,
    /// … `HH:MM`
    Minute,
    /// … `:SS`
    Second,
    /// … with so many bytes in all, of which the last are a fraction.
    Fraction(usize),
    /// The same, but a whole second has no fraction, as Python writes it.
    FractionOrNone(usize),
}

/// What follows the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offset {
    /// Nothing.
    None,
    /// `Z`
    Zulu,
    /// `+00:00`
    PlusZero,
}

/// A form in which a moment has exactly one text, and a later moment a greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Between the day and the time.
    pub separator: Separator,
    /// How far.
    pub precision: Precision,
    /// After the time.
    pub offset: Offset,
}

/// The form of a column's moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MomentForm {
    /// All have this one.
    One(Written),
    /// Several, all in UTC or without an offset; `days` when some have no time.
    Several {
        /// Whether some are days.
        days: bool,
    },
    /// It is not known.
    Unknown,
}

/// Where the text of a moment stands beside another text that says the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// They are equal.
    Same,
    /// It is the greater one.
    After,
    /// It is the smaller one.
    Before,
    /// It is equal or greater.
    NotBefore,
    /// All texts of that day are greater.
    DayAfter,
    /// All texts of that day are smaller.
    DayBefore,
}

impl MomentForms {
    /// Returns the form of a text that says a moment.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        let time = text.get(DAY + 1..).unwrap_or_default();
        let is_time = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.');
        let written = time.iter().take_while(is_time).count();
        let offset = match time.get(written..) {
            None | Some([]) => NO_OFFSET,
            Some(b"Z") => ZULU,
            Some(b"+00:00") => PLUS_ZERO,
            Some(_) => OTHER_OFFSET,
        };
        let separator = match text.get(DAY) {
            None => 0,
            Some(b'T') => LETTER_T,
            Some(_) => SPACE,
        };
        let length = if separator == 0 { DAY } else { DAY + 1 + written };
        let fraction = time.get(POINT - DAY - 1..written).unwrap_or_default();
        let is_zero = !fraction.is_empty() && fraction.iter().all(|digit| *digit == b'0');
        Self {
            lengths: 1 << std::cmp::min(length, LONGEST),
            marks: separator | offset | if is_zero { ZERO_FRACTION } else { 0 },
        }
    }

    /// Adds the forms of other moments.
    pub fn merge(&mut self, other: Self) {
        self.lengths |= other.lengths;
        self.marks |= other.marks;
    }

    /// Returns whether a fraction is written that is zero.
    #[must_use]
    pub fn has_zero_fraction(self) -> bool {
        self.marks & ZERO_FRACTION != 0
    }

    /// Returns what all of them have in common. Where there are none yet, what SQLite's own functions
    /// write is taken for it.
    #[must_use]
    pub fn form(self) -> MomentForm {
        if self.lengths == 0 {
            return MomentForm::One(Written::SQLITE);
        }
        let days = self.lengths & (1 << DAY) != 0;
        let several = MomentForm::Several { days };
        let offset = match self.marks & (NO_OFFSET | ZULU | PLUS_ZERO | OTHER_OFFSET) {
            NO_OFFSET => Offset::None,
            ZULU => Offset::Zulu,
            PLUS_ZERO => Offset::PlusZero,
            marks if marks & OTHER_OFFSET == 0 => return several,
            _ => return MomentForm::Unknown,
        };
        let separator = match self.marks & (SPACE | LETTER_T) {
            LETTER_T => Separator::T,
            0 | SPACE => Separator::Space,
            _ => return several,
        };
        let precision = match self.lengths() {
            (length, 0) => Precision::of(length),
            (SECOND, rest) if self.is_fraction_of_others(rest) && offset == Offset::None => {
                self.only_length(rest).map(Precision::FractionOrNone)
            }
            _ => None,
        };
        precision
            .map_or(several, |precision| MomentForm::One(Written { separator, precision, offset }))
    }

    /// Returns the shortest length, and the bits of the others.
    fn lengths(self) -> (usize, u64) {
        let shortest = usize::try_from(self.lengths.trailing_zeros()).unwrap_or(LONGEST);
        (shortest, self.lengths & self.lengths.wrapping_sub(1))
    }

    fn is_fraction_of_others(self, rest: u64) -> bool {
        rest.is_power_of_two() && !self.has_zero_fraction()
    }

    fn only_length(self, rest: u64) -> Option<usize> {
        let length = usize::try_from(rest.trailing_zeros()).ok()?;
        matches!(Precision::of(length), Some(Precision::Fraction(_))).then_some(length)
    }
}

impl Precision {
    fn of(length: usize) -> Option<Self> {
        match length {
            DAY => Some(Self::Day),
            MINUTE => Some(Self::Minute),
            SECOND => Some(Self::Second),
            length if length > POINT && length < LONGEST => Some(Self::Fraction(length)),
            _ => None,
        }
    }

    fn length(self) -> usize {
        match self {
            Self::Day => DAY,
            Self::Minute => MINUTE,
            Self::Second => SECOND,
            Self::Fraction(length) | Self::FractionOrNone(length) => length,
        }
    }
}

impl Written {
    /// `YYYY-MM-DD HH:MM:SS`
    pub const SQLITE: Self =
        Self { separator: Separator::Space, precision: Precision::Second, offset: Offset::None };
    /// `YYYY-MM-DD HH:MM`
    pub const MINUTE: Self = Self { precision: Precision::Minute, ..Self::SQLITE };
    /// `YYYY-MM-DD`
    pub const DAY: Self = Self { precision: Precision::Day, ..Self::SQLITE };
}

impl MomentForm {
    /// Returns whether texts in this form come in the order of their moments, and only equal moments
    /// have equal texts.
    #[must_use]
    pub fn is_ordered(self) -> bool {
        match self {
            Self::One(_) => true,
            Self::Several { .. } | Self::Unknown => false,
        }
    }

    /// Returns the form that values of both have.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }

    /// Returns where a text of this form stands beside one of the form `text`, of the same moment;
    /// `None` where that depends on the cell. `zero` when `text` has a fraction that is zero.
    #[must_use]
    pub fn beside(self, text: Written, zero: bool) -> Option<Beside> {
        let is_day = text.precision == Precision::Day;
        let own = match self {
            Self::One(own) => own,
            Self::Several { days: true } if is_day => return Some(Beside::NotBefore),
            Self::Several { days: false } if is_day => return Some(Beside::After),
            Self::Several { .. } | Self::Unknown => return None,
        };
        match (own.precision, is_day) {
            (Precision::Day, true) => return Some(Beside::Same),
            (Precision::Day, false) => return Some(Beside::Before),
            (_, true) => return Some(Beside::After),
            (_, false) => {}
        }
        match (own.separator, text.separator) {
            (Separator::T, Separator::Space) => return Some(Beside::DayAfter),
            (Separator::Space, Separator::T) => return Some(Beside::DayBefore),
            (Separator::T, Separator::T) | (Separator::Space, Separator::Space) => {}
        }
        let (mine, its) = (own.precision.length(), text.precision.length());
        match (own.offset, text.offset) {
            (Offset::None, Offset::None) => {}
            (_, Offset::None) if mine >= its => return Some(Beside::After),
            // `+` stands before the point of a fraction, `Z` behind it.
            (Offset::PlusZero, Offset::None) if mine == SECOND => return Some(Beside::Before),
            (Offset::None | Offset::Zulu | Offset::PlusZero, _) => return None,
        }
        if matches!(text.precision, Precision::FractionOrNone(_)) {
            return (own.precision == text.precision).then_some(Beside::Same);
        }
        if let Precision::FractionOrNone(_) = own.precision {
            let is_whole = text.precision == Precision::Second;
            return Some(match (is_whole, zero) {
                (true, _) => Beside::Same,
                (false, true) => Beside::Before,
                (false, false) => by_length(mine, its),
            });
        }
        Some(by_length(mine, its))
    }
}

/// The longer of two texts that begin alike is the greater one.
fn by_length(own: usize, other: usize) -> Beside {
    match own.cmp(&other) {
        std::cmp::Ordering::Less => Beside::Before,
        std::cmp::Ordering::Equal => Beside::Same,
        std::cmp::Ordering::Greater => Beside::After,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(texts: &[&str]) -> MomentForm {
        let mut forms = MomentForms::default();
        for text in texts {
            forms.merge(MomentForms::of(text.as_bytes()));
        }
        forms.form()
    }

    /// What is said of a form holds for the texts themselves, each beside each.
    #[test]
    fn a_text_stands_beside_another_where_the_form_says() {
        let columns: &[&[&str]] = &[
            &["2024-01-01"],
            &["2024-01-01 00:00"],
            &["2024-01-01 00:00:00"],
            &["2024-01-01T00:00:00"],
            &["2024-01-01 00:00:00.000"],
            &["2024-01-01 00:00:00", "2024-01-02 00:00:00.500000"],
            &["2024-01-01T00:00:00.000Z"],
            &["2024-01-01 00:00:00+00:00"],
        ];
        let others = [
            "2024-01-01",
            "2024-01-01 00:00",
            "2024-01-01 00:00:00",
            "2024-01-01T00:00:00",
            "2024-01-01 00:00:00.0",
            "2024-01-01 00:00:00.000",
            "2024-01-01 00:00:00.000000",
        ];
        for column in columns {
            for other in others {
                let MomentForm::One(text) = form(&[other]) else { panic!("{other}") };
                let zero = MomentForms::of(other.as_bytes()).has_zero_fraction();
                let wanted = column[0].cmp(other);
                let said = form(column).beside(text, zero);
                let agrees = match said {
                    Some(Beside::Same) => wanted.is_eq(),
                    Some(Beside::After | Beside::DayAfter) => wanted.is_gt(),
                    Some(Beside::Before | Beside::DayBefore) => wanted.is_lt(),
                    Some(Beside::NotBefore) => wanted.is_ge(),
                    None => column[0].ends_with('Z'),
                };
                assert!(agrees, "{column:?} beside {other}: {said:?}");
            }
        }
    }

    #[test]
    fn several_forms_have_no_order_but_beside_a_day() {
        let mixed = form(&["2024-01-01 10:00:00", "2024-01-01T10:00:00"]);
        assert_eq!(mixed, MomentForm::Several { days: false });
        assert_eq!(mixed.beside(Written::DAY, false), Some(Beside::After));
        assert_eq!(mixed.beside(Written::SQLITE, false), None);
        let days = form(&["2024-01-01 10:00:00", "2024-01-01"]);
        assert_eq!(days.beside(Written::DAY, false), Some(Beside::NotBefore));
        assert_eq!(form(&["2024-01-01 10:00:00+02:00"]), MomentForm::Unknown);
        let trimmed = form(&["2024-01-01 10:00:00", "2024-01-01 10:00:00.0"]);
        assert_eq!(trimmed, MomentForm::Several { days: false });
    }
}
