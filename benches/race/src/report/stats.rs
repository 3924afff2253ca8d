//! Several runs as three numbers.

/// The least, the median and the most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Returns none without values.
    pub(crate) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let upper = *values.get(values.len() / 2)?;
        let lower = *values.get((values.len() - 1) / 2)?;
        Some(Self { least, median: f64::midpoint(lower, upper), most })
    }

    /// Returns the same as parts of something.
    pub(crate) fn over(self, whole: f64) -> Self {
        Self { least: self.least / whole, median: self.median / whole, most: self.most / whole }
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        let spread = Spread::of(vec![4.0, 1.0, 2.0, 3.0]).unwrap();
        assert_eq!(spread, Spread { least: 1.0, median: 2.5, most: 4.0 });
        assert_eq!(Spread::of(vec![3.0, 1.0, 2.0]).unwrap().median, 2.0);
    }

    #[test]
    fn nothing_has_no_median() {
        assert_eq!(Spread::of(Vec::new()), None);
    }

    #[test]
    fn a_ratio_keeps_the_spread() {
        let spread = Spread { least: 1.0, median: 2.0, most: 4.0 }.over(2.0);
        assert_eq!(spread, Spread { least: 0.5, median: 1.0, most: 2.0 });
    }
}
