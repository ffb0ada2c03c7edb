//! Lines out of chunks: any split of the input gives the same lines.

use memchr::memchr;

/// How much of a line over the limit is kept, for its preview: 80 characters of 4 bytes.
const HEAD_BYTES: usize = 320;

/// One line, without its `\n`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// From 1.
    pub(crate) number: u64,
    /// Where the line starts.
    pub(crate) byte_offset: u64,
    /// The line, or its first bytes when it is over the limit.
    pub(crate) bytes: &'a [u8],
    /// Length of the line; more than the limit when `bytes` is only its head.
    pub(crate) full_bytes: u64,
}

/// Splits chunks into lines and holds at most one limit's worth of bytes.
#[derive(Debug)]
pub(crate) struct Lines {
    max_line_bytes: usize,
    /// The start of a line whose end is in a later chunk; its head when it is over the limit.
    held: Vec<u8>,
    /// Length so far of the line in `held`.
    held_bytes: u64,
    /// Lines given out so far.
    pub(crate) count: u64,
    /// Where the next line starts.
    byte_offset: u64,
}

impl Lines {
    pub(crate) fn new(max_line_bytes: usize) -> Self {
        Lines {
            max_line_bytes,
            held: Vec::new(),
            held_bytes: 0,
            count: 0,
            byte_offset: 0,
        }
    }

    /// Bytes of all lines so far, held ones included.
    pub(crate) fn bytes(&self) -> u64 {
        self.byte_offset + self.held_bytes
    }

    /// Whether the next byte starts a line.
    pub(crate) fn is_at_start(&self) -> bool {
        self.held_bytes == 0
    }

    /// Counts lines that were read elsewhere.
    pub(crate) fn skip(&mut self, n_lines: usize, n_bytes: usize) {
        self.count += u64::try_from(n_lines).unwrap_or(u64::MAX);
        self.byte_offset += u64::try_from(n_bytes).unwrap_or(u64::MAX);
    }

    /// Calls `each` for every line that ends in the chunk; stops at the first error.
    pub(crate) fn feed<E>(
        &mut self,
        chunk: &[u8],
        mut each: impl FnMut(Line<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = chunk;
        while let Some(end) = memchr(b'\n', rest) {
            let Some((line, after)) = rest.split_at_checked(end) else {
                break;
            };
            rest = after.get(1..).unwrap_or_default();
            if self.held_bytes == 0 {
                self.give(line, len(line), 1, &mut each)?;
            } else {
                self.hold(line);
                self.give_held(1, &mut each)?;
            }
        }
        self.hold(rest);
        Ok(())
    }

    /// Calls `each` for the last line when it has no line end.
    pub(crate) fn finish<E>(
        &mut self,
        mut each: impl FnMut(Line<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.held_bytes == 0 {
            return Ok(());
        }
        self.give_held(0, &mut each)
    }

    fn hold(&mut self, part: &[u8]) {
        self.held_bytes += len(part);
        if self.is_too_long(self.held_bytes) {
            self.held.truncate(HEAD_BYTES);
            let room = HEAD_BYTES.saturating_sub(self.held.len());
            self.held
                .extend_from_slice(part.get(..room).unwrap_or(part));
        } else {
            self.held.extend_from_slice(part);
        }
    }

    fn give_held<E>(
        &mut self,
        end_bytes: u64,
        each: &mut impl FnMut(Line<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let held = std::mem::take(&mut self.held);
        let full_bytes = std::mem::take(&mut self.held_bytes);
        let res = self.give(&held, full_bytes, end_bytes, each);
        self.held = held;
        self.held.clear();
        res
    }

    fn give<E>(
        &mut self,
        bytes: &[u8],
        full_bytes: u64,
        end_bytes: u64,
        each: &mut impl FnMut(Line<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let bytes = if self.is_too_long(full_bytes) {
            bytes.get(..HEAD_BYTES).unwrap_or(bytes)
        } else {
            bytes
        };
        self.count += 1;
        let byte_offset = self.byte_offset;
        self.byte_offset += full_bytes + end_bytes;
        each(Line {
            number: self.count,
            byte_offset,
            bytes,
            full_bytes,
        })
    }

    fn is_too_long(&self, line_bytes: u64) -> bool {
        usize::try_from(line_bytes).map_or(true, |line_bytes| line_bytes > self.max_line_bytes)
    }
}

fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(chunks: &[&str], max_line_bytes: usize, expect: &[(u64, u64, &str, u64)]) {
        let mut lines = Lines::new(max_line_bytes);
        let mut found = Vec::new();
        let mut each = |line: Line<'_>| {
            let text = String::from_utf8(line.bytes.to_vec()).unwrap();
            found.push((line.number, line.byte_offset, text, line.full_bytes));
            Ok::<(), ()>(())
        };
        for chunk in chunks {
            lines.feed(chunk.as_bytes(), &mut each).unwrap();
        }
        lines.finish(&mut each).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|(n, at, text, len)| (*n, *at, text.as_str(), *len))
            .collect();
        assert_eq!(found, expect);
        assert_eq!(
            lines.bytes(),
            chunks
                .iter()
                .map(|chunk| len(chunk.as_bytes()))
                .sum::<u64>()
        );
    }

    #[test]
    fn counts_lines_and_offsets_across_chunks() {
        let expect = [(1, 0, "ab", 2), (2, 3, "", 0), (3, 4, "cd", 2)];
        check(&["ab\n\ncd"], 9, &expect);
        check(&["a", "b", "\n", "\nc", "", "d"], 9, &expect);
        check(&["ab\n\ncd\n"], 9, &expect);
        check(&["ab\n\ncd", "\n"], 9, &expect);
    }

    #[test]
    fn keeps_only_the_head_of_a_long_line() {
        let long = "x".repeat(1000);
        let text = format!("{long}\nab\n");
        let head = long.get(..HEAD_BYTES).unwrap();
        let expect = [(1, 0, head, 1000), (2, 1001, "ab", 2)];
        check(&[&text], 400, &expect);
        let (first, second) = text.split_at(700);
        check(&[first, second], 400, &expect);
        check(&[first, second], 3, &expect);
        let bytes: Vec<_> = text.split("").collect();
        check(&bytes, 3, &expect);
    }

    #[test]
    fn line_at_the_limit_is_whole() {
        check(&["abc\nabcd\n"], 3, &[(1, 0, "abc", 3), (2, 4, "abcd", 4)]);
        let long = "x".repeat(400);
        check(&[&long], 400, &[(1, 0, &long, 400)]);
    }

    #[test]
    fn holds_no_more_than_the_limit() {
        let mut lines = Lines::new(1000);
        for _ in 0..100 {
            lines.feed(&[b'x'; 900], |_| Ok::<(), ()>(())).unwrap();
        }
        assert!(lines.held.capacity() <= 2000);
        assert_eq!(lines.bytes(), 90_000);
    }
}
