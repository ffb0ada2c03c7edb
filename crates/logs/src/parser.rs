//! The parser: feeds lines to the right reader, and counts.

use arrow::array::RecordBatch;
use memchr::{memchr, memrchr};

use crate::block;
use crate::errors::LogError;
use crate::lines::Lines;
use crate::privacy::Privacy;
use crate::state::State;
use crate::summary::Summary;
use crate::wanted::Columns;

/// Text that is checked and read at a time: it stays in a near cache.
const BLOCK_BYTES: usize = 64 << 10;

/// Limits of a [`Parser`], and what it hides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Longest line in bytes, without its `\n`; at most 64 MiB. A longer line is rejected.
    pub max_line_bytes: usize,
    /// Rows per batch, `1..=1048576`. A batch can have fewer when its text is long.
    pub batch_rows: usize,
    /// How many rejects are recorded; all are counted.
    pub max_recorded_rejects: usize,
    /// Earliest time of a row, in UTC microseconds since 1970.
    pub earliest_us: i64,
    /// End of the time of rows (exclusive), in UTC microseconds since 1970.
    pub latest_us: i64,
    /// What is hidden before a row is stored.
    pub privacy: Privacy,
    /// Whether texts that come often are given as dictionaries, with
    /// [`schema_with_dictionaries`](crate::schema_with_dictionaries).
    pub dictionaries: bool,
    /// The columns of a batch.
    pub columns: Columns,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            max_line_bytes: 1 << 20,
            batch_rows: 8192,
            max_recorded_rejects: 20,
            // 2008-11-01: CloudFront was launched on 2008-11-18.
            earliest_us: 1_225_497_600_000_000,
            // 2100-01-01.
            latest_us: 4_102_444_800_000_000,
            privacy: Privacy::default(),
            dictionaries: false,
            columns: Columns::default(),
        }
    }
}

/// What was read from one log.
#[derive(Debug)]
pub struct Parsed {
    /// The batches that were not taken before, with [`schema`](crate::schema) or what
    /// [`Options::columns`] leaves of it.
    pub batches: Vec<RecordBatch>,
    /// What was read, taken batches included.
    pub summary: Summary,
}

/// Reads one log, in chunks of any size.
#[derive(Debug)]
pub struct Parser {
    lines: Lines,
    state: State,
    failed: Option<LogError>,
}

impl Parser {
    /// A parser for one log.
    pub fn new(options: Options) -> Self {
        let options = Options {
            max_line_bytes: options.max_line_bytes.min(64 << 20),
            batch_rows: options.batch_rows.clamp(1, 1 << 20),
            ..options
        };
        Parser {
            lines: Lines::new(options.max_line_bytes),
            state: State::new(options),
            failed: None,
        }
    }

    /// Reads the next bytes. How the bytes are cut into chunks makes no difference.
    ///
    /// # Errors
    ///
    /// When this is not a log of a kind that is read. Every later call returns the same error.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        if let Some(err) = &self.failed {
            return Err(err.clone());
        }
        let res = self.read(chunk);
        self.failed = res.as_ref().err().cloned();
        res
    }

    fn read(&mut self, chunk: &[u8]) -> Result<(), LogError> {
        let mut rest = chunk;
        while !rest.is_empty() {
            let block = rest.get(..BLOCK_BYTES).unwrap_or(rest);
            let lines = match memrchr(b'\n', block) {
                Some(end) if self.lines.is_at_start() => rest.split_at_checked(end + 1),
                _ => None,
            };
            if let Some((lines, after)) = lines {
                rest = after;
                // Nearly all text is ASCII, which is found sooner.
                if lines.is_ascii() || str::from_utf8(lines).is_ok() {
                    self.read_block(lines)?;
                } else {
                    self.read_lines(lines)?;
                }
                continue;
            }
            // A line that goes on from the chunk before, into the next one, or over many blocks.
            let end = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            self.read_lines(line)?;
            rest = after;
        }
        Ok(())
    }

    /// Reads whole lines of valid UTF-8.
    fn read_block(&mut self, text: &[u8]) -> Result<(), LogError> {
        let mut rest = text;
        while !rest.is_empty() {
            let taken = self.state.take(rest, self.lines.count + 1)?;
            // Without a way to take rows the next line is read by itself: it may be the header.
            let taken = taken.unwrap_or_else(|| block::Taken::line(rest));
            let (lines, after) = rest.split_at_checked(taken.bytes).unwrap_or((rest, &[]));
            if taken.rows > 0 {
                self.lines.skip(taken.rows, taken.bytes);
            } else {
                self.read_lines(lines)?;
            }
            rest = after;
        }
        Ok(())
    }

    fn read_lines(&mut self, lines: &[u8]) -> Result<(), LogError> {
        self.lines.feed(lines, |line| self.state.line(&line))
    }

    /// The batches that are full. Taking them between chunks keeps memory bounded.
    pub fn take_batches(&mut self) -> Vec<RecordBatch> {
        std::mem::take(&mut self.state.batches)
    }

    /// Ends the log and starts another one, whose rows go into the same batches: many small logs
    /// take as little time as one. After an error, too, the next log can be read; the rows of the
    /// failed one are between [`Parser::rows`] before and after it.
    ///
    /// # Errors
    ///
    /// When this is not a log of a kind that is read.
    pub fn next_log(&mut self) -> Result<Summary, LogError> {
        let new_lines = Lines::new(self.state.options.max_line_bytes);
        let mut lines = std::mem::replace(&mut self.lines, new_lines);
        let ended = match self.failed.take() {
            Some(err) => Err(err),
            None => lines
                .finish(|line| self.state.line(&line))
                .and_then(|()| self.state.end_log(&lines)),
        };
        self.state.start_log();
        ended
    }

    /// Rows put into batches so far, or since these were ended; those of failed logs included.
    pub fn rows(&self) -> u64 {
        self.state.builders.total_rows()
    }

    /// Ends the last batch, and gives all that were not taken. Logs that are read after that begin
    /// new batches, with room for about as much.
    ///
    /// # Errors
    ///
    /// When a batch cannot be built.
    pub fn end_batches(&mut self) -> Result<Vec<RecordBatch>, LogError> {
        if !self.state.builders.is_empty() {
            self.state.end_batch()?;
        }
        self.state.builders.start_over();
        Ok(self.take_batches())
    }

    /// Ends the log.
    ///
    /// # Errors
    ///
    /// When this is not a log of a kind that is read.
    pub fn finish(mut self) -> Result<Parsed, LogError> {
        let summary = self.next_log()?;
        let batches = self.end_batches()?;
        Ok(Parsed { batches, summary })
    }
}
