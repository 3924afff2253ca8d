//! Cutting tables into key ranges, largest first.

use sealift_core::plan::TablePlan;

/// One key range of one table, copied in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeJob {
    /// The table's position in the plan.
    pub table: usize,
    /// The range's position in the table, from 0.
    pub number: usize,
    /// Rows with a greater rowid than this; `None` from the beginning.
    pub after: Option<i64>,
    /// Rows up to and including this rowid; `None` to the end, whatever is added meanwhile.
    pub up_to: Option<i64>,
    /// The range's share of the table's bytes, to begin with what takes longest.
    pub weight: u64,
}

/// Cuts a table at the rowids that the census found. The first and the last range are open, so that
/// together they hold every row there is. Without cuts the table is one range.
#[must_use]
pub fn cut(position: usize, table: &TablePlan, cuts: &[i64]) -> Vec<RangeJob> {
    let parts = u64::try_from(cuts.len()).unwrap_or(u64::MAX).saturating_add(1);
    // A row costs something even when it holds nothing.
    let weight = (table.bytes + 8 * table.rows) / parts;
    let starts = std::iter::once(None).chain(cuts.iter().copied().map(Some));
    let ends = cuts.iter().copied().map(Some).chain(std::iter::once(None));
    starts
        .zip(ends)
        .enumerate()
        .map(|(number, (after, up_to))| RangeJob { table: position, number, after, up_to, weight })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_core::name::Ident;
    use sealift_core::schema::target;

    fn table() -> TablePlan {
        TablePlan {
            source: "t".to_owned(),
            rows: 10,
            bytes: 220,
            columns: Vec::new(),
            target: target::Table {
                name: Ident::new("t").unwrap(),
                columns: Vec::new(),
                primary_key: None,
                unique: Vec::new(),
                checks: Vec::new(),
                foreign_keys: Vec::new(),
                indexes: Vec::new(),
                derived: Vec::new(),
            },
            filling: sealift_core::plan::Filling::default(),
            orphans: Vec::new(),
            quarantine_checks: Vec::new(),
            quarantine_nulls: false,
        }
    }

    #[test]
    fn the_ranges_of_a_table_leave_no_gap_and_are_open_at_both_ends() {
        let ranges = cut(3, &table(), &[10, 20]);
        let bounds: Vec<_> = ranges.iter().map(|range| (range.after, range.up_to)).collect();
        assert_eq!(bounds, [(None, Some(10)), (Some(10), Some(20)), (Some(20), None)]);
        assert!(ranges.iter().all(|range| range.weight == 100));
    }

    #[test]
    fn a_table_without_cuts_is_one_range() {
        let ranges = cut(0, &table(), &[]);
        assert_eq!(ranges.len(), 1);
        assert_eq!((ranges[0].after, ranges[0].up_to), (None, None));
    }
}
