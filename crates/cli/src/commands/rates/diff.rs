//! `edgeledger rates diff`.

use std::{collections::BTreeMap, fs, io::Write};

use edgeledger_rates::{Decimal, Month, PriceBook, RoundingStrategy};

use super::{
    batch,
    lines::{self, Line},
    new_table, without_card,
};
use crate::{
    args::{Global, SqlFormat},
    config::Config,
    exit::{Exit, UsageError},
    output,
    progress::say,
    rates_args::Diff,
    stdout::Stdout,
};

const HEADER: [&str; 11] = [
    "change", "service", "item", "region", "of", "from_gb", "before", "after", "percent", "unit",
    "card",
];

/// One side of the comparison.
struct Side {
    lines: Vec<Line>,
    /// A card says what it changes; a month says all there is.
    is_card: bool,
}

pub(super) fn run(args: &Diff, global: &Global) -> anyhow::Result<Exit> {
    let (mut before, mut after) = (side(&args.before, global)?, side(&args.after, global)?);
    let untouched = leave_out_untouched(&mut before, &mut after);
    let rows = changes(&before.lines, &after.lines);
    if args.format != SqlFormat::Table {
        output::write_batch(&batch(&HEADER, &rows)?, args.format)?;
    } else if rows.is_empty() {
        writeln!(
            Stdout::new(),
            "no price changed from {} to {}",
            args.before,
            args.after
        )?;
    } else {
        let mut table = new_table(&HEADER, &["from_gb", "before", "after", "percent"]);
        for row in rows {
            table.add_row(row.into_iter().map(Option::unwrap_or_default));
        }
        writeln!(Stdout::new(), "{table}")?;
    }
    if untouched > 0 && !global.quiet {
        say(&format!(
            "{untouched} other prices of the month are not in the card and would stay"
        ));
    }
    Ok(Exit::Ok)
}

/// The prices of a month, or of a price card alone.
fn side(text: &str, global: &Global) -> anyhow::Result<Side> {
    let Ok(month) = text.parse::<Month>() else {
        let bytes = fs::read(text).map_err(|error| {
            UsageError::new(format!(
                "`{text}` is neither a month (YYYY-MM) nor a price card that can be read: {error}"
            ))
        })?;
        let card = String::from_utf8(bytes)
            .map_err(|error| UsageError::new(format!("cannot read `{text}`: {error}")))?;
        let book =
            PriceBook::from_cards(&[(text, &card)]).map_err(|error| UsageError::of(&error))?;
        let lines = lines::of(&book, None);
        if lines.is_empty() {
            return Err(
                UsageError::new(format!("`{text}` has no prices that could be compared")).into(),
            );
        }
        return Ok(Side {
            lines,
            is_card: true,
        });
    };
    let book = Config::load(global, &[])?.book;
    for missing in without_card(&book, month)? {
        if !global.quiet {
            say(&missing);
        }
    }
    Ok(Side {
        lines: lines::of(&book, Some(month)),
        is_card: false,
    })
}

/// Beside a card, takes out of a month what the card does not price, and says how much it was. A
/// ladder is replaced whole, so a card's egress of a region is compared with all of its tiers.
fn leave_out_untouched(before: &mut Side, after: &mut Side) -> usize {
    let (month, card) = match (before.is_card, after.is_card) {
        (true, false) => (&mut after.lines, &before.lines),
        (false, true) => (&mut before.lines, &after.lines),
        _ => return 0,
    };
    let whole = |line: &Line| {
        let (service, item, region, of, _) = line.key();
        // An item and its free units are one price, and so are the parts of a plan.
        let of = if item == "requests" || item.starts_with("plan") {
            of.map(str::to_owned)
        } else {
            None
        };
        (service, item.to_owned(), region.to_owned(), of)
    };
    let priced: Vec<_> = card.iter().map(whole).collect();
    let n_before = month.len();
    month.retain(|line| priced.contains(&whole(line)));
    n_before.saturating_sub(month.len())
}

/// What was added, removed or got another value, in the order of what is priced.
fn changes(before: &[Line], after: &[Line]) -> Vec<Vec<Option<String>>> {
    let mut pairs: BTreeMap<_, (Option<&Line>, Option<&Line>)> = BTreeMap::new();
    for line in before {
        pairs.entry(line.key()).or_default().0 = Some(line);
    }
    for line in after {
        pairs.entry(line.key()).or_default().1 = Some(line);
    }
    let mut rows = Vec::new();
    for (old, new) in pairs.into_values() {
        let Some(line) = new.or(old) else { continue };
        let change = match (old, new) {
            (None, _) => "added",
            (_, None) => "removed",
            (Some(old), Some(new)) if (old.value, &old.unit) != (new.value, &new.unit) => "changed",
            _ => continue,
        };
        rows.push(vec![
            Some(change.to_owned()),
            Some(line.service.as_str().to_owned()),
            Some(line.item.clone()),
            Some(line.region.clone()),
            line.of.clone(),
            line.from_gb.map(|gb| gb.to_string()),
            old.map(Line::value_text),
            new.map(Line::value_text),
            old.zip(new).and_then(|(old, new)| percent(old, new)),
            Some(line.unit.clone()),
            Some(line.card.clone()),
        ]);
    }
    rows
}

/// The change in percent, rounded half away from zero to two digits: `+12.5`. None from 0.
fn percent(old: &Line, new: &Line) -> Option<String> {
    let share = new
        .value
        .checked_sub(old.value)?
        .checked_mul(Decimal::ONE_HUNDRED)?
        .checked_div(old.value)?;
    let share = share
        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
        .normalize();
    let sign = if share.is_sign_negative() { "" } else { "+" };
    Some(format!("{sign}{share}"))
}
