//! Which rows of a column under construction are null.

use std::ops::Range;

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::NullBuffer;

/// The rows that are null, in order, as runs: most columns have none, or nothing else.
#[derive(Debug, Default)]
pub(crate) struct Nulls {
    runs: Vec<Range<usize>>,
    n_rows: usize,
}

impl Nulls {
    /// Adds `n` rows from `row` on.
    #[inline]
    pub(crate) fn add(&mut self, row: usize, n: usize) {
        self.n_rows += n;
        match self.runs.last_mut() {
            Some(run) if run.end == row => run.end += n,
            _ if n > 0 => self.runs.push(row..row + n),
            _ => {}
        }
    }

    /// Takes the rows from `n_rows` on out again.
    pub(crate) fn truncate(&mut self, n_rows: usize) {
        while let Some(run) = self.runs.last_mut()
            && run.end > n_rows
        {
            let start = run.start.max(n_rows);
            self.n_rows -= run.end - start;
            run.end = start;
            if run.start == run.end {
                self.runs.pop();
            }
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.n_rows
    }

    /// What Arrow wants to know of a column of `n_rows`; the next column begins without nulls.
    pub(crate) fn finish(&mut self, n_rows: usize) -> Option<NullBuffer> {
        let nulls = match self.n_rows {
            0 => return None,
            n if n == n_rows => NullBuffer::new_null(n_rows),
            _ => {
                let mut is_valid = BooleanBufferBuilder::new(n_rows);
                is_valid.append_n(n_rows, true);
                for row in self.runs.iter().cloned().flatten() {
                    is_valid.set_bit(row, false);
                }
                NullBuffer::new(is_valid.finish())
            }
        };
        self.runs.clear();
        self.n_rows = 0;
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
        nulls.add(0, 0);
        nulls.add(1, 1);
        nulls.add(2, 1);
        nulls.add(5, 1);
        nulls.add(7, 2);
        nulls.add(10, 3);
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
        nulls.add(0, 2);
        nulls.truncate(0);
        assert_eq!(nulls.finish(2), None);
    }
}
