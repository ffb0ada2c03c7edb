use super::*;

fn load(text: &str) -> Result<Rules, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    Rules::of(file)
        .map_err(|error| format!("{}; {}", error.message, error.hint.unwrap_or_default()))
}

#[test]
fn older_files_mean_what_they_meant() {
    let rules = load(
        "[rejects]\nmax_ratio = 0.02\n[quarantine]\nmax_objects = 3\n\
         [[hit_ratio]]\nmin = \"0.8\"\n[[hit_ratio]]\ndistribution = \"docs\"\nmin = 0.5\n\
         [[hit_ratio]]\ndistribution = \"docs\"\nmin = 0.6\n[[cost]]\nmax_usd = \"18.00\"\n",
    )
    .unwrap();
    let limit = |name: &str, limit: &str| {
        let mut rules = rules.builtins.iter();
        let rule = rules.find(|rule| rule.builtin.name == name).unwrap();
        rule.limit(limit).unwrap().to_string()
    };
    assert_eq!(limit("rejects", "max_ratio"), "0.02");
    assert_eq!(limit("quarantine", "max_objects"), "3");
    let names: Vec<&str> = rules.own.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "hit_ratio (all)",
            "hit_ratio (docs)",
            "hit_ratio (docs) 2",
            "cost (all)"
        ]
    );
    assert!(
        matches!(&rules.own[3].what, What::Budget { usd, distribution: None } if usd.to_string() == "18.00")
    );
}

#[test]
fn what_does_not_fit_is_named() {
    for (text, wanted) in [
        (
            "[builtin.rejcts]\nenabled = false",
            "no built-in rule is called `rejcts`; did you mean `rejects`?",
        ),
        (
            "[builtin.rejects]\nmax_ration = 1",
            "no setting `max_ration`; did you mean `max_ratio`?",
        ),
        (
            "[builtin.rejects]\nenabld = false",
            "no setting `enabld`; did you mean `enabled`?",
        ),
        (
            "[builtin.rejects]\nmax_ratio = true",
            "max_ratio of `rejects` is `true`",
        ),
        (
            "[builtin.rejects]\nmessage = \"{row}\"",
            "no column `row` to show; did you mean `rows`?",
        ),
        (
            "[builtin.rejects]\nmax_ratio = 1\n[rejects]\nmax_ratio = 1",
            "say the same",
        ),
        ("[[rule]]\nsql = \"SELECT 1\"", "has no name"),
        (
            "[[rule]]\nname = \"a\"",
            "rule `a`: it says nothing to check",
        ),
        (
            "[[rule]]\nname = \"rejects\"\nbudget = 1",
            "two rules are called `rejects`",
        ),
        (
            "[[rule]]\nname = \"a\"\nbudget = 1\n[[rule]]\nname = \"a\"\nbudget = 2",
            "two rules are called `a`",
        ),
        (
            "[[rule]]\nname = \"a\"\nsql = \"SELECT 1\"\nmin = 1",
            "a rule with sql has no `min`",
        ),
        (
            "[[rule]]\nname = \"a\"\nview = \"v\"\ncolumn = \"c\"",
            "no limit",
        ),
        (
            "[[rule]]\nname = \"a\"\nview = \"v\"\ncolumn = \"c\"\nmin = 1\nkey = \"k\"",
            "has no `key`",
        ),
        (
            "[[rule]]\nname = \"a\"\nview = \"v\"\ncolumn = \"c\"\nmax_decrease = \"-0.1\"",
            "a tolerance is negative",
        ),
        (
            "[[rule]]\nname = \"a\"\nseverity = \"fatal\"\nbudget = 1",
            "unknown variant `fatal`",
        ),
        ("[[rule]]\nname = \"a\"\nbuget = 1", "unknown field `buget`"),
        (
            "[[rule]]\nname = \"a\"\nbudget = 1\nmessage = \"{\"",
            "rule `a`: the message `{`",
        ),
    ] {
        let error = load(text).unwrap_err();
        assert!(error.contains(wanted), "{text}\n{error}");
    }
}
