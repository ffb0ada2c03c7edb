//! Which rows of a page have a value: Parquet's definition levels.

use arrow::{array::BooleanBufferBuilder, buffer::NullBuffer};

use super::hybrid::{GROUP, put_header, put_run};

/// The rows of the page under construction.
#[derive(Debug)]
pub(super) struct Levels {
    rows: usize,
    nulls: usize,
    /// A bit for each row, from the first page row of a part with nulls on.
    is_valid: BooleanBufferBuilder,
}

impl Levels {
    pub(super) fn new() -> Self {
        Self {
            rows: 0,
            nulls: 0,
            is_valid: BooleanBufferBuilder::new(0),
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn nulls(&self) -> usize {
        self.nulls
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.is_valid.capacity() / 8
    }

    /// Adds rows, and whether each has a value; `None` when all have.
    pub(super) fn see(&mut self, nulls: Option<&NullBuffer>, rows: usize) {
        if let Some(nulls) = nulls {
            // Rows before were all valid: nothing was written down for them.
            self.is_valid
                .append_n(self.rows - self.is_valid.len(), true);
            self.is_valid.append_buffer(nulls.inner());
            self.nulls += nulls.null_count();
        }
        self.rows += rows;
    }

    /// Appends the levels: ones, but for the nulls.
    pub(super) fn put(&mut self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        if self.nulls == 0 {
            put_run(out, 1, self.rows, 1);
        } else if self.nulls == self.rows {
            put_run(out, 0, self.rows, 1);
        } else {
            self.is_valid
                .append_n(self.rows - self.is_valid.len(), true);
            put_header(out, self.rows.div_ceil(GROUP), true);
            out.extend_from_slice(self.is_valid.as_slice());
        }
        let n_bytes = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
        if let Some(place) = out.get_mut(start..start + 4) {
            place.copy_from_slice(&n_bytes.to_le_bytes());
        }
    }

    /// Begins the next page.
    pub(super) fn clear(&mut self) {
        self.rows = 0;
        self.nulls = 0;
        self.is_valid.truncate(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_a_run_or_a_bitmap() {
        let levels = |parts: &[(&[bool], bool)]| {
            let mut levels = Levels::new();
            for (rows, has_nulls) in parts {
                let nulls = NullBuffer::from(rows.to_vec());
                levels.see(has_nulls.then_some(&nulls), rows.len());
            }
            let mut out = vec![7];
            levels.put(&mut out);
            out
        };
        assert_eq!(levels(&[(&[true; 10], false)]), [7, 2, 0, 0, 0, 20, 1]);
        assert_eq!(levels(&[(&[false; 10], true)]), [7, 2, 0, 0, 0, 20, 0]);
        let one = [
            true, false, true, false, false, false, false, false, false, true,
        ];
        assert_eq!(levels(&[(&one, true)]), [7, 3, 0, 0, 0, 5, 0b101, 2]);
        let parts: [(&[bool], bool); 3] =
            [(&[true; 2], false), (&[false], true), (&[true; 6], false)];
        assert_eq!(levels(&parts), [7, 3, 0, 0, 0, 5, 0b1111_1011, 1]);
    }
}
