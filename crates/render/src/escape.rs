//! Making text from logs harmless, one function a medium.
//!
//! Edge codes, names, reasons and previews come from outside: they may hold terminal sequences,
//! text that runs backwards, markup or spreadsheet formulas.

use std::{borrow::Cow, fmt::Write as _};

/// Text for a terminal: whatever is invisible or steers the terminal is spelled out, such as
/// `\u{1b}`. The other functions build on it.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a String cannot fail.
            c if is_hidden(c) => write!(out, "\\u{{{:x}}}", u32::from(c)).unwrap_or_default(),
            c => out.push(c),
        }
    }
    out
}

/// Text for GitHub's Markdown, in running text and in table cells.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = visible(text);
    let mut chars = text.chars().peekable();
    let mut last = ['\0'; 3];
    while let Some(c) = chars.next() {
        let reference = match c {
            '&' => Some("&amp;"),
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            '@' => Some("&#64;"),
            '#' => Some("&#35;"),
            // `http://` and `www.` become links without any markup.
            ':' if chars.peek() == Some(&'/') => Some("&#58;"),
            '.' if last.iter().all(|c| c.eq_ignore_ascii_case(&'w')) => Some("&#46;"),
            '|' => Some("&#124;"),
            _ => None,
        };
        if let Some(reference) = reference {
            out.push_str(reference);
        } else {
            let is_markup = "\\`[]*_~!$".contains(c);
            // List markers and rules, where a line could begin.
            if is_markup || (out.trim_start().is_empty() && "-+=".contains(c)) {
                out.push('\\');
            }
            out.push(c);
        }
        last = [last[1], last[2], c];
    }
    out
}

/// Text for GitHub's Markdown, as code: there GitHub makes no mention of `@name` and no link of
/// `#1`, both of which it would find behind character references too.
pub fn markdown_code(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,()%+= ".contains(c);
    if !text.is_empty() && text.trim() == text && text.chars().all(is_plain) {
        return format!("`{text}`");
    }
    format!("<code>{}</code>", markdown(text))
}

/// Remarks for GitHub's Markdown: prose that may quote foreign names.
pub fn markdown_remark(text: &str) -> String {
    markdown(text).replace("&#64;", "<code>&#64;</code>")
}

/// Text for HTML and SVG, between tags and in quoted attributes.
pub fn html(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Text of at most some `limit` characters for people: of a longer one its beginning, its end, and
/// how long it is.
pub fn shortened(text: &str, limit: usize) -> Cow<'_, str> {
    // Most texts are short: no need to count the characters of a long one that is not.
    let Some((cut, _)) = text.char_indices().nth(limit) else {
        return Cow::Borrowed(text);
    };
    let length = limit + text.get(cut..).map_or(0, |rest| rest.chars().count());
    let head: String = text.chars().take(limit * 2 / 3).collect();
    let tail = text.chars().skip(length - limit / 4);
    let tail: String = tail.collect();
    Cow::Owned(format!("{head} … ({length} characters) … {tail}"))
}

/// One cell of a CSV file (RFC 4180), quoted where needed. A text that a spreadsheet would take for
/// a formula gets a leading apostrophe.
pub fn csv(text: &str) -> String {
    let mut cell = visible(text);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        cell.insert(0, '\'');
    }
    if cell.contains([',', '"', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ') {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell
}

/// A rendered JSON text with hidden characters as `\uXXXX`. They can be in strings only.
pub fn json(rendered: &str) -> String {
    let mut out = String::with_capacity(rendered.len());
    for c in rendered.chars() {
        if c != '\n' && is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").unwrap_or_default();
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a character steers a terminal, turns the direction of text, or shows nothing.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{csv, html, is_hidden, json, markdown, markdown_code, shortened, visible};

    #[test]
    fn terminal_sees_what_would_hide() {
        for (raw, shown) in [
            ("plain", "plain"),
            ("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            ("a\u{202e}gpj.exe\u{2066}", "a\\u{202e}gpj.exe\\u{2066}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("two\nlines\r\tand tab", "two\\nlines\\r\\tand tab"),
            ("好 é", "好 é"),
        ] {
            assert_eq!(visible(raw), shown);
        }
    }

    #[test]
    fn markdown_stays_text() {
        for (raw, shown) in [
            ("a|b", "a&#124;b"),
            ("<script>&amp;", "&lt;script&gt;&amp;amp;"),
            (
                "`code` *bold* _it_ ~no~",
                "\\`code\\` \\*bold\\* \\_it\\_ \\~no\\~",
            ),
            ("![x](y)", "\\!\\[x\\](y)"),
            ("@team #1", "&#64;team &#35;1"),
            ("https://a.example", "https&#58;//a.example"),
            ("WWW.a.example", "WWW&#46;a.example"),
            ("- item", "\\- item"),
            ("a-b", "a-b"),
            ("\\|", "\\\\&#124;"),
            ("below. w.", "below. w."),
            ("line\nline", "line\\\\nline"),
        ] {
            assert_eq!(markdown(raw), shown);
        }
        assert_eq!(markdown_code("a_b/c-1.gz"), "`a_b/c-1.gz`");
        assert_eq!(markdown_code("a`|@b"), "<code>a\\`&#124;&#64;b</code>");
        assert_eq!(markdown_code("S3 us-west-1"), "`S3 us-west-1`");
        assert_eq!(markdown_code(" a"), "<code> a</code>");
        assert_eq!(markdown_code(""), "<code></code>");
    }

    #[test]
    fn spreadsheet_sees_no_formula() {
        for (raw, cell) in [
            ("plain", "plain"),
            ("", ""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-", "'-"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\\t=1"),
            ("\r=1", "'\\r=1"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "two\\nlines"),
            ("=\"a\",b", "\"'=\"\"a\"\",b\""),
        ] {
            assert_eq!(csv(raw), cell);
        }
    }

    #[test]
    fn html_stays_text() {
        assert_eq!(
            html("<b onclick='x' id=\"y\">&amp;\0\u{202e}\n"),
            "&lt;b onclick=&#39;x&#39; id=&quot;y&quot;&gt;&amp;amp;\\u{0}\\u{202e}\\n"
        );
    }

    #[test]
    fn long_text_tells_its_length() {
        assert_eq!(shortened("", 12), "");
        assert_eq!(
            shortened("好好好好好好好好好好好好", 12),
            "好好好好好好好好好好好好"
        );
        assert_eq!(
            shortened("abcdefghijklm", 12),
            "abcdefgh … (13 characters) … klm"
        );
        let long = "x".repeat(100_000);
        assert!(
            shortened(&long, 300).ends_with(&format!("… (100000 characters) … {}", "x".repeat(75)))
        );
        assert!(shortened(&long, 300).chars().count() < 310);
    }

    #[test]
    fn json_escapes_what_serde_leaves() {
        assert_eq!(
            json("\"\u{202e}\u{7f}\u{e0041}é\"\n"),
            "\"\\u202e\\u007f\\udb40\\udc41é\"\n"
        );
    }

    proptest! {
        #[test]
        fn no_text_gets_through_in_disguise(text: String) {
            for shown in [visible(&text), markdown(&text), markdown_code(&text), csv(&text), html(&text)] {
                prop_assert!(!shown.contains(is_hidden), "{shown:?}");
            }
            prop_assert!(!markdown(&text).contains(['<', '>', '|', '@']));
            prop_assert!(!html(&text).contains(['<', '>', '"', '\'']));
            let cell = csv(&text);
            prop_assert!(!cell.strip_prefix('"').unwrap_or(&cell).starts_with(['=', '+', '-', '@']));
            let string = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&json(&string)).unwrap(), text);
        }
    }
}
