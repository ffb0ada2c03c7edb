//! Which rows of a column under construction are null.

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::NullBuffer;

/// The rows that are null, in order: most columns have none, or nothing else.
#[derive(Debug, Default)]
pub(crate) struct Nulls(Vec<usize>);

impl Nulls {
    /// Adds `n` rows from `row` on.
    #[inline]
    pub(crate) fn add(&mut self, row: usize, n: usize) {
        self.0.extend(row..row + n);
    }

    /// Takes the rows from `n_rows` on out again.
    pub(crate) fn truncate(&mut self, n_rows: usize) {
        let n_kept = self.0.partition_point(|row| *row < n_rows);
        self.0.truncate(n_kept);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// What Arrow wants to know of a column of `n_rows`; the next column begins without nulls.
    pub(crate) fn finish(&mut self, n_rows: usize) -> Option<NullBuffer> {
        let nulls = match self.0.len() {
            0 => return None,
            n if n == n_rows => NullBuffer::new_null(n_rows),
            _ => {
                let mut is_valid = BooleanBufferBuilder::new(n_rows);
                is_valid.append_n(n_rows, true);
                for row in &self.0 {
                    is_valid.set_bit(*row, false);
                }
                NullBuffer::new(is_valid.finish())
            }
        };
        self.0.clear();
        Some(nulls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_null_that_were_added() {
        let mut nulls = Nulls::default();
        assert_eq!(nulls.finish(3), None);
        nulls.add(1, 2);
        nulls.add(5, 1);
        nulls.add(7, 2);
        nulls.truncate(8);
        assert_eq!(nulls.count(), 4);
        let found = nulls
            .finish(9)
            .map(|nulls| nulls.iter().collect::<Vec<_>>());
        let expect = [true, false, false, true, true, false, true, false, true];
        assert_eq!(found.as_deref(), Some(&expect[..]));
        nulls.add(0, 2);
        assert_eq!(nulls.finish(2).map(|nulls| nulls.null_count()), Some(2));
        assert_eq!(nulls.finish(2), None);
    }
}
