//! Tables and paragraphs in a fixed number of columns.

use crate::document::Column;

/// The widest line of the text report.
pub const WIDTH: usize = 100;

const INDENT: usize = 2;
const GAP: usize = 2;

/// A table with a rule under its titles, and one above the last rows, `totals` of them.
pub fn table(columns: &[Column], rows: &[Vec<String>], totals: usize) -> String {
    let widths = widths(columns, rows);
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = " ".repeat(INDENT);
        for ((cell, column), &width) in cells.zip(columns).zip(&widths) {
            let cell = cut(cell, width);
            let padding = " ".repeat(width.saturating_sub(display_width(&cell)));
            if column.is_number {
                line.push_str(&padding);
                line.push_str(&cell);
            } else {
                line.push_str(&cell);
                line.push_str(&padding);
            }
            line.push_str(&" ".repeat(GAP));
        }
        format!("{}\n", line.trim_end())
    };
    let rules: Vec<String> = widths.iter().map(|&width| "─".repeat(width)).collect();
    let rule = line(&mut rules.iter().map(String::as_str));
    let mut out = line(&mut columns.iter().map(|column| column.title));
    out.push_str(&rule);
    for (at, row) in rows.iter().enumerate() {
        if totals > 0 && at + totals == rows.len() {
            out.push_str(&rule);
        }
        out.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    out
}

/// The widths the cells want; where that is too much, the widest columns of words give way.
fn widths(columns: &[Column], rows: &[Vec<String>]) -> Vec<usize> {
    let wanted = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells.map(|cell| display_width(cell)).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| wanted(at).max(display_width(column.title)))
        .collect();
    let room = WIDTH.saturating_sub(INDENT + GAP * columns.len().saturating_sub(1));
    let mut excess = widths.iter().sum::<usize>().saturating_sub(room);
    while excess > 0 {
        let widest = columns
            .iter()
            .zip(widths.iter_mut())
            .filter(|(column, width)| !column.is_number && **width > 1)
            .map(|(_, width)| width)
            .max();
        let Some(widest) = widest else { break };
        *widest -= 1;
        excess -= 1;
    }
    widths
}

/// Words in lines of at most [`WIDTH`] columns. `first` begins the first line, spaces of the same
/// width the others.
pub fn paragraph(first: &str, text: &str) -> String {
    let indent = display_width(first);
    let room = WIDTH.saturating_sub(indent).max(1);
    let mut out = String::new();
    let mut line = String::new();
    let mut prefix = first.to_owned();
    for word in text.split(' ').flat_map(|word| pieces(word, room)) {
        let needed = display_width(&line) + 1 + display_width(&word);
        if !line.is_empty() && needed > room {
            out.push_str(format!("{prefix}{line}").trim_end());
            out.push('\n');
            prefix = " ".repeat(indent);
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    out.push_str(format!("{prefix}{line}").trim_end());
    out.push('\n');
    out
}

/// A word in pieces of at most `room` columns.
fn pieces(word: &str, room: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in word.chars() {
        let width = char_width(c);
        if used + width > room {
            pieces.push(String::new());
            used = 0;
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
        used += width;
    }
    pieces
}

/// Text of at most `width` columns; what is cut ends in `…`.
pub fn cut(text: &str, width: usize) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += char_width(c);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// Columns that a terminal needs, about: wide East Asian letters and emoji need two.
pub fn display_width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// A bar for `part` of `whole`, `width` columns being the whole, in eighths of a column. What is
/// more than nothing is at least one eighth.
pub fn bar(part: i64, whole: i64, width: usize) -> String {
    const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    if part <= 0 || whole <= 0 {
        return String::new();
    }
    let eighths =
        i128::from(part.min(whole)) * i128::try_from(width * 8).unwrap_or(0) / i128::from(whole);
    let eighths = usize::try_from(eighths).unwrap_or(0).max(1);
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).and_then(|at| EIGHTHS.get(at)));
    bar
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, bar, cut, display_width, paragraph, table};
    use crate::document::{numbers, words};

    #[test]
    fn words_give_way_and_numbers_do_not() {
        let rows = vec![vec!["x".repeat(200), "y".repeat(50), "1".repeat(30)]];
        let table = table(&[words("long"), words("less"), numbers("n")], &rows, 0);
        assert!(table.lines().all(|line| display_width(line) <= WIDTH));
        assert!(table.contains(&"1".repeat(30)) && table.contains("x…") && table.contains("y…"));
    }

    #[test]
    fn paragraphs_wrap_and_hang() {
        let text = paragraph(
            "- ",
            &format!("{} {}", "word ".repeat(30).trim(), "x".repeat(150)),
        );
        assert!(text.lines().all(|line| display_width(line) <= WIDTH));
        assert!(text.lines().skip(1).all(|line| line.starts_with("  ")));
        assert_eq!(text.matches('x').count(), 150);
    }

    #[test]
    fn cuts_by_columns() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 5), "abcd…");
        assert_eq!(cut("好好好", 5), "好好…");
    }

    #[test]
    fn bars_grow_by_eighths() {
        assert_eq!(bar(0, 10, 4), "");
        assert_eq!(bar(1, i64::MAX, 4), "▏");
        assert_eq!(bar(10, 10, 4), "████");
        assert_eq!(bar(5, 8, 1), "▋");
    }
}
