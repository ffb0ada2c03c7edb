use super::*;

fn settings(names: &[&str], columns: &[&str]) -> PrivacySettings {
    PrivacySettings {
        redaction: Redaction::On {
            extra_names: names.iter().map(|&name| name.to_owned()).collect(),
        },
        drop_columns: columns.iter().map(|&name| name.to_owned()).collect(),
        ..PrivacySettings::default()
    }
}

#[test]
fn default_settings_are_the_default() {
    assert_eq!(
        Privacy::new(&PrivacySettings::default()),
        Ok(Privacy::default())
    );
}

#[test]
fn every_listed_name_can_match() {
    for name in REDACTED_PARAMETERS {
        assert!(is_parameter(name), "{name}");
        let found = Privacy::default().redacted(&format!("{name}=x"), Syntax::Query, false);
        assert_eq!(found, Some(format!("{name}=REDACTED")));
    }
}

#[test]
fn settings_that_cannot_be_followed_are_errors() {
    let check = |names: &[&str], columns: &[&str], expect: &str| {
        let err = Privacy::new(&settings(names, columns)).unwrap_err();
        assert!(err.to_string().starts_with(expect), "{err}");
    };
    check(
        &[],
        &["client_ip", "c-ip"],
        "no column `c-ip` (columns that can be dropped: client_ip, path, referrer, ",
    );
    check(&[], &["\u{1b}x"], "no column `\\u{1b}x` (");
    check(
        &[],
        &["response_bytes"],
        "column `response_bytes` is needed by reports (columns that can be dropped: ",
    );
    check(&[], &["cdn_host"], "column `cdn_host` is needed");
    for name in ["", "-_", "a[b]", "a b", "a=b", "a.b"] {
        check(&[name], &[], &format!("bad parameter name `{name}` ("));
    }
    check(&["x".repeat(64).as_str()], &[], "bad parameter name `xxx");
}

#[test]
fn every_column_is_needed_or_droppable() {
    let n_columns = crate::columns::schema().fields().len();
    assert_eq!(
        droppable_columns().count() + NEEDED_COLUMNS.len(),
        n_columns
    );
    for name in droppable_columns().chain(NEEDED_COLUMNS) {
        assert!(
            crate::columns::schema().field_with_name(name).is_ok(),
            "{name}"
        );
    }
}

#[test]
fn quoted_text_hides_before_it_is_cut() {
    let privacy = Privacy::default();
    assert_eq!(
        privacy.quoted("203.0.113.7 token=x", 80, false),
        "<ip> token=REDACTED"
    );
    assert_eq!(privacy.quoted("203.0.113.7", 3, false), "<ip…");
    assert_eq!(privacy.quoted("xx 203.0", 80, true), "xx <ip>…");
    let long = format!("{} 203.0.113.7", "x".repeat(310));
    assert_eq!(
        privacy.quoted(&long, 320, false),
        format!("{} <ip>…", "x".repeat(310))
    );
    let off = PrivacySettings {
        redaction: Redaction::Off,
        ..PrivacySettings::default()
    };
    let off = Privacy::new(&off).unwrap();
    assert_eq!(off.quoted("2001:db8::7 token=x", 80, false), "<ip> token=x");
}
