//! Variables of applications that hold whole numbers: what each may be, for every command alike.

use super::{Environment, Setting};
use crate::error::{CommandResult, usage_error};
use std::ops::RangeInclusive;

/// More connections, and longer waits, than anybody means.
const MOST_CONNECTIONS: i64 = 100_000;
const MOST_SECONDS: i64 = 30 * 86_400;

/// A variable that holds a whole number.
#[derive(Debug)]
pub(super) struct NumberVariable {
    /// Its name.
    pub(super) name: &'static str,
    range: RangeInclusive<i64>,
    /// What -1 means, where it means something: what it does in SQLAlchemy, where it is a default.
    minus_one: Option<&'static str>,
}

/// Connections that a pool keeps.
pub(super) const POOL_SIZE: NumberVariable =
    NumberVariable { name: "DB_POOL_SIZE", range: 1..=MOST_CONNECTIONS, minus_one: None };

/// Seconds that a connection is waited for.
pub(super) const POOL_TIMEOUT: NumberVariable =
    NumberVariable { name: "DB_POOL_TIMEOUT", range: 1..=MOST_SECONDS, minus_one: None };

/// Seconds after which a connection is replaced.
pub(super) const POOL_RECYCLE: NumberVariable =
    NumberVariable { name: "DB_POOL_RECYCLE", range: 1..=MOST_SECONDS, minus_one: Some("never") };

const MAX_OVERFLOW: NumberVariable = NumberVariable {
    name: "DB_MAX_OVERFLOW",
    range: 0..=MOST_CONNECTIONS,
    minus_one: Some("no limit"),
};
const PORT: NumberVariable = NumberVariable { name: "DB_PORT", range: 1..=65_535, minus_one: None };
const PG_PORT: NumberVariable =
    NumberVariable { name: "PGPORT", range: 1..=65_535, minus_one: None };

/// All of them.
pub(super) const NUMBERS: [&NumberVariable; 6] =
    [&POOL_SIZE, &MAX_OVERFLOW, &POOL_TIMEOUT, &POOL_RECYCLE, &PORT, &PG_PORT];

impl NumberVariable {
    /// Returns the number that a text is, where the variable may be that number.
    pub(super) fn read(&self, text: &str) -> Option<i64> {
        let number: i64 = text.trim().parse().ok()?;
        let may_be = self.range.contains(&number) || (number == -1 && self.minus_one.is_some());
        may_be.then_some(number)
    }
}

impl Environment {
    /// Returns the number that a variable holds. An error does not quote the value: it may have been meant for another
    /// variable.
    pub(super) fn number(&self, variable: &NumberVariable) -> CommandResult<Option<i64>> {
        let Some(Setting { value, origin }) = self.variable(variable.name) else { return Ok(None) };
        if let Some(number) = variable.read(value) {
            return Ok(Some(number));
        }
        let (least, most) = (variable.range.start(), variable.range.end());
        let or = variable.minus_one.map_or_else(String::new, |means| format!(", or -1: {means}"));
        let name = variable.name;
        Err(usage_error(format!("{origin} is not a whole number from {least} to {most}{or}"))
            .hinted(format!("write it without a unit, as in {name}=10, or unset it")))
    }

    /// Returns the same of one that counts something; `None` also where it is -1.
    pub(super) fn count(&self, variable: &NumberVariable) -> CommandResult<Option<u64>> {
        Ok(self.number(variable)?.and_then(|number| u64::try_from(number).ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::environment;
    use super::*;

    #[test]
    fn numbers_are_read_within_what_they_may_be() {
        for (variable, text, number) in [
            (&POOL_SIZE, " 5 ", Some(5)),
            (&POOL_SIZE, "0", None),
            (&POOL_SIZE, "-1", None),
            (&POOL_SIZE, "1.5", None),
            (&POOL_TIMEOUT, "30s", None),
            (&POOL_RECYCLE, "-1", Some(-1)),
            (&POOL_RECYCLE, "-2", None),
            (&POOL_RECYCLE, "0", None),
            (&MAX_OVERFLOW, "0", Some(0)),
            (&PG_PORT, "65536", None),
        ] {
            assert_eq!(variable.read(text), number, "{}={text}", variable.name);
        }
    }

    #[test]
    fn what_is_no_number_is_named_and_not_quoted() {
        let environment = environment(&[("DB_POOL_RECYCLE", "hidden")], &[], "");
        let error = environment.number(&POOL_RECYCLE).unwrap_err();
        let said = "DB_POOL_RECYCLE is not a whole number from 1 to 2592000, or -1: never";
        assert_eq!(error.message, said);
        assert!(!format!("{error:?}").contains("hidden"));
    }
}
