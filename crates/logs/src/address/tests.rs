use super::*;

#[test]
fn addresses_are_truncated_to_their_network() {
    for (text, expect) in [
        ("203.0.113.77", Some("203.0.113.0")),
        ("203.0.113.77:443", Some("203.0.113.0")),
        ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1::")),
        ("2001:DB8::1", Some("2001:db8::")),
        ("[2001:db8:1:2::3]:443", Some("2001:db8:1::")),
        ("[2001:db8:1:2::3]", Some("2001:db8:1::")),
        ("2001%3Adb8%253A1%3A%3A3", Some("2001:db8:1::")),
        ("%5B2001:db8:1::3%5D:1", Some("2001:db8:1::")),
        ("2001:db8:1::3%25eth0", Some("2001:db8:1::")),
        ("::ffff:203.0.113.77", Some("203.0.113.0")),
        ("::ffff:cb00:714d", Some("203.0.113.0")),
        ("::1", Some("::")),
        ("203.0.113.0", Some("203.0.113.0")),
        ("2001:db8:1::", Some("2001:db8:1::")),
        ("unknown", None),
        ("", None),
        ("203.0.113", None),
        ("203.0.113.256", None),
        ("203.0.113.7:x", None),
        ("[2001:db8::1", None),
        ("[2001:db8::1]x", None),
        ("%", None),
    ] {
        assert_eq!(truncated(text).as_deref(), expect, "{text}");
    }
    assert_eq!(truncated(&"1".repeat(100_000)), None);
}

#[test]
fn lists_keep_their_separators() {
    for (text, expect) in [
        ("203.0.113.77", Some("203.0.113.0")),
        (
            "203.0.113.77,%20198.51.100.9",
            Some("203.0.113.0,%20198.51.100.0"),
        ),
        (
            "203.0.113.77%2C%20[2001:db8:1:2::3]:80",
            Some("203.0.113.0%2C%202001:db8:1::"),
        ),
        (
            r"203.0.113.77,\x20198.51.100.9",
            Some(r"203.0.113.0,\x20198.51.100.0"),
        ),
        (
            "203.0.113.77, 198.51.100.9 ,",
            Some("203.0.113.0, 198.51.100.0 ,"),
        ),
        ("secret,203.0.113.77", Some("unknown,203.0.113.0")),
        (",,203.0.113.77,,", Some(",,203.0.113.0,,")),
        ("203.0.113.77 198.51.100.9", None),
        ("unknown,secret", None),
        (",%2C, ,", None),
    ] {
        let found = truncated_list(text);
        assert_eq!(found.as_deref(), expect, "{text}");
        if let Some(found) = found {
            assert_eq!(truncated_list(&found).as_ref(), Some(&found), "again");
        }
    }
}

#[test]
fn what_looks_like_an_address_is_masked() {
    for (text, expect) in [
        ("a 203.0.113.77:443 b", "a <ip>:443 b"),
        ("ab203.0.113.77xy", "ab<ip>xy"),
        ("203%2E0%2E113%2e77", "<ip>"),
        ("1.2.3.4.5", "<ip>"),
        ("[2001:db8::1]", "[<ip>]"),
        ("2001%3Adb8%3A%3A1", "<ip>"),
        ("::ffff:203.0.113.77", "<ip>"),
        ("2001:db8:1:2:3:4:5:6", "<ip>"),
        (
            "2024-01-16\t23:56:42\t1.2.3\t0.017",
            "2024-01-16\t23:56:42\t1.2.3\t0.017",
        ),
        (
            "1..2.3.4 :: 00:53:00:aa:bb:cc",
            "1..2.3.4 :: 00:53:00:aa:bb:cc",
        ),
        (r"203.0.113.7\n2001:db8::1", r"<ip>\n<ip>"),
        (r"203\u002e0.113.7", "<ip>"),
    ] {
        let found = masked(text, false);
        assert_eq!(found.as_deref().unwrap_or(text), expect, "{text}");
    }
    assert_eq!(masked("a 203.0.1", true).as_deref(), Some("a <ip>"));
    assert_eq!(masked("a 203", true), None);
    for text in [
        "1.".repeat(1 << 18),
        ":".repeat(1 << 18),
        "%25".repeat(1 << 18),
    ] {
        drop(masked(&text, true));
    }
}
