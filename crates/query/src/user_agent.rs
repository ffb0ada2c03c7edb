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
    // What looks like an address is none of our business.
    let is_address = name.matches(':').count() > 1;
    if is_name && !is_address {
        name
    } else {
        "other".to_owned()
    }
}

/// The longest version that is taken for one.
const MAX_VERSION: usize = 40;

/// The version that a decoded user agent gives the product it names first: `1.85.0` of
/// `cargo/1.85.0 (…)` and of `cargo 1.85.0 (…)`. `None` for browsers and for what has no version.
pub(crate) fn version(user_agent: &str) -> Option<&str> {
    let text = user_agent.trim();
    let (name, rest) = text.split_once(['/', ' '])?;
    let is_name = name.bytes().any(|byte| byte.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+'));
    if !is_name || name.len() > MAX_NAME || name.eq_ignore_ascii_case("mozilla") {
        return None;
    }
    let is_part = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '+' | '~')
    };
    let version = rest.split(|letter| !is_part(letter)).next()?;
    let begins = version.starts_with(|letter: char| letter.is_ascii_digit());
    (begins && version.len() <= MAX_VERSION).then_some(version)
}

/// What a client is for, in a word, as the table `client_families` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientKind {
    /// Fetches packages or toolchains for a developer or a build.
    PackageManager,
    /// Says that it runs in a build service.
    Ci,
    /// Keeps a copy for others.
    Mirror,
    /// A person's browser.
    Browser,
    /// Reads the web for others.
    Bot,
    /// A command or a library that anything may use.
    Tool,
    /// Nothing that is known.
    Other,
}

impl ClientKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::PackageManager => "package-manager",
            Self::Ci => "ci",
            Self::Mirror => "mirror",
            Self::Browser => "browser",
            Self::Bot => "bot",
            Self::Tool => "tool",
            Self::Other => "other",
        }
    }
}

use ClientKind::{Bot, Browser, Ci, Mirror, Other, PackageManager, Tool};

/// Families that reports name, each with its kind.
///
/// The list is closed, because anyone can send any name: a pass over the requests that kept them
/// all would need as much memory as it was sent names.
pub(crate) const LISTED: [(&str, ClientKind); 76] = [
    ("apt", PackageManager),
    ("bazel", PackageManager),
    ("bun", PackageManager),
    ("bundler", PackageManager),
    ("cargo", PackageManager),
    ("cargo-binstall", PackageManager),
    ("composer", PackageManager),
    ("conda", PackageManager),
    ("debian", PackageManager),
    ("deno", PackageManager),
    ("dnf", PackageManager),
    ("gradle", PackageManager),
    ("homebrew", PackageManager),
    ("libdnf", PackageManager),
    ("maven", PackageManager),
    ("apache-maven", PackageManager),
    ("mise", PackageManager),
    ("nix", PackageManager),
    ("npm", PackageManager),
    ("pacman", PackageManager),
    ("pip", PackageManager),
    ("pnpm", PackageManager),
    ("poetry", PackageManager),
    ("rubygems", PackageManager),
    ("rustup", PackageManager),
    ("rustup-init", PackageManager),
    ("uv", PackageManager),
    ("winget", PackageManager),
    ("yarn", PackageManager),
    ("actions", Ci),
    ("buildkite", Ci),
    ("circleci", Ci),
    ("dependabot", Ci),
    ("drone", Ci),
    ("github-actions", Ci),
    ("gitlab-runner", Ci),
    ("jenkins", Ci),
    ("renovate", Ci),
    ("sccache", Ci),
    ("teamcity", Ci),
    ("other-ci", Ci),
    ("artifactory", Mirror),
    ("bandersnatch", Mirror),
    ("freighter", Mirror),
    ("nexus", Mirror),
    ("panamax", Mirror),
    ("romt", Mirror),
    ("squid", Mirror),
    ("other-mirror", Mirror),
    ("chrome", Browser),
    ("edge", Browser),
    ("firefox", Browser),
    ("opera", Browser),
    ("safari", Browser),
    ("samsung-browser", Browser),
    ("other-browser", Browser),
    ("bot", Bot),
    ("aria2", Tool),
    ("axios", Tool),
    ("curl", Tool),
    ("go-http-client", Tool),
    ("java", Tool),
    ("libcurl", Tool),
    ("node", Tool),
    ("node-fetch", Tool),
    ("okhttp", Tool),
    ("powershell", Tool),
    ("python-httpx", Tool),
    ("python-requests", Tool),
    ("python-urllib", Tool),
    ("reqwest", Tool),
    ("ureq", Tool),
    ("urlgrabber", Tool),
    ("wget", Tool),
    ("none", Other),
    ("other", Other),
];

/// Marks of names that are not listed, each with the family it stands for.
const MARKED: [(&str, &str); 3] = [
    ("mirror", "other-mirror"),
    ("proxy", "other-mirror"),
    ("cache", "other-mirror"),
];

/// [`family`] out of the closed list [`LISTED`]: a name that is not in it is `other-ci` where one of
/// its words is `ci`, `other-mirror` where it holds one of the marks of mirrors, else `other`.
pub(crate) fn listed_family(user_agent: Option<&str>) -> String {
    let name = family(user_agent);
    if LISTED.iter().any(|(listed, _)| *listed == name) {
        return name;
    }
    let marked = MARKED.iter().find(|(mark, _)| name.contains(mark));
    let is_ci = name.split(['-', '_', '.']).any(|word| word == "ci");
    match marked {
        _ if is_ci => "other-ci",
        Some((_, family)) => family,
        None => "other",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{LISTED, family, listed_family, version};

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
            (Some("2001:db8:bad:cafe::1"), "other"),
            (Some("203.0.113.7"), "other"),
        ] {
            assert_eq!(family(user_agent), expected, "{user_agent:?}");
        }
    }

    #[test]
    fn versions_are_those_of_the_first_product() {
        for (user_agent, expected) in [
            ("cargo/1.85.0 (d73d2caf9 2024-12-31)", Some("1.85.0")),
            ("cargo 1.74.0 (ecb9851af 2023-10-18)", Some("1.74.0")),
            ("cargo/1.99.0-nightly (77d0be31f)", Some("1.99.0-nightly")),
            ("rustup/1.29.0", Some("1.29.0")),
            ("curl/8.9.1 libcurl/8.9.2", Some("8.9.1")),
            ("Mozilla/5.0 (X11) Firefox/143.0", None),
            ("ExampleBot/2.1", Some("2.1")),
            ("curl", None),
            ("curl/", None),
            ("curl/<script>", None),
            ("curl (8.9.1)", None),
            ("203.0.113.7/8", None),
            ("/1.0", None),
            ("", None),
        ] {
            assert_eq!(version(user_agent), expected, "{user_agent}");
        }
        assert_eq!(version(&format!("curl/{}", "1".repeat(1_000_000))), None);
        assert_eq!(version(&format!("{}/1", "c".repeat(1_000_000))), None);
    }

    #[test]
    fn the_list_is_closed() {
        for (user_agent, expected) in [
            (None, "none"),
            (Some("cargo/1.98.0 (2f8a1c3d5 2026-09-24)"), "cargo"),
            (Some("rustup/1.29.0"), "rustup"),
            (Some("ci-fetch/0.3"), "other-ci"),
            (Some("circleci/1"), "circleci"),
            (Some("incident/1"), "other"),
            (Some("crates-mirror/2"), "other-mirror"),
            (Some("some-tool-of-ours/2"), "other"),
            (Some("<script>"), "other"),
            (Some("ExampleBot/2.1"), "bot"),
        ] {
            assert_eq!(listed_family(user_agent), expected, "{user_agent:?}");
        }
    }

    #[test]
    fn what_is_listed_is_listed_once() {
        let mut names: Vec<&str> = LISTED.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), LISTED.len());
    }
}
