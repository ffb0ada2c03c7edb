//! What the truth calls kinds of old URLs and of user agents.
//!
//! Said in words and in code, so that whoever reads the log can count the same; no query of the
//! product has a part in it.

/// The kind of old URL, `-` for a path that is none.
///
/// The first that fits, by the distribution's name and the path as logged:
/// - `download-api`: on `crates`, starts with `/api/v1/crates/` and ends with `/download`
/// - `rustup-sh`: on `releases`, is `/rustup.sh`
/// - `doc-master`: on `releases`, starts with `/doc/master/`
/// - `doc-prefix`: on `docs`, starts with `/doc/`
/// - `encoded-plus`: on `crates`, contains `%252B`: a `+` the client sent encoded, and the log
///   encodes once more. A `download-api` URL with one counts there.
pub fn legacy_rule(distribution: &str, path: &str) -> &'static str {
    match distribution {
        "crates" if path.starts_with("/api/v1/crates/") && path.ends_with("/download") => {
            "download-api"
        }
        "crates" if path.contains("%252B") => "encoded-plus",
        "releases" if path == "/rustup.sh" => "rustup-sh",
        "releases" if path.starts_with("/doc/master/") => "doc-master",
        "docs" if path.starts_with("/doc/") => "doc-prefix",
        _ => "-",
    }
}

/// What asks, by `cs(User-Agent)` as logged (a space there is `%20`), in lower case.
///
/// - `-`: no agent was sent
/// - `bot`: starts with `Mozilla/` and contains `(compatible;`
/// - `browser`: starts with `Mozilla/` otherwise
/// - else the text before the first `/`, space or `%20`: `cargo` of `cargo/1.75.0` and of
///   `cargo%201.74.0%20(…)`
/// - `other`: that text is empty or holds something besides ASCII letters, digits, `-`, `_` and `.`
pub fn agent_product(agent: &str) -> String {
    if agent == "-" {
        return agent.to_owned();
    }
    if agent.starts_with("Mozilla/") {
        // CloudFront writes a space as %20 and leaves parentheses and semicolons.
        let is_bot = agent.contains("(compatible;");
        return if is_bot { "bot" } else { "browser" }.to_owned();
    }
    let end = [
        agent.find('/'),
        agent.find(' '),
        agent.find("%20"),
        Some(agent.len()),
    ];
    let end = end.into_iter().flatten().min().unwrap_or_default();
    let product = agent.get(..end).unwrap_or_default();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if product.is_empty() || !product.chars().all(is_name) {
        return "other".to_owned();
    }
    product.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_urls_are_told_by_distribution_and_path() {
        for (distribution, path, rule) in [
            (
                "crates",
                "/api/v1/crates/serde/1.0.1/download",
                "download-api",
            ),
            (
                "crates",
                "/api/v1/crates/a/1.0.1%252B1/download",
                "download-api",
            ),
            ("crates", "/crates/a/a-1.0.1%252B1.crate", "encoded-plus"),
            ("crates", "/crates/a/a-1.0.1.crate", "-"),
            ("www", "/api/v1/crates/serde/1.0.1/download", "-"),
            ("releases", "/rustup.sh", "rustup-sh"),
            ("releases", "/rustup.sh/more", "-"),
            ("releases", "/doc/master/std/index.html", "doc-master"),
            ("releases", "/doc/stable/std/index.html", "-"),
            ("docs", "/doc/stable/std/index.html", "doc-prefix"),
            ("docs", "/stable/std/index.html", "-"),
        ] {
            assert_eq!(legacy_rule(distribution, path), rule, "{path}");
        }
    }

    #[test]
    fn agents_are_told_by_their_first_product() {
        for (agent, product) in [
            ("-", "-"),
            ("cargo/1.75.0", "cargo"),
            ("cargo%201.74.0%20(ecb9851af%202023-10-18)", "cargo"),
            ("Wget/1.21.4", "wget"),
            ("python-requests/2.32.3", "python-requests"),
            ("Mozilla/5.0%20(X11;%20Linux%20x86_64)", "browser"),
            ("Mozilla/5.0%20(compatible;%20ExampleBot/2.1)", "bot"),
            ("=HYPERLINK(%22https://www.example.org/%22)", "other"),
            ("%1B%5B31mred", "other"),
            ("/", "other"),
            ("größe/1", "other"),
        ] {
            assert_eq!(agent_product(agent), product, "{agent}");
        }
    }
}
