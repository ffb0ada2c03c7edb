//! Texts that attack whatever shows them: a page, a table, a sheet, a terminal.

use crate::row::{Row, encode};

/// How many different hostile rows there are.
pub(super) const N: usize = 10;

/// Puts attack number `number % N` into the row. CloudFront would have encoded all but the last two.
pub(super) fn row(mut row: Row, number: usize) -> Row {
    match number % N {
        0 => row.path += &encode("<script>alert(1)</script>"),
        1 => row.agent = encode("=HYPERLINK(\"https://www.example.org/\",\"click\")"),
        2 => row.agent = encode("| a | b |\n|---|---|"),
        3 => row.referrer = encode("`rm -rf .`"),
        4 => row.agent = encode("\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7}"),
        5 => row.path += &encode("/\u{202e}fdp.exe"),
        6 => row.query = encode("q='; DROP TABLE requests; --"),
        7 => row.referrer = encode("javascript:alert(document.domain)"),
        8 => {
            "<script>alert(1)</script>, 198.51.100.7".clone_into(&mut row.forwarded_for);
        }
        _ => "@SUM(1+1)*cmd|' /C calc'!A0 `id` \u{202e}\u{1b}[2J".clone_into(&mut row.agent),
    }
    row
}
