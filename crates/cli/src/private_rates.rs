//! Price cards inside `edgeledger.toml`: `[[private_rates]]`.

use std::path::Path;

use edgeledger_rates::{PriceBook, RatesError};
use toml::{Table, Value};

use crate::exit::UsageError;

/// Lays the tables over `book` as price cards, one after the other. They are those of cards, but
/// what says where a price comes from may be left out.
pub(crate) fn lay(
    mut book: PriceBook,
    path: Option<&Path>,
    tables: &[Table],
) -> anyhow::Result<PriceBook> {
    let path = path.unwrap_or(Path::new(""));
    let file = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    for (number, table) in (1..).zip(tables) {
        let label = format!("private rates {number} of {}", path.display());
        let card = with_defaults(
            table.clone(),
            &format!("private rates {number} of {file}"),
            &file,
        );
        let card = toml::to_string(&card)
            .map_err(|error| UsageError::new(format!("`{label}`: {error}")))?;
        book = book
            .with_cards(&[(&label, &card)])
            .map_err(|error| wrong(&label, &card, &error))?;
    }
    Ok(book)
}

/// The card, with what it does not say of its origin. Only prices have such keys.
fn with_defaults(mut card: Table, name: &str, file: &str) -> Table {
    const GROUPS: [&str; 6] = [
        "egress",
        "requests",
        "origin_transfer",
        "free",
        "other",
        "plan",
    ];
    let default = |table: &mut Table, key: &str, value: &str| {
        if !table.contains_key(key) {
            table.insert(key.to_owned(), Value::String(value.to_owned()));
        }
    };
    default(&mut card, "kind", "prices");
    if card.get("kind").and_then(Value::as_str) != Some("prices") {
        return card;
    }
    default(&mut card, "name", name);
    default(&mut card, "source", file);
    for (_, group) in card
        .iter_mut()
        .filter(|(key, _)| GROUPS.contains(&key.as_str()))
    {
        let tables = match group {
            Value::Array(tables) => tables.as_mut_slice(),
            table => std::slice::from_mut(table),
        };
        for table in tables.iter_mut().filter_map(Value::as_table_mut) {
            default(table, "source", file);
            default(table, "seen", "-");
            default(table, "confidence", "high");
        }
    }
    card
}

/// What is wrong, in words of the settings file: the card's text was never written by anyone, so its
/// line numbers say nothing, but its line does.
fn wrong(label: &str, card: &str, error: &RatesError) -> UsageError {
    let RatesError::Toml { source, .. } = error else {
        return UsageError::of(error);
    };
    let line = source
        .span()
        .and_then(|span| {
            let from = card.get(..span.start)?.rfind('\n').map_or(0, |at| at + 1);
            card.get(from..)?.lines().next()
        })
        .filter(|line| !line.is_empty())
        .map_or_else(String::new, |line| format!(" in `{line}`"));
    UsageError::new(format!(
        "could not read {label}: {}{line}",
        source.message()
    ))
}

#[cfg(test)]
mod tests {
    use edgeledger_rates::{EgressTier, Month};

    use crate::{args::Global, config::Config};

    fn load(text: &str) -> Result<Config, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("edgeledger.toml");
        std::fs::write(&path, text).unwrap();
        let global = Global {
            config: Some(path),
            ..Global::default()
        };
        Config::load(&global, &[]).map_err(|error| {
            let dir = dir.path().display().to_string();
            error.to_string().replace(&dir, "DIR")
        })
    }

    const PRIVATE: &str = r#"
        [[private_rates]]
        service = "cloudfront"
        valid_from = "2026-01"
        [[private_rates.egress]]
        regions = ["EU"]
        tiers = [[0, "0.040"], [51200, "0.025"]]
        [private_rates.free]
        free_gb = 0
        free_requests = 0
        [[private_rates]]
        service = "cloudfront"
        name = "a second one"
        valid_from = "2026-06"
        [[private_rates.egress]]
        regions = ["EU"]
        tiers = [[0, "0.030"]]
        source = "annex B"
        seen = "2026-05-02"
        confidence = "medium"
    "#;

    /// Card, source, seen, confidence, price of the first tier in Europe in a month.
    fn europe(config: &Config, month: &str) -> String {
        let month: Month = month.parse().unwrap();
        let holds = |row: &&EgressTier| {
            row.region == "EU"
                && row.valid_from <= month
                && row.valid_until.is_none_or(|until| month < until)
        };
        let row = config.book.cloudfront_egress().iter().find(holds).unwrap();
        format!(
            "{} | {} | {} | {} | {}",
            row.card, row.source, row.seen, row.confidence, row.usd_per_gb
        )
    }

    #[test]
    fn private_rates_need_not_say_where_they_come_from() {
        let config = load(PRIVATE).unwrap();
        assert_eq!(
            europe(&config, "2026-01"),
            "private rates 1 of edgeledger.toml | edgeledger.toml | - | high | 0.04"
        );
        assert_eq!(
            europe(&config, "2026-06"),
            "a second one | annex B | 2026-05-02 | medium | 0.03"
        );
        assert!(europe(&config, "2025-12").starts_with("cloudfront-2024-07 | "));
        let free = &config.book.cloudfront_allowances();
        assert_eq!(
            free.iter().map(|row| row.free_gb).collect::<Vec<_>>(),
            [1024, 0]
        );
    }

    #[test]
    fn private_rates_win_over_the_cards_of_files() {
        let dir = tempfile::tempdir().unwrap();
        let card = PRIVATE
            .split("[[private_rates]]")
            .nth(2)
            .unwrap()
            .replace("private_rates.", "")
            .replace("a second one", "from a file")
            .replace("0.030", "0.020");
        let card = format!("kind = \"prices\"\nsource = \"contract\"\n{card}");
        std::fs::write(dir.path().join("ours.toml"), card).unwrap();
        let path = dir.path().join("edgeledger.toml");
        let load = |text: String| {
            std::fs::write(&path, text).unwrap();
            let global = Global {
                config: Some(path.clone()),
                ..Global::default()
            };
            Config::load(&global, &[]).unwrap()
        };
        let file_only = load("rates = [\"ours.toml\"]".to_owned());
        assert!(europe(&file_only, "2026-06").starts_with("from a file"));
        let both = load(format!("rates = [\"ours.toml\"]\n{PRIVATE}"));
        assert!(europe(&both, "2026-06").starts_with("a second one"));
    }

    #[test]
    fn wrong_private_rates_are_named_with_file_and_key() {
        let check = |from: &str, to: &str, expected: &str| {
            assert!(PRIVATE.contains(from));
            let error = load(&PRIVATE.replacen(from, to, 1)).unwrap_err();
            assert_eq!(error, expected);
        };
        check(
            "0.025",
            "2.5 cents",
            "price of `egress EU tier 2` in price card `private rates 1 of DIR/edgeledger.toml` is \
             `2.5 cents`, which is not a decimal number: Invalid decimal: unknown character",
        );
        check(
            "annex B\"",
            "annex B\"\nper = 5",
            "could not read private rates 2 of DIR/edgeledger.toml: unknown field `per`, expected \
             one of `regions`, `tiers`, `source`, `seen`, `confidence` in `per = 5`",
        );
        check(
            "\"0.040\"",
            "0.040",
            "could not read private rates 1 of DIR/edgeledger.toml: invalid type: floating point \
             `0.04`, expected a price in quotes, such as \"0.085\" in `tiers = [[0, 0.04], [51200, \"0.025\"]]`",
        );
        check(
            "service = \"cloudfront\"",
            "service = \"cloudfornt\"",
            "could not read private rates 1 of DIR/edgeledger.toml: unknown variant `cloudfornt`, \
             expected one of `cloudfront`, `cloudfront-plans`, `s3` in `service = \"cloudfornt\"`",
        );
        check(
            "\"a second one\"",
            "\"cloudfront-2024-07\"",
            "price cards `cloudfront-2024-07.toml` and `private rates 2 of DIR/edgeledger.toml` are \
             both named `cloudfront-2024-07`",
        );
    }

    /// Whoever can write beside logs must not set what traffic costs.
    #[test]
    fn a_settings_file_beside_logs_sets_no_prices() {
        let dir = tempfile::tempdir().unwrap();
        let text = format!("{PRIVATE}\n[[distribution]]\nid = \"E1\"\nname = \"kept\"");
        std::fs::write(dir.path().join("edgeledger.toml"), text).unwrap();
        let beside = [dir.path().display().to_string()];
        let config = Config::load(&Global::default(), &beside).unwrap();
        assert_eq!(config.query.distributions[0].name, "kept");
        assert!(europe(&config, "2026-06").starts_with("cloudfront-2024-07 | "));
        assert!(
            config.book.cards().iter().all(|card| {
                !card.file.contains("private") && !card.name.contains("a second one")
            })
        );
    }
}
