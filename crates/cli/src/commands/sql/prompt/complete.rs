//! What TAB offers: which words may stand where the cursor is.

use std::collections::BTreeSet;

use super::backslash::{COMMANDS, formats};
use crate::commands::sql::statements::{Kind, Token, split, tokens};

/// The names of a session.
pub(super) trait Names {
    /// Tables and views.
    fn relations(&self) -> Vec<String>;
    /// Columns of one, in its order.
    fn columns(&self, relation: &str) -> Vec<String>;
    /// Functions for values.
    fn functions(&self) -> Vec<String>;
    /// Functions that stand for tables.
    fn table_functions(&self) -> Vec<String>;
    /// Named questions.
    fn questions(&self) -> Vec<String>;
    /// What a question can be asked with.
    fn parameters(&self, question: &str) -> Vec<String>;
}

const BEGINNINGS: &[&str] = &["DESCRIBE", "EXPLAIN", "SELECT", "SHOW TABLES", "WITH"];
const KEYWORDS: &[&str] = &[
    "ALL",
    "ANALYZE",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CROSS JOIN",
    "DATE",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FILTER",
    "FROM",
    "FULL JOIN",
    "GROUP BY",
    "HAVING",
    "ILIKE",
    "IN",
    "INNER JOIN",
    "INTERSECT",
    "INTERVAL",
    "IS",
    "JOIN",
    "LEFT JOIN",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "NULLS FIRST",
    "NULLS LAST",
    "OFFSET",
    "ON",
    "OR",
    "ORDER BY",
    "OVER",
    "PARTITION BY",
    "QUALIFY",
    "RIGHT JOIN",
    "SELECT",
    "THEN",
    "TIMESTAMP",
    "TRUE",
    "UNION ALL",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WITH",
];
/// After these a table is named; after the others of a query it is not.
const BEFORE_TABLES: &[&str] = &["FROM", "JOIN", "DESCRIBE", "TABLE"];
const CLAUSES: &[&str] = &[
    "SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "ON", "LIMIT", "WITH", "BY",
];

/// Where the word at the cursor begins, and what it may become.
pub(super) fn complete(line: &str, cursor: usize, names: &impl Names) -> (usize, Vec<String>) {
    let none = (cursor, Vec::new());
    let Some((before, after)) = line.split_at_checked(cursor) else {
        return none;
    };
    let text = before.trim_start();
    if text.starts_with('\\') {
        return command(before, names);
    }
    if text.starts_with('@') {
        return question(before, names);
    }
    // Not within a text, a quoted name or a comment.
    if split(before).open.is_some() {
        return none;
    }
    let pieces: Vec<Token<'_>> = tokens(before).collect();
    let begin = pieces.iter().rposition(|piece| piece.kind == Kind::End);
    let pieces = pieces
        .get(begin.map_or(0, |at| at + 1)..)
        .unwrap_or_default();
    let (prefix, start, before_word) = match pieces.split_last() {
        Some((last, _)) if last.kind == Kind::Comment && !last.text.ends_with('\n') => {
            // A comment of one line ends with it; one between marks ends where it ends.
            if last.text.starts_with("--") {
                return none;
            }
            ("", cursor, pieces)
        }
        Some((last, rest)) if last.kind == Kind::Word => (last.text, last.at, rest),
        _ => ("", cursor, pieces),
    };
    let said: Vec<&Token<'_>> = before_word.iter().filter(|piece| is_said(piece)).collect();
    let rest = tokens(after).take_while(|piece| piece.kind != Kind::End);
    let rest: Vec<Token<'_>> = rest.filter(is_said).collect();
    let context = Context {
        names,
        before: &said,
        after: &rest,
    };
    (start, context.words(prefix))
}

fn is_said(piece: &Token<'_>) -> bool {
    !matches!(piece.kind, Kind::Blank | Kind::Comment)
}

/// The statement around the cursor, without blanks and comments.
struct Context<'a, N> {
    names: &'a N,
    before: &'a [&'a Token<'a>],
    after: &'a [Token<'a>],
}

impl<N: Names> Context<'_, N> {
    fn words(&self, prefix: &str) -> Vec<String> {
        let names = self.names;
        let Some(last) = self.before.last() else {
            return matching(prefix, BEGINNINGS.iter().map(|word| cased(word, prefix)));
        };
        if last.text == "." {
            let qualifier = self.before.iter().rev().nth(1);
            let relation = qualifier.and_then(|name| self.relation_called(unquoted(name.text)));
            let columns = relation.map(|relation| names.columns(&relation));
            return matching(prefix, columns.unwrap_or_default().into_iter().map(quoted));
        }
        if self.is_table_wanted(last) {
            let tables = names.relations().into_iter();
            let functions = names.table_functions().into_iter().map(called);
            return matching(prefix, tables.chain(functions));
        }
        let named = self.relations_named();
        let mut seen = BTreeSet::new();
        let mut columns: Vec<String> = Vec::new();
        let asked = if named.is_empty() && !prefix.is_empty() {
            names.relations()
        } else {
            named
        };
        for relation in asked {
            let of_relation = names.columns(&relation).into_iter().map(quoted);
            columns.extend(of_relation.filter(|column| seen.insert(column.clone())));
        }
        if prefix.is_empty() && !columns.is_empty() {
            return columns;
        }
        if prefix.is_empty() {
            return Vec::new();
        }
        let functions = names.functions().into_iter().map(called);
        let keywords = KEYWORDS.iter().map(|word| cased(word, prefix));
        let others = functions.chain(keywords);
        let others = others
            .filter(|word| !columns.contains(word))
            .collect::<Vec<_>>();
        matching(prefix, columns.iter().cloned().chain(others))
    }

    /// Whether a table stands after `last`.
    fn is_table_wanted(&self, last: &Token<'_>) -> bool {
        let is =
            |text: &str, words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if is(last.text, BEFORE_TABLES) {
            return true;
        }
        // `FROM a, b`: the last clause that began decides.
        let words = self.before.iter().rev().map(|piece| piece.text);
        let mut clauses = words.filter(|text| is(text, BEFORE_TABLES) || is(text, CLAUSES));
        last.text == ","
            && clauses
                .next()
                .is_some_and(|clause| is(clause, BEFORE_TABLES))
    }

    fn statement(&self) -> impl Iterator<Item = &Token<'_>> {
        self.before.iter().copied().chain(self.after)
    }

    /// Tables and views that the statement names anywhere.
    fn relations_named(&self) -> Vec<String> {
        let known: BTreeSet<String> = self.names.relations().into_iter().collect();
        let mut named = Vec::new();
        for piece in self.statement() {
            let name = unquoted(piece.text);
            if known.contains(name) && !named.iter().any(|known| known == name) {
                named.push(name.to_owned());
            }
        }
        named
    }

    /// The table or view that a name before a dot stands for: its own, or an alias.
    fn relation_called(&self, name: &str) -> Option<String> {
        let known = self.names.relations();
        if known.iter().any(|known| known == name) {
            return Some(name.to_owned());
        }
        let pieces = self.statement().map(|piece| unquoted(piece.text));
        // An alias may be the last word.
        let pieces: Vec<&str> = pieces.chain([""]).collect();
        let aliases = pieces.windows(3).filter_map(|window| match window {
            [relation, alias, _] if *alias == name => Some(*relation),
            [relation, word, alias] if *alias == name && word.eq_ignore_ascii_case("as") => {
                Some(*relation)
            }
            _ => None,
        });
        let mut relations = aliases.filter(|relation| known.iter().any(|known| known == relation));
        relations.next().map(str::to_owned)
    }
}

fn command(before: &str, names: &impl Names) -> (usize, Vec<String>) {
    let blank = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let prefix = before.get(blank..).unwrap_or_default();
    let text = before.trim_start();
    let Some((name, _)) = text.split_once(char::is_whitespace) else {
        let commands = COMMANDS.iter().map(|(name, _, _)| (*name).to_owned());
        return (blank, matching(prefix, commands));
    };
    let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let words: Vec<String> = match name {
        "\\d" => names.relations(),
        "\\df" => names.functions(),
        "\\format" => formats(),
        "\\x" => texts(&["on", "off", "auto"]),
        "\\timing" | "\\pager" => texts(&["on", "off"]),
        "\\limit" => texts(&["off"]),
        _ => Vec::new(),
    };
    (blank, matching(prefix, words.into_iter()))
}

/// `@name parameter=value …`
fn question(before: &str, names: &impl Names) -> (usize, Vec<String>) {
    let blank = before
        .rfind(|c: char| c.is_whitespace())
        .map_or(0, |at| at + 1);
    let prefix = before.get(blank..).unwrap_or_default();
    let words = before.trim_start().split_once(char::is_whitespace);
    let words: Vec<String> = match words {
        None => {
            let names = names.questions().into_iter();
            names.map(|name| format!("@{name}")).collect()
        }
        Some((name, _)) => {
            let parameters = names.parameters(name.trim_start_matches('@')).into_iter();
            parameters.map(|name| format!("{name}=")).collect()
        }
    };
    (blank, matching(prefix, words.into_iter()))
}

fn matching(prefix: &str, words: impl Iterator<Item = String>) -> Vec<String> {
    let prefix = prefix.to_lowercase();
    let words = words.filter(|word| {
        let word = word.to_lowercase();
        word.starts_with(&prefix)
            || word
                .strip_prefix('"')
                .is_some_and(|w| w.starts_with(&prefix))
    });
    words.collect()
}

/// A keyword as the user writes keywords.
fn cased(word: &str, prefix: &str) -> String {
    if prefix.chars().any(char::is_lowercase) {
        word.to_lowercase()
    } else {
        word.to_owned()
    }
}

fn called(function: String) -> String {
    function + "("
}

/// A name as SQL writes it: with quotes where it would be read as another.
fn quoted(name: String) -> String {
    let is_plain = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain && !name.starts_with(|c: char| c.is_ascii_digit()) {
        name
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

fn unquoted(name: &str) -> &str {
    name.trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::{Names, complete};

    struct Known;

    impl Names for Known {
        fn relations(&self) -> Vec<String> {
            texts(&["headline", "hit_ratio", "requests", "Odd"])
        }
        fn columns(&self, relation: &str) -> Vec<String> {
            match relation {
                "headline" => texts(&["month", "savings_usd"]),
                "requests" => texts(&["time", "path", "response_bytes", "Request Id"]),
                "hit_ratio" => texts(&["month", "hit_ratio"]),
                _ => Vec::new(),
            }
        }
        fn functions(&self) -> Vec<String> {
            texts(&["percent_decode", "replace", "sum"])
        }
        fn table_functions(&self) -> Vec<String> {
            texts(&["what_if"])
        }
        fn questions(&self) -> Vec<String> {
            texts(&["slow-edges", "top-paths"])
        }
        fn parameters(&self, question: &str) -> Vec<String> {
            assert_eq!(question, "top-paths");
            texts(&["month", "rows"])
        }
    }

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    /// What TAB offers where the `|` is.
    #[track_caller]
    fn offers(line: &str, begin: usize, words: &[&str]) {
        let cursor = line.find('|').unwrap();
        let line = line.replacen('|', "", 1);
        assert_eq!(complete(&line, cursor, &Known), (begin, texts(words)));
    }

    #[test]
    fn tables_where_one_is_named() {
        offers(
            "SELECT * FROM |",
            14,
            &["headline", "hit_ratio", "requests", "Odd", "what_if("],
        );
        offers("SELECT * from h|", 14, &["headline", "hit_ratio"]);
        offers("SELECT * FROM requests, he|", 24, &["headline"]);
        offers("DESCRIBE req|", 9, &["requests"]);
        offers("SELECT 1; SELECT * FROM req|", 24, &["requests"]);
    }

    #[test]
    fn columns_of_the_tables_in_the_statement_first() {
        offers("SELECT | FROM headline", 7, &["month", "savings_usd"]);
        offers(
            "SELECT s| FROM headline",
            7,
            &["savings_usd", "sum(", "select"],
        );
        // Nothing is named yet: all columns.
        offers(
            "SELECT re|",
            7,
            &["response_bytes", "\"Request Id\"", "replace("],
        );
        // A comma of another clause is no list of tables.
        offers("SELECT path, sav| FROM headline", 13, &["savings_usd"]);
        offers(
            "SELECT * FROM requests ORDER BY path, res|",
            38,
            &["response_bytes"],
        );
        // Other statements of the line name nothing here.
        offers("SELECT * FROM headline; SELECT |", 31, &[]);
    }

    #[test]
    fn columns_behind_a_dot() {
        offers(
            "SELECT headline.| FROM headline",
            16,
            &["month", "savings_usd"],
        );
        offers("SELECT h.mo| FROM hit_ratio h, requests r", 9, &["month"]);
        let columns = ["time", "path", "response_bytes", "\"Request Id\""];
        offers(
            "SELECT r.| FROM hit_ratio AS h JOIN requests AS r",
            9,
            &columns,
        );
        offers("SELECT r.| FROM hit_ratio h, requests r", 9, &columns);
        offers("SELECT nobody.| FROM headline", 14, &[]);
    }

    #[test]
    fn keywords_as_they_are_typed() {
        offers("SE|", 0, &["SELECT"]);
        offers("sel|", 0, &["select"]);
        offers("SELECT * FROM headline WH|", 23, &["WHEN", "WHERE"]);
        offers("select * from headline ord|", 23, &["order by"]);
    }

    #[test]
    fn nothing_within_texts_and_comments() {
        offers("SELECT 'req|", 11, &[]);
        offers("SELECT \"req|", 11, &[]);
        offers("SELECT 1 -- req|", 15, &[]);
        offers("SELECT 1 /* req|", 15, &[]);
    }

    #[test]
    fn commands_and_what_follows_them() {
        offers("\\d|", 0, &["\\d", "\\dt", "\\dv", "\\df"]);
        offers("\\d h|", 3, &["headline", "hit_ratio"]);
        offers("\\df per|", 4, &["percent_decode"]);
        offers("\\x |", 3, &["on", "off", "auto"]);
        offers("\\format c|", 8, &["csv"]);
    }

    #[test]
    fn questions_and_their_parameters() {
        offers("@|", 0, &["@slow-edges", "@top-paths"]);
        offers("@top-|", 0, &["@top-paths"]);
        offers("@top-paths mo|", 11, &["month="]);
    }
}
