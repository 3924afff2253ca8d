//! How much PostgreSQL's own compression leaves of a value: the search of `pg_lzcompress.c` without its
//! output.

/// A control byte goes before every eight items.
const ITEMS: usize = 8;

/// The farthest a match may lie back, …
const FARTHEST: usize = 4095;

/// … the shortest and the longest it may be, …
const SHORTEST: usize = 3;
const LONGEST: usize = 273;

/// … and the longest that is written in two bytes.
const LONGEST_IN_TWO: usize = 17;

/// Lists of places that begin alike.
const LISTS: usize = 4096;

/// How many places are looked at. PostgreSQL looks at all until one is good enough; more than this
/// changed the result by less than a hundredth on JSON, prose and HTML.
const TRIES: usize = 16;

/// Values that are shorter are not compressed (`strategy_default_data`), …
const SMALLEST: usize = 32;

/// … nor are those that give no match at the beginning, …
const FIRST_SUCCESS: usize = 1024;

/// … nor is the result used unless a quarter is saved.
const SAVED_PERCENT: usize = 25;

/// What compression makes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Compressed {
    /// Bytes that it takes; its own length where PostgreSQL leaves it as it is.
    pub(super) left: usize,
    /// Bytes that were gone through to find that out.
    pub(super) tried: usize,
}

/// Returns what compression makes of a value.
pub(super) fn compressed(value: &[u8]) -> Compressed {
    let length = value.len();
    if length < SMALLEST {
        return Compressed { left: length, tried: 0 };
    }
    let limit = length * (100 - SAVED_PERCENT) / 100;
    let mut newest = vec![usize::MAX; LISTS];
    let mut older = vec![usize::MAX; length];
    let (mut at, mut items, mut bytes, mut found_any) = (0, 0_usize, 0_usize, false);
    while at < length {
        if bytes + items / ITEMS >= limit || (!found_any && bytes >= FIRST_SUCCESS) {
            return Compressed { left: length, tried: at };
        }
        let matched = longest_match(value, at, &newest, &older);
        items += 1;
        let step = match matched {
            Some(matched) => {
                found_any = true;
                bytes += if matched > LONGEST_IN_TWO { 3 } else { 2 };
                matched
            }
            None => {
                bytes += 1;
                1
            }
        };
        for place in at..std::cmp::min(at + step, length) {
            let list = list_of(value, place);
            if let (Some(head), Some(link)) = (newest.get_mut(list), older.get_mut(place)) {
                *link = *head;
                *head = place;
            }
        }
        at += step;
    }
    // Eight bytes of header and the last, partly filled control byte.
    let total = bytes + items.div_ceil(ITEMS) + 8;
    Compressed { left: if total > limit { length } else { total }, tried: length }
}

/// Returns the length of the longest match for what begins at a place, if there is one.
fn longest_match(value: &[u8], at: usize, newest: &[usize], older: &[usize]) -> Option<usize> {
    let rest = value.get(at..std::cmp::min(at + LONGEST, value.len()))?;
    let mut place = *newest.get(list_of(value, at))?;
    let mut best = 0;
    for _ in 0..TRIES {
        if place == usize::MAX || at - place > FARTHEST {
            break;
        }
        let earlier = value.get(place..)?;
        let same = earlier.iter().zip(rest).take_while(|(a, b)| a == b).count();
        best = std::cmp::max(best, same);
        place = *older.get(place)?;
    }
    (best >= SHORTEST).then_some(best)
}

/// Returns the list of a place, by its four bytes as `pglz_hist_idx` has it.
fn list_of(value: &[u8], at: usize) -> usize {
    let byte = |ahead: usize| value.get(at + ahead).map_or(0, |byte| usize::from(*byte));
    (byte(0) << 6 ^ byte(1) << 4 ^ byte(2) << 2 ^ byte(3)) & (LISTS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_stays_as_it_is_and_repetition_nearly_vanishes() {
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(10_000)
        .collect();
        let given_up = compressed(&noise);
        assert_eq!(given_up.left, 10_000);
        assert!(given_up.tried <= FIRST_SUCCESS);
        assert!(compressed(&[b'a'; 10_000]).left < 200);
        assert_eq!(compressed(b"too short").left, 9);
    }

    /// `pg_column_size` of this text in a row of PostgreSQL 15: 101, four bytes of length with it.
    #[test]
    fn it_is_about_what_the_server_makes() {
        let text = "the quick brown fox jumps over the lazy dog; ".repeat(80);
        let made = compressed(text.as_bytes()).left;
        assert!((85..=110).contains(&made), "{made}");
    }
}
