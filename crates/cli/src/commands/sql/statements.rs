//! Where one statement ends and the next begins.
//!
//! A `;` ends a statement, unless it stands in a text, in a quoted name, in a comment or between
//! dollar quotes. Nothing else of SQL is known here.

/// What was still open where the text ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    /// A text: `'…`.
    Text,
    /// A quoted name: `"…`.
    Name,
    /// The other quotes of names.
    Backtick,
    /// A comment: `/*…`.
    Comment,
    /// A text between dollar quotes: `$$…`.
    Dollar,
}

impl Open {
    /// How it began.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Text => "'",
            Self::Name => "\"",
            Self::Backtick => "`",
            Self::Comment => "/*",
            Self::Dollar => "$",
        }
    }
}

/// A text taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Split<'a> {
    /// The statements that a `;` ended, without it. What is nothing but comments is none.
    pub(super) statements: Vec<&'a str>,
    /// What follows the last `;`, if that is more than comments.
    pub(super) rest: Option<&'a str>,
    /// What is open at the end of the text.
    pub(super) open: Option<Open>,
}

impl<'a> Split<'a> {
    /// All statements, also the last one without its `;`.
    pub(super) fn all(self) -> Vec<&'a str> {
        self.statements.into_iter().chain(self.rest).collect()
    }
}

/// Takes a text apart into its statements.
pub(super) fn split(text: &str) -> Split<'_> {
    let mut split = Split::default();
    let mut begin = 0;
    // Whether there is anything but comments and blanks.
    let mut has_words = false;
    for token in tokens(text) {
        split.open = token.open;
        match token.kind {
            Kind::Blank | Kind::Comment => {}
            Kind::End => {
                if let (true, Some(statement)) = (has_words, text.get(begin..token.at)) {
                    split.statements.push(statement.trim());
                }
                begin = token.at + token.text.len();
                has_words = false;
            }
            _ => has_words = true,
        }
    }
    let is_open = split.open.is_some();
    let rest = text.get(begin..).map(str::trim);
    split.rest = rest.filter(|_| has_words || is_open);
    split
}

/// What a piece of SQL is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Blank,
    Comment,
    /// `'…'`, also between dollar quotes.
    Text,
    /// `"…"`.
    Name,
    /// A name, a keyword or a number.
    Word,
    /// `;`
    End,
    /// Any other sign.
    Sign,
}

/// A piece of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// Where it begins.
    pub(super) at: usize,
    pub(super) text: &'a str,
    /// Set when the text ends before the piece does.
    pub(super) open: Option<Open>,
}

/// The pieces of a text, none left out.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let (kind, end, open) = piece(rest)?;
        // A piece is never empty, so that this comes to an end.
        let (text, _) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let token = Token {
            kind,
            at,
            text,
            open,
        };
        at += text.len();
        Some(token)
    })
}

/// The kind and the length of the piece a text begins with.
fn piece(text: &str) -> Option<(Kind, usize, Option<Open>)> {
    let first = text.chars().next()?;
    let quoted = |kind, open, end: Option<usize>| match end {
        Some(end) => (kind, end, None),
        None => (kind, text.len(), Some(open)),
    };
    Some(match first {
        ';' => (Kind::End, 1, None),
        '\'' => quoted(Kind::Text, Open::Text, after_quote(text, 1, '\'')),
        '"' => quoted(Kind::Name, Open::Name, after_quote(text, 1, '"')),
        '`' => quoted(Kind::Name, Open::Backtick, after_quote(text, 1, '`')),
        'e' | 'E' if text.get(1..2) == Some("'") => {
            quoted(Kind::Text, Open::Text, after_escaped(text))
        }
        '$' => match dollar_tag(text) {
            Some(tag) => quoted(Kind::Text, Open::Dollar, after_dollar(text, tag)),
            None => (Kind::Sign, 1, None),
        },
        '-' if text.starts_with("--") => {
            let end = text.find('\n').map_or(text.len(), |at| at + 1);
            (Kind::Comment, end, None)
        }
        '/' if text.starts_with("/*") => quoted(Kind::Comment, Open::Comment, after_comment(text)),
        c if c.is_whitespace() => (Kind::Blank, length(text, char::is_whitespace), None),
        c if is_word(c) => (Kind::Word, length(text, is_word), None),
        c => (Kind::Sign, c.len_utf8(), None),
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn length(text: &str, is_in: fn(char) -> bool) -> usize {
    text.find(|c: char| !is_in(c)).unwrap_or(text.len())
}

/// Behind the closing quote. A doubled quote ends a text and begins the next: for where statements
/// end that is the same.
fn after_quote(text: &str, from: usize, quote: char) -> Option<usize> {
    Some(from + text.get(from..)?.find(quote)? + 1)
}

/// Behind the end of `E'…'`, where a backslash takes the next character with it.
fn after_escaped(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().skip(2);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '\'' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Behind the end of a comment; comments stand in comments.
fn after_comment(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        match (c, next) {
            ('/', Some('*')) => {
                chars.next();
                depth += 1;
            }
            ('*', Some('/')) => {
                chars.next();
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 2);
                }
            }
            _ => {}
        }
    }
    None
}

/// The `$tag$` a text begins with. `$1` and `$month` are parameters, not quotes.
fn dollar_tag(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('$')?;
    let end = rest.find(|c: char| !is_word(c))?;
    let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
    let is_tag = rest.get(end..)?.starts_with('$') && !is_number;
    is_tag.then(|| text.get(..end + 2)).flatten()
}

fn after_dollar(text: &str, tag: &str) -> Option<usize> {
    let begin = tag.len();
    Some(begin + text.get(begin..)?.find(tag)? + tag.len())
}

#[cfg(test)]
mod tests {
    use super::{Kind, Open, split, tokens};

    fn statements(text: &str) -> Vec<&str> {
        split(text).all()
    }

    #[test]
    fn a_semicolon_ends_a_statement() {
        assert_eq!(statements("SELECT 1"), ["SELECT 1"]);
        assert_eq!(
            statements("SELECT 1; SELECT\n 2 ;"),
            ["SELECT 1", "SELECT\n 2"]
        );
        assert_eq!(statements(" ;; \n ; SELECT 1;;"), ["SELECT 1"]);
        let open = split("SELECT 1; SELECT 2");
        assert_eq!(
            (open.statements, open.rest),
            (vec!["SELECT 1"], Some("SELECT 2"))
        );
        assert_eq!(split("SELECT 1;  \n").rest, None);
        assert!(statements("").is_empty());
    }

    #[test]
    fn not_in_texts_and_names() {
        for whole in [
            "SELECT ';'",
            "SELECT 'it''s; so'",
            r"SELECT '\', 2",
            r"SELECT E'it\'s; so'",
            r#"SELECT "a;b""#,
            r#"SELECT "a"";b""#,
            "SELECT `a;b`",
            "SELECT `a``;b`",
            "SELECT $$a;'b$$",
            "SELECT $tag$a;$$;b$tag$",
            "SELECT 'ä;é'",
        ] {
            let both = format!("{whole}; SELECT 2");
            assert_eq!(statements(&both), [whole, "SELECT 2"]);
        }
    }

    #[test]
    fn not_in_comments() {
        assert_eq!(
            statements("SELECT 1 -- a; b's\n + 1; SELECT 2"),
            ["SELECT 1 -- a; b's\n + 1", "SELECT 2"]
        );
        assert_eq!(
            statements("SELECT /* ; /* ; */ ' */ 1; SELECT 2"),
            ["SELECT /* ; /* ; */ ' */ 1", "SELECT 2"]
        );
        assert!(statements("-- nothing\n/* at all */ ; -- here").is_empty());
    }

    #[test]
    fn parameters_are_no_quotes() {
        assert_eq!(
            statements("SELECT $1; SELECT $month; SELECT $1$2"),
            ["SELECT $1", "SELECT $month", "SELECT $1$2"]
        );
    }

    #[test]
    fn says_what_is_open() {
        for (text, open) in [
            ("SELECT 'a; b", Some(Open::Text)),
            ("SELECT E'a\\'; b", Some(Open::Text)),
            ("SELECT \"a; b", Some(Open::Name)),
            ("SELECT `a; b", Some(Open::Backtick)),
            ("SELECT /* a; */ /* b", Some(Open::Comment)),
            ("/* a", Some(Open::Comment)),
            ("SELECT $a$ b; $$", Some(Open::Dollar)),
            ("SELECT 'a' -- ' b", None),
            ("SELECT 1", None),
        ] {
            let split = split(text);
            assert_eq!(split.open, open, "{text}");
            assert_eq!((split.statements.len(), split.rest), (0, Some(text)));
        }
    }

    #[test]
    fn pieces_make_the_text_again() {
        let text = "SELECT e, E'\\'', \"ä\" FROM x -- ö\nWHERE a=$b /* c";
        let pieces: String = tokens(text).map(|token| token.text).collect();
        assert_eq!(pieces, text);
        let words: Vec<&str> = tokens(text)
            .filter(|token| token.kind == Kind::Word)
            .map(|token| token.text)
            .collect();
        assert_eq!(words, ["SELECT", "e", "FROM", "x", "WHERE", "a", "b"]);
    }
}
