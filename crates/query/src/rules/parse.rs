//! Rule files: TOML in, checked rules out.

use std::ops::Range;

use regex::RegexBuilder;
use serde::Deserialize;
use toml::Spanned;

use super::{LegacyKind, LegacyUrl, OTHER_PATHS, PathGroup, Pattern, Places, Rules};

/// The most rules of a session: each is tried on every path.
const MAX_RULES: usize = 1_000;
/// The longest id or name.
const MAX_NAME: usize = 80;
/// The most memory of a compiled expression.
const MAX_REGEX_BYTES: usize = 1 << 20;
/// How deep an expression's groups may lie.
const MAX_REGEX_DEPTH: u32 = 50;

/// A rule file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{file}`{place}: {message}", place = self.place())]
pub struct RulesError {
    /// The file.
    pub file: String,
    /// The line, from 1, where one is to blame.
    pub line: Option<usize>,
    /// The id or name of the rule, where one is to blame.
    pub rule: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl RulesError {
    fn place(&self) -> String {
        let line = self.line.map(|line| format!(" line {line}"));
        let rule = self.rule.as_ref().map(|rule| format!(", rule `{rule}`"));
        line.unwrap_or_default() + &rule.unwrap_or_default()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    legacy_url: Vec<FileLegacyUrl>,
    path_group: Vec<FilePathGroup>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLegacyUrl {
    id: Spanned<String>,
    title: String,
    path: Spanned<String>,
    kind: FileKind,
    distribution: Option<FilePlaces>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePathGroup {
    name: Spanned<String>,
    path: Spanned<String>,
    #[serde(default)]
    immutable: bool,
    distribution: Option<FilePlaces>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileKind {
    Redirect,
    Rewrite,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum FilePlaces {
    One(String),
    Many(Vec<String>),
}

impl FilePlaces {
    fn of(places: Option<Self>) -> Places {
        match places {
            None => Places::default(),
            Some(Self::One(name)) => Places(vec![name]),
            Some(Self::Many(names)) => Places(names),
        }
    }
}

impl Rules {
    /// Adds the rules of a file, which `name` names in errors, behind those there are.
    ///
    /// # Errors
    /// When the file is no rule file, has no rule, or has one that cannot be used.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), RulesError> {
        let source = Source { name, text };
        let file: File = toml::from_str(text).map_err(|error| {
            let span = error.span();
            source.error(span, None, error.message())
        })?;
        let added = file.legacy_url.len() + file.path_group.len();
        if added == 0 {
            let message = "it has no rule: write [[legacy_url]] or [[path_group]]";
            return Err(source.error(None, None, message));
        }
        if self.legacy_urls.len() + self.path_groups.len() + added > MAX_RULES {
            let message = format!("more than {MAX_RULES} rules");
            return Err(source.error(None, None, &message));
        }
        for entry in file.legacy_url {
            let id = source.name_of(&entry.id)?;
            if self.legacy_urls.iter().any(|rule| rule.id == id) {
                return Err(source.at(&entry.id, &id, "the id is taken by another rule"));
            }
            self.legacy_urls.push(LegacyUrl {
                path: source.pattern(&entry.path, &id)?,
                places: source.places(entry.distribution, &entry.id)?,
                title: entry.title,
                kind: match entry.kind {
                    FileKind::Redirect => LegacyKind::Redirect,
                    FileKind::Rewrite => LegacyKind::Rewrite,
                },
                id,
            });
        }
        for entry in file.path_group {
            let name = source.name_of(&entry.name)?;
            if name == OTHER_PATHS {
                let message = "the name is that of all paths without a rule";
                return Err(source.at(&entry.name, &name, message));
            }
            if self.path_groups.iter().any(|rule| rule.name == name) {
                return Err(source.at(&entry.name, &name, "the name is taken by another rule"));
            }
            self.path_groups.push(PathGroup {
                path: source.pattern(&entry.path, &name)?,
                places: source.places(entry.distribution, &entry.name)?,
                is_immutable: entry.immutable,
                name,
            });
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Source<'a> {
    name: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn error(self, span: Option<Range<usize>>, rule: Option<&str>, message: &str) -> RulesError {
        let start = span.map(|span| span.start);
        let before = start.and_then(|start| self.text.get(..start));
        RulesError {
            file: self.name.to_owned(),
            line: before.map(|before| before.matches('\n').count() + 1),
            rule: rule.map(str::to_owned).or_else(|| self.rule_at(start?)),
            message: message.trim_end().replace('\n', " "),
        }
    }

    fn at(self, place: &Spanned<String>, rule: &str, message: &str) -> RulesError {
        self.error(Some(place.span()), Some(rule), message)
    }

    /// What the rule around a place in the text is called, for mistakes that leave it unread.
    fn rule_at(self, at: usize) -> Option<String> {
        let (before, after) = (self.text.get(..at)?, self.text.get(at..)?);
        let from = before.rfind("[[")?;
        let to = after.find("\n[[").map_or(self.text.len(), |len| at + len);
        self.text.get(from..to)?.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            let value = value.trim().trim_matches(['"', '\'']);
            matches!(key.trim(), "id" | "name").then(|| value.to_owned())
        })
    }

    fn name_of(self, name: &Spanned<String>) -> Result<String, RulesError> {
        let text = name.get_ref();
        let is_name = !text.is_empty()
            && text.chars().count() <= MAX_NAME
            && text != "-"
            && !text.chars().any(char::is_control);
        if is_name {
            return Ok(text.clone());
        }
        let message = format!("an id or name has 1 to {MAX_NAME} letters and is not `-`");
        Err(self.at(name, text, &message))
    }

    fn places(
        self,
        places: Option<FilePlaces>,
        rule: &Spanned<String>,
    ) -> Result<Places, RulesError> {
        let is_empty = matches!(&places, Some(FilePlaces::Many(names)) if names.is_empty());
        if is_empty {
            let message = "an empty list of distributions: leave `distribution` out for all";
            return Err(self.at(rule, rule.get_ref(), message));
        }
        Ok(FilePlaces::of(places))
    }

    fn pattern(self, path: &Spanned<String>, rule: &str) -> Result<Pattern, RulesError> {
        let text = path.get_ref();
        if text.is_empty() {
            return Err(self.at(path, rule, "an empty path matches every path"));
        }
        let regex = RegexBuilder::new(text)
            .size_limit(MAX_REGEX_BYTES)
            .dfa_size_limit(MAX_REGEX_BYTES)
            .nest_limit(MAX_REGEX_DEPTH)
            .build();
        let regex = regex.map_err(|error| {
            // The last line of a syntax error says what it is; those above draw it.
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            let last = last.trim_start_matches("error: ");
            let message = format!("`path` is no regular expression: {last}");
            self.at(path, rule, &message)
        })?;
        Ok(Pattern {
            prefix: prefix(text),
            regex,
        })
    }
}

/// Text that everything that matches begins with, where the expression shows it: what stands
/// between `^` and the first sign with a meaning of its own.
fn prefix(pattern: &str) -> String {
    let mut prefix = String::new();
    let Some(rest) = pattern.strip_prefix('^') else {
        return prefix;
    };
    if pattern.contains('|') {
        // Another branch may begin otherwise.
        return prefix;
    }
    let mut letters = rest.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                // `\<` and `\>` are the ends of words.
                Some(escaped)
                    if escaped.is_ascii_punctuation() && !matches!(escaped, '<' | '>') =>
                {
                    prefix.push(escaped);
                }
                _ => break,
            },
            '?' | '*' | '+' | '{' => {
                // It was about the letter before.
                prefix.pop();
                break;
            }
            '.' | '(' | ')' | '[' | ']' | '}' | '^' | '$' => break,
            letter if letter.is_whitespace() => break,
            letter => prefix.push(letter),
        }
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::{Rules, prefix};

    fn error(text: &str) -> String {
        Rules::default()
            .add("rules.toml", text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_file_gives_its_rules_in_order() {
        let mut rules = Rules::default();
        rules
            .add(
                "rules.toml",
                "[[legacy_url]]\nid = \"A\"\ntitle = \"Old\"\npath = '^/old/'\nkind = \"redirect\"\n\
                 distribution = [\"E1\", \"docs\"]\n\
                 [[path_group]]\nname = \"archives\"\npath = '\\.tar$'\nimmutable = true\n\
                 distribution = \"docs\"\n",
            )
            .unwrap();
        assert_eq!(rules.legacy_urls[0].id, "A");
        assert_eq!(rules.legacy_urls[0].kind.as_str(), "redirect");
        assert_eq!(rules.path_groups[0].name, "archives");
        assert!(rules.path_groups[0].is_immutable);
        assert_eq!(rules.places(), ["E1", "docs"]);
    }

    #[test]
    fn mistakes_name_file_line_and_rule() {
        let rule = "[[legacy_url]]\nid = \"A\"\ntitle = \"t\"\nkind = \"rewrite\"\n";
        for (text, expected) in [
            (
                format!("{rule}pth = '/x'\npath = '/y'\n"),
                "`rules.toml` line 5, rule `A`: unknown field `pth`, expected one of `id`, `title`, \
                 `path`, `kind`, `distribution`",
            ),
            (
                format!("{rule}path = '/x('\n"),
                "`rules.toml` line 5, rule `A`: `path` is no regular expression: unclosed group",
            ),
            (
                format!("{rule}path = 'x'\n{rule}path = 'y'\n"),
                "`rules.toml` line 7, rule `A`: the id is taken by another rule",
            ),
            (
                "# nothing\n".to_owned(),
                "`rules.toml`: it has no rule: write [[legacy_url]] or [[path_group]]",
            ),
            (
                format!("{rule}path = ''\n"),
                "`rules.toml` line 5, rule `A`: an empty path matches every path",
            ),
            (
                "[[path_group]]\nname = \"other\"\npath = '/'\n".to_owned(),
                "`rules.toml` line 2, rule `other`: the name is that of all paths without a rule",
            ),
            (
                "[[path_group]]\nname = \"-\"\npath = '/'\n".to_owned(),
                "`rules.toml` line 2, rule `-`: an id or name has 1 to 80 letters and is not `-`",
            ),
            (
                "[[path_group]]\nname = \"a\"\npath = '/'\ndistribution = []\n".to_owned(),
                "`rules.toml` line 2, rule `a`: an empty list of distributions: leave \
                 `distribution` out for all",
            ),
            (
                "[[path_grup]]\nname = \"a\"\npath = '/'\n".to_owned(),
                "`rules.toml` line 1, rule `a`: unknown field `path_grup`, expected `legacy_url` \
                 or `path_group`",
            ),
        ] {
            assert_eq!(error(&text), expected);
        }
    }

    #[test]
    fn an_expression_may_not_grow_without_end() {
        let error = error("[[path_group]]\nname = \"a\"\npath = '(\\w{100}){1000}'\n");
        assert!(
            error.contains(
                "line 3, rule `a`: `path` is no regular expression: Compiled regex exceeds"
            ),
            "{error}"
        );
    }

    #[test]
    fn a_prefix_is_only_what_every_match_begins_with() {
        for (pattern, expected) in [
            ("^/dist/", "/dist/"),
            (r"^/rustup\.sh$", "/rustup.sh"),
            (r"^/dist/\d{4}", "/dist/"),
            ("^/dists?/", "/dist"),
            ("^/a{2}", "/"),
            ("^/a+", "/"),
            ("^/a.b", "/a"),
            ("^/a|/b", ""),
            ("^(?i)/A", ""),
            ("/dist/", ""),
            (r"\.tar$", ""),
            ("^/a b", "/a"),
            (r"^/a\x41", "/a"),
        ] {
            assert_eq!(prefix(pattern), expected, "{pattern}");
        }
    }
}
