//! [`Pool`]: the cells that an operation's parameters are drawn from.

use super::{Arrangement, Fresh, Given, Lot};
use crate::sqlite::Value;

/// Numbers that have to be left before a type's end, so that a measurement does not reach it: more than either
/// database inserts in an hour.
const ROOM: i64 = 100_000_000;

/// A cell as one of the two sides has it.
pub trait Cell: Clone + PartialEq {
    /// Returns the value number `number` that no row has, in the form of the cell that it takes the place of.
    fn fresh(fresh: Fresh, number: i64, like: &Self) -> Self;
}

/// Rows that parameters are drawn from.
#[derive(Debug, Clone)]
pub struct Pool<C> {
    arrangement: Arrangement,
    rows: Vec<Vec<C>>,
    greatest: Vec<i64>,
}

impl<C: Cell> Pool<C> {
    /// Returns a pool of rows, as the samples have them, and the greatest numbers there are.
    ///
    /// # Errors
    /// A reason why the operation cannot be done with them.
    pub fn new(
        arrangement: &Arrangement,
        rows: Vec<Vec<C>>,
        greatest: Vec<i64>,
    ) -> Result<Self, &'static str> {
        let first = rows.first().ok_or("no row has a value in each of its columns")?;
        match arrangement {
            Arrangement::OfOneRow => {}
            Arrangement::FirstOfAnother => {
                if rows.iter().all(|row| row.first() == first.first()) {
                    return Err("every row has the same value, so that nothing would change");
                }
            }
            Arrangement::Renewed(given) => {
                let mut greatest = greatest.iter();
                for one in given {
                    if let Given::Fresh(Fresh::Number { most }) = one
                        && greatest.next().is_none_or(|used| *used > most.saturating_sub(ROOM))
                    {
                        return Err("the numbers of its key are nearly used up");
                    }
                }
            }
        }
        Ok(Self { arrangement: arrangement.clone(), rows, greatest })
    }

    /// Returns how many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there is none, which cannot be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the parameters of the next operation; `number`, from 1, gives one that no other had.
    pub fn draw(&self, lot: &mut Lot, number: impl FnOnce() -> i64) -> Vec<C> {
        let Some(row) = lot.one_of(&self.rows) else { return Vec::new() };
        match &self.arrangement {
            Arrangement::OfOneRow => row.clone(),
            Arrangement::FirstOfAnother => {
                let other = lot.one_of(&self.rows).unwrap_or(row);
                other.iter().take(1).chain(row.iter().skip(1)).cloned().collect()
            }
            Arrangement::Renewed(given) => self.renewed(row, given, number()),
        }
    }

    fn renewed(&self, row: &[C], given: &[Given], number: i64) -> Vec<C> {
        let mut greatest = self.greatest.iter();
        let cells = row.iter().zip(given).map(|(cell, given)| match given {
            Given::Sampled => cell.clone(),
            Given::Fresh(fresh @ Fresh::Number { .. }) => {
                let used = greatest.next().copied().unwrap_or(0);
                C::fresh(*fresh, used.saturating_add(number), cell)
            }
            Given::Fresh(fresh @ (Fresh::Text | Fresh::Uuid | Fresh::Bytes | Fresh::Null)) => {
                C::fresh(*fresh, number, cell)
            }
        });
        cells.collect()
    }
}

/// SQLite's cells.
impl Cell for Value {
    fn fresh(fresh: Fresh, number: i64, like: &Self) -> Self {
        match (fresh, like) {
            (Fresh::Number { .. }, _) => Self::Integer(number),
            (Fresh::Text, _) => Self::Text(text(number).into_bytes()),
            (Fresh::Uuid, Self::Blob(_)) | (Fresh::Bytes, _) => {
                Self::Blob(bytes(number).to_be_bytes().to_vec())
            }
            (Fresh::Uuid, _) => Self::Text(uuid(number).into_bytes()),
            (Fresh::Null, _) => Self::Null,
        }
    }
}

/// PostgreSQL's cells, as the text that it reads and writes.
impl Cell for Option<String> {
    fn fresh(fresh: Fresh, number: i64, _like: &Self) -> Self {
        match fresh {
            Fresh::Number { .. } => Some(number.to_string()),
            Fresh::Text => Some(text(number)),
            Fresh::Uuid => Some(uuid(number)),
            Fresh::Bytes => Some(format!("\\x{:032x}", bytes(number))),
            Fresh::Null => None,
        }
    }
}

/// Eight characters or more: letters and digits that equal each other in no collation.
fn text(number: i64) -> String {
    format!("sb{number:06}")
}

/// A number that looks like nobody else's: version 8 of RFC 9562, for numbers of one's own making.
fn bytes(number: i64) -> u128 {
    const OURS: u128 = 0x5ea1_1f7b_e7c8_8000_8000_0000_0000_0000;
    OURS | u128::from(number.unsigned_abs() & 0x3fff_ffff_ffff_ffff)
}

fn uuid(number: i64) -> String {
    let mut digits = format!("{:032x}", bytes(number));
    for at in [20, 16, 12, 8] {
        digits.insert(at, '-');
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    }

    #[test]
    fn an_update_takes_its_value_from_another_row_than_its_key() {
        let rows = vec![cells(&["a", "1"]), cells(&["b", "2"])];
        let pool = Pool::new(&Arrangement::FirstOfAnother, rows, Vec::new()).unwrap();
        let mut lot = Lot::of(1, 1, 1);
        let drawn: Vec<_> = (0..50).map(|_| pool.draw(&mut lot, || 1)).collect();
        for (value, key) in [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2")] {
            assert!(drawn.contains(&cells(&[value, key])), "{value} {key}");
        }
    }

    #[test]
    fn a_column_of_one_value_cannot_be_changed() {
        let rows = vec![cells(&["a", "1"]), cells(&["a", "2"])];
        assert!(Pool::new(&Arrangement::FirstOfAnother, rows, Vec::new()).is_err());
        assert!(Pool::<Value>::new(&Arrangement::OfOneRow, Vec::new(), Vec::new()).is_err());
    }

    #[test]
    fn new_values_take_the_place_of_those_that_have_to_be_unique() {
        let number = Fresh::Number { most: i64::from(i32::MAX) };
        let given = [number, Fresh::Text, Fresh::Uuid, Fresh::Null].map(Given::Fresh);
        let given: Vec<Given> = [Given::Sampled].into_iter().chain(given).collect();
        let row = cells(&["kept", "4", "a@b", "0", "x"]);
        let pool = Pool::new(&Arrangement::Renewed(given), vec![row], vec![900]).unwrap();
        let drawn = pool.draw(&mut Lot::of(1, 1, 1), || 12);
        let mut expected =
            cells(&["kept", "912", "sb000012", "5ea11f7b-e7c8-8000-8000-00000000000c"]);
        expected.push(None);
        assert_eq!(drawn, expected);
    }

    #[test]
    fn numbers_that_are_nearly_used_up_are_left_alone() {
        let number = Fresh::Number { most: i64::from(i32::MAX) };
        let renewed = Arrangement::Renewed(vec![Given::Fresh(number)]);
        let rows = vec![cells(&["1"])];
        assert!(Pool::new(&renewed, rows.clone(), vec![i64::from(i32::MAX) - 5]).is_err());
        assert!(Pool::new(&renewed, rows, vec![7]).is_ok());
    }

    #[test]
    fn sqlite_gets_a_uuid_in_the_form_that_the_column_holds() {
        let blob = Value::Blob(vec![0; 16]);
        let Value::Blob(made) = Value::fresh(Fresh::Uuid, 5, &blob) else { panic!("no blob") };
        assert_eq!(made.len(), 16);
        let made = Value::fresh(Fresh::Uuid, 5, &Value::Text(Vec::new()));
        assert_eq!(made, Value::Text(b"5ea11f7b-e7c8-8000-8000-000000000005".to_vec()));
        let bytes = <Option<String> as Cell>::fresh(Fresh::Bytes, 5, &None);
        assert_eq!(bytes.unwrap(), "\\x5ea11f7be7c880008000000000000005");
    }
}
