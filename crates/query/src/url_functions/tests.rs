//! Expected values are worked out by hand; those of URLs are the WHATWG standard's own examples
//! where it has one.

use super::*;

const ABSENT: More<'_> = More::Absent;

fn decoded(text: &str, passes: More<'_>) -> String {
    percent_decode(text, [passes, ABSENT])
}

#[test]
fn percent_decoding_takes_one_or_two_passes() {
    for (text, passes, expected) in [
        ("/caf%25C3%25A9", ABSENT, "/caf%C3%A9"),
        ("/caf%25C3%25A9", More::Integer(1), "/caf%C3%A9"),
        ("/caf%25C3%25A9", More::Integer(2), "/café"),
        ("%2525", More::Integer(9), "%"),
        ("%41", More::Integer(0), "%41"),
        ("%41", More::Integer(i64::MIN), "%41"),
        // Neither UTF-8 nor an escape: as it is, however often.
        ("%ff%zz", More::Integer(2), "%FF%zz"),
        ("%C3%28", ABSENT, "%C3("),
        ("%E5%A5", ABSENT, "%E5%A5"),
        ("%", ABSENT, "%"),
        ("%00", ABSENT, "\0"),
    ] {
        assert_eq!(decoded(text, passes), expected, "{text} {passes:?}");
    }
    let long = "%41".repeat(350_000);
    assert_eq!(decoded(&long, ABSENT), "A".repeat(350_000));
}

fn asked(name: &str, url: &str) -> Option<String> {
    match name {
        "host" => Some(Url::parse(url).ok()?.host_str()?.to_owned()),
        "path" => Some(parsed(url)?.path().to_owned()),
        _ => Some(parsed(url)?.query()?.to_owned()),
    }
}

#[test]
fn parts_of_urls() {
    for (url, host, path, query) in [
        (
            "https://user:pass@Docs.Example.org:8443/std/?q=vec#top",
            Some("docs.example.org"),
            Some("/std/"),
            Some("q=vec"),
        ),
        ("https://example.org", Some("example.org"), Some("/"), None),
        // The standard's examples.
        ("https://0x.0x.0", Some("0.0.0.0"), Some("/"), None),
        (
            "https://EXAMPLE.com/../x",
            Some("example.com"),
            Some("/x"),
            None,
        ),
        (
            "http://[2001:db8::1]:80/",
            Some("[2001:db8::1]"),
            Some("/"),
            None,
        ),
        (
            "/search?q=a%20b&page=2",
            None,
            Some("/search"),
            Some("q=a%20b&page=2"),
        ),
        ("/a/./b/../c", None, Some("/a/c"), None),
        ("//evil.example/x", None, Some("/x"), None),
        (
            "android-app://org.example.app",
            Some("org.example.app"),
            Some(""),
            None,
        ),
        ("javascript:alert(1)", None, Some("alert(1)"), None),
        ("docs.example.org/std", None, None, None),
        ("-", None, None, None),
        ("", None, None, None),
        ("https://", None, None, None),
        ("https://exa%00mple.org/", None, None, None),
        (
            "https://example.org/%ff%zz",
            Some("example.org"),
            Some("/%ff%zz"),
            None,
        ),
    ] {
        assert_eq!(asked("host", url).as_deref(), host, "host of {url}");
        assert_eq!(asked("path", url).as_deref(), path, "path of {url}");
        assert_eq!(asked("query", url).as_deref(), query, "query of {url}");
    }
    let long = format!("https://example.org/{}", "x/".repeat(500_000));
    assert_eq!(asked("path", &long).unwrap().len(), 1_000_001);
}

#[test]
fn parameters_are_found_and_decoded() {
    for (query, name, expected) in [
        ("q=a+b%21&page=2", "q", Some("a b!")),
        ("?q=1", "q", Some("1")),
        ("q=1&q=2", "q", Some("1")),
        ("q", "q", Some("")),
        ("q=", "q", Some("")),
        ("q=a=b", "q", Some("a=b")),
        ("%71=1", "q", Some("1")),
        ("Q=1", "q", None),
        ("page=2", "q", None),
        ("", "q", None),
        ("", "", None),
        ("q=%ff%zz", "q", Some("\u{fffd}%zz")),
        ("q=%25C3%25B6", "q", Some("%C3%B6")),
    ] {
        let found = query_parameter(query, [More::Text(name), ABSENT]);
        assert_eq!(found.as_deref(), expected, "{name} of {query}");
    }
    let long = format!("{}&last=1", "a=b&".repeat(250_000));
    let last = query_parameter(&long, [More::Text("last"), ABSENT]);
    assert_eq!(last.as_deref(), Some("1"));
}

#[test]
fn segments_are_counted_from_both_ends() {
    for (path, n, expected) in [
        ("/dist/2026-10-01/rust.tar.xz", 1, Some("dist")),
        ("/dist/2026-10-01/rust.tar.xz", 2, Some("2026-10-01")),
        ("/dist/2026-10-01/rust.tar.xz", -1, Some("rust.tar.xz")),
        ("/dist/2026-10-01/rust.tar.xz", -3, Some("dist")),
        ("/dist/2026-10-01/rust.tar.xz", 4, None),
        ("/dist/2026-10-01/rust.tar.xz", -4, None),
        ("/a//b/", 2, Some("")),
        ("/a//b/", -1, Some("")),
        ("/", 1, Some("")),
        ("/", 2, None),
        ("a/b", 1, Some("a")),
        ("/a", 0, None),
        ("/a", i64::MAX, None),
        ("/a", i64::MIN, None),
        ("/é/ü", 2, Some("ü")),
    ] {
        let found = path_segment(path, [More::Integer(n), ABSENT]);
        assert_eq!(found.as_deref(), expected, "{n} of {path}");
    }
}

#[test]
fn names_and_extensions_of_files() {
    for (path, name, extension) in [
        (
            "/dist/rust-1.98.0.tar.xz",
            Some("rust-1.98.0.tar.xz"),
            Some("tar.xz"),
        ),
        ("/dist/RUST.TAR.GZ", Some("RUST.TAR.GZ"), Some("tar.gz")),
        (
            "/dist/rust.tar.xz.sha256",
            Some("rust.tar.xz.sha256"),
            Some("sha256"),
        ),
        ("/dist/channel.toml", Some("channel.toml"), Some("toml")),
        ("/tar.gz", Some("tar.gz"), Some("gz")),
        ("/.tar.gz", Some(".tar.gz"), Some("gz")),
        ("/x.tar", Some("x.tar"), Some("tar")),
        ("/x.tar.toml", Some("x.tar.toml"), Some("toml")),
        ("/libs.7z", Some("libs.7z"), Some("7z")),
        ("/rustup-init", Some("rustup-init"), None),
        ("/rust-1.98.0", Some("rust-1.98.0"), None),
        ("/.env", Some(".env"), None),
        ("/v1.2/file", Some("file"), None),
        ("/a.html/", None, None),
        ("/", None, None),
        ("", None, None),
        ("/x.", Some("x."), None),
        ("/x.<script>", Some("x.<script>"), None),
        ("/x.abcdefghijklmnopq", Some("x.abcdefghijklmnopq"), None),
        ("/x.%ff%zz", Some("x.%ff%zz"), None),
        ("/好.gz", Some("好.gz"), Some("gz")),
    ] {
        assert_eq!(file_name(path), name, "{path}");
        assert_eq!(file_extension(path).as_deref(), extension, "{path}");
    }
    let long = format!("/{}.gz", "a.".repeat(500_000));
    assert_eq!(file_extension(&long).as_deref(), Some("gz"));
}
