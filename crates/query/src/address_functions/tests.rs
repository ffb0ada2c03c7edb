//! Expected networks are worked out by hand from RFC 4632 and RFC 4291.

use super::*;

fn truncated(ip: &str, more: [More<'_>; 2]) -> Option<String> {
    truncate_ip(ip, more)
}

#[test]
fn addresses_become_their_networks() {
    let absent = [More::Absent; 2];
    let bits = |v4, v6| [More::Integer(v4), More::Integer(v6)];
    for (ip, more, expected) in [
        ("203.0.113.77", absent, Some("203.0.113.0/24")),
        ("203.0.113.77", bits(16, 32), Some("203.0.0.0/16")),
        ("203.0.113.77", bits(32, 32), Some("203.0.113.77/32")),
        ("203.0.113.77", bits(0, 32), Some("0.0.0.0/0")),
        ("203.0.113.77", bits(33, 32), None),
        ("203.0.113.77", bits(-1, 32), None),
        ("203.0.113.77", bits(i64::MAX, i64::MIN), None),
        ("2001:db8:1:2:3:4:5:6", absent, Some("2001:db8:1::/48")),
        ("2001:DB8:0001::", absent, Some("2001:db8:1::/48")),
        ("2001:db8:ffff::1", bits(24, 32), Some("2001:db8::/32")),
        ("2001:db8::1", bits(24, 129), None),
        ("::1", absent, Some("::/48")),
        ("::", absent, Some("::/48")),
        // In an IPv6 coat, in both of its spellings.
        ("::ffff:203.0.113.77", absent, Some("203.0.113.0/24")),
        ("::ffff:cb00:714d", bits(8, 48), Some("203.0.0.0/8")),
        ("203.0.113.0/24", absent, None),
        ("203.0.113", absent, None),
        ("203.0.113.256", absent, None),
        ("0203.0.113.7", absent, None),
        (" 203.0.113.7", absent, None),
        ("fe80::1%eth0", absent, None),
        ("-", absent, None),
        ("", absent, None),
        ("%ff%zz", absent, None),
    ] {
        assert_eq!(truncated(ip, more).as_deref(), expected, "{ip} {more:?}");
    }
    assert_eq!(truncated(&"1.".repeat(500_000), absent), None);
}

fn is_in(ip: Option<&str>, network: More<'_>) -> Result<Option<bool>> {
    ip_in_network(Given {
        text: ip,
        more: [network, More::Absent],
    })
}

#[test]
fn addresses_lie_in_networks() {
    for (ip, network, expected) in [
        ("203.0.113.77", "203.0.113.0/24", Some(true)),
        ("203.0.114.77", "203.0.113.0/24", Some(false)),
        // Bits behind the network are ignored.
        ("203.0.113.77", "203.0.113.200/24", Some(true)),
        ("203.0.113.77", "203.0.113.76/31", Some(true)),
        ("203.0.113.77", "203.0.113.78/31", Some(false)),
        ("203.0.113.77", "0.0.0.0/0", Some(true)),
        ("203.0.113.77", "203.0.113.77", Some(true)),
        ("203.0.113.78", "203.0.113.77", Some(false)),
        ("::ffff:203.0.113.77", "203.0.113.0/24", Some(true)),
        ("2001:db8::1", "2001:db8::/32", Some(true)),
        ("2001:db9::1", "2001:db8::/32", Some(false)),
        ("2001:db8::1", "2001:db8::1", Some(true)),
        // Of the other kind: not in it, whatever its bits.
        ("203.0.113.77", "::/0", Some(false)),
        ("2001:db8::1", "0.0.0.0/0", Some(false)),
        ("nobody", "203.0.113.0/24", None),
        ("", "203.0.113.0/24", None),
    ] {
        let found = is_in(Some(ip), More::Text(network)).unwrap();
        assert_eq!(found, expected, "{ip} in {network}");
    }
    assert_eq!(is_in(None, More::Text("10.0.0.0/8")).unwrap(), None);
    assert_eq!(is_in(Some("10.0.0.1"), More::Null).unwrap(), None);
}

#[test]
fn what_is_no_network_is_named() {
    for network in [
        "10.0.0.0/33",
        "2001:db8::/129",
        "10.0.0/8",
        "all",
        "",
        "10.0.0.0/-1",
    ] {
        // Also while nothing is known of the addresses.
        for ip in [None, Some("10.0.0.1")] {
            let error = is_in(ip, More::Text(network)).unwrap_err().to_string();
            assert!(
                error.contains(&format!("`{network}` is no network")),
                "{error}"
            );
        }
    }
    let error = is_in(None, More::Text("\u{1b}[31m"))
        .unwrap_err()
        .to_string();
    assert!(!error.contains('\u{1b}'), "{error:?}");
}
