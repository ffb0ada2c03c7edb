//! GitHub's runner reads what a step prints, and obeys some of it.

use std::borrow::Cow;

/// A line in which the runner finds no command: it knows `::name …` at the beginning and, from its
/// first days, `##[name …]` anywhere.
pub(crate) fn inert(line: &str) -> Cow<'_, str> {
    let is_command = line.trim_start().starts_with("::");
    if !is_command && !line.contains("##[") {
        return Cow::Borrowed(line);
    }
    let line = line.replace("##[", "##\\[");
    Cow::Owned(if is_command {
        line.replacen("::", ":\\:", 1)
    } else {
        line
    })
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn only_commands_are_changed() {
        for (line, wanted) in [
            ("ok: a::b #[c] ##x", "ok: a::b #[c] ##x"),
            (" \t::set-env name=a::b", " \t:\\:set-env name=a::b"),
            (
                "key ##[add-mask]x ##[error]y",
                "key ##\\[add-mask]x ##\\[error]y",
            ),
            ("::##[a]", ":\\:##\\[a]"),
        ] {
            assert_eq!(inert(line), wanted);
        }
    }
}
