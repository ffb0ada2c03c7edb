//! Families of user agents, by a few rules instead of a database of devices: what fetches from a
//! CDN of packages names itself first (`cargo/1.85`, `curl/8.5.0`), and everything that browses
//! begins with `Mozilla`.

/// Browsers and the mark each leaves, in the order in which they are told apart: Edge and Opera
/// also name Chrome, and Chrome also names Safari.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg", "edge"),
    ("OPR/", "opera"),
    ("SamsungBrowser/", "samsung-browser"),
    ("Firefox/", "firefox"),
    ("FxiOS/", "firefox"),
    ("Chrome/", "chrome"),
    ("Safari/", "safari"),
];

/// Marks of programs that read the web for others.
const BOTS: [&str; 6] = ["bot", "crawler", "spider", "slurp", "preview", "scan"];

/// The longest name of a product that is taken for one.
const MAX_NAME: usize = 40;

/// The family of a decoded user agent:
/// - `none` without one;
/// - `bot` for what calls itself a bot, crawler, spider, slurp, preview or scanner;
/// - a browser's name, or `other-browser`, for what begins with `Mozilla/`;
/// - else the first product's name in lower case, without its version: `cargo`, `curl`, `wget`;
/// - `other` where that is no name.
pub(crate) fn family(user_agent: Option<&str>) -> String {
    let Some(text) = user_agent.map(str::trim).filter(|text| !text.is_empty()) else {
        return "none".to_owned();
    };
    let lower = text.to_ascii_lowercase();
    if BOTS.iter().any(|mark| lower.contains(mark)) {
        return "bot".to_owned();
    }
    if lower.starts_with("mozilla/") {
        let browser = BROWSERS.iter().find(|(mark, _)| text.contains(mark));
        return browser.map_or("other-browser", |(_, name)| name).to_owned();
    }
    let name: String = lower
        .chars()
        .take_while(|letter| !matches!(letter, '/' | ' ' | '(' | ';' | ','))
        .collect();
    let is_name = !name.is_empty()
        && name.len() <= MAX_NAME
        && name.chars().any(|letter| letter.is_ascii_alphabetic())
        && name.chars().all(|letter| {
            letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '+' | ':')
        });
    if is_name { name } else { "other".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::family;

    #[test]
    fn families_are_told_apart() {
        for (user_agent, expected) in [
            (None, "none"),
            (Some(" "), "none"),
            (Some("cargo/1.85.0 (d73d2caf9 2024-12-31)"), "cargo"),
            (Some("cargo 1.20.0"), "cargo"),
            (Some("rustup/1.27.1"), "rustup"),
            (Some("curl/8.5.0"), "curl"),
            (Some("Wget/1.21.2"), "wget"),
            (Some("python-requests/2.31.0"), "python-requests"),
            (Some("Go-http-client/2.0"), "go-http-client"),
            (
                Some("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
                "firefox",
            ),
            (
                Some(
                    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                ),
                "chrome",
            ),
            (
                Some(
                    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                ),
                "edge",
            ),
            (
                Some(
                    "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                ),
                "safari",
            ),
            (Some("Mozilla/4.0 (compatible; MSIE 8.0)"), "other-browser"),
            (
                Some("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.example.com/bot.html)"),
                "bot",
            ),
            (Some("<script>alert(1)</script>"), "other"),
            (Some("\"; DROP TABLE requests"), "other"),
            (Some("12345"), "other"),
        ] {
            assert_eq!(family(user_agent), expected, "{user_agent:?}");
        }
    }
}
