//! The sentences of a report.

mod method;
mod money;

use edgeledger_rates::Decimal;

use crate::{
    format::{count, month_name, optional_usd, percent, plural, usd},
    model::{Quality, Report},
};

pub(crate) use self::{
    method::method_notes,
    money::{
        break_even, dearer, left_out, other_ends, providers_note, shares, unknown, worse_than_s3,
    },
};

/// The month's answer in a sentence.
pub(crate) fn verdict(report: &Report) -> String {
    let headline = &report.headline;
    if headline.requests == 0 {
        return format!("No requests were logged in {}.", month_name(report));
    }
    let (Some(s3), Some(savings)) = (headline.s3_usd, headline.savings_usd) else {
        if report.distribution.is_some() {
            return format!(
                "CloudFront cost {}. The distribution's origin is a server, for which S3 could not \
                 stand in.",
                usd(headline.cloudfront_usd)
            );
        }
        return format!(
            "CloudFront cost {}. No distribution has an S3 origin, so there is nothing to compare \
             it with.",
            usd(headline.cloudfront_usd)
        );
    };
    let sides = format!(
        "{} with CloudFront, {} straight from S3",
        usd(headline.cloudfront_s3_usd),
        usd(s3)
    );
    let share = headline.savings_ratio.map_or_else(String::new, |ratio| {
        format!(" ({})", percent(Some(ratio.abs()), 1))
    });
    // Servers have a cost, but no other side to compare it with.
    let of = if report.distributions.iter().any(|row| row.origin != "s3") {
        "For the distributions with an S3 origin, CloudFront"
    } else {
        "CloudFront"
    };
    let verdict = if savings.is_zero() {
        format!("{of} cost what S3 would have cost: {sides}.")
    } else if savings < Decimal::ZERO {
        let more = usd(savings.abs());
        format!("{of} cost {more}{share} more than S3 would have: {sides}.")
    } else {
        let saved = usd(savings);
        format!("{of} saved {saved}{share}: {sides}.")
    };
    match (headline.savings_low_usd, headline.savings_high_usd) {
        (Some(low), Some(high)) if low < high => format!(
            "{verdict} What logs cannot tell puts the savings between {} and {}.",
            usd(low),
            usd(high)
        ),
        _ => verdict,
    }
}

/// Whether the report rests on everything that was listed.
pub(crate) fn completeness(quality: &Quality) -> String {
    let totals = &quality.totals;
    if totals.objects == 0 {
        return "The lake records no log objects for the month.".to_owned();
    }
    let rejected = match totals.rejected_rows {
        0 => "no row was rejected".to_owned(),
        rejected => format!(
            "{} of {} rejected",
            plural(rejected, "row", "rows"),
            count(totals.rows.saturating_add(rejected))
        ),
    };
    let of = |status: &str| -> i64 {
        let alike = quality.objects.iter().filter(|row| row.status == status);
        alike.map(|row| row.objects).sum()
    };
    let objects = plural(totals.objects, "log object", "log objects");
    if quality.complete {
        return format!("Complete: {objects} listed, none quarantined, none vanished; {rejected}.");
    }
    format!(
        "Incomplete: {objects} listed, {} quarantined, {} vanished, and their requests are missing \
         here; {rejected}.",
        count(of("quarantined")),
        count(of("vanished"))
    )
}

/// What changed the month after it could first be reported whole, if anything did.
pub(crate) fn restated(quality: &Quality) -> Option<String> {
    let restated = quality.restated.as_ref()?;
    let mut parts = Vec::new();
    if restated.late_objects > 0 {
        let last = restated.last_ingested_at.as_deref().map(day);
        parts.push(format!(
            "{} ({}) came or changed after the month was first complete on {}{}",
            plural(restated.late_objects, "log object", "log objects"),
            plural(restated.late_rows, "row", "rows"),
            day(&restated.first_closed_ingest_at),
            last.map_or_else(String::new, |last| format!(", last on {last}"))
        ));
    }
    if restated.forgotten_rows > 0 {
        parts.push(format!(
            "{} removed on purpose",
            plural(restated.forgotten_rows, "row was", "rows were")
        ));
    }
    (!parts.is_empty()).then(|| format!("Restated: {}.", parts.join("; ")))
}

/// The day of a time.
fn day(time: &str) -> &str {
    let is_day = |day: &&str| day.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    time.get(..10).filter(is_day).unwrap_or("an unknown day")
}

/// What to know about the logs themselves.
pub(crate) fn log_notes(quality: &Quality) -> Vec<String> {
    let mut notes = vec![
        "CloudFront delivers its logs on a best-effort basis. This report covers what was logged; \
         the bill can count requests that never were."
            .to_owned(),
    ];
    let unnamed = quality.totals.unnamed_objects;
    if unnamed > 0 {
        notes.push(format!(
            "{} no hour in the name; the report of every month lists {}.",
            plural(unnamed, "log object has", "log objects have"),
            if unnamed == 1 { "it" } else { "them" }
        ));
    }
    let forgotten = quality.totals.forgotten_rows;
    if forgotten > 0 {
        notes.push(format!(
            "{} removed on purpose (retention or erasure): not lost, and not counted here.",
            plural(forgotten, "row was", "rows were")
        ));
    }
    notes
}

/// Savings set against what S3 would have cost.
pub(crate) fn savings_remark(report: &Report) -> String {
    match (report.headline.savings_usd, report.headline.savings_ratio) {
        (Some(_), Some(ratio)) => format!("{} of S3's cost", percent(Some(ratio), 1)),
        (None, _) if report.distribution.is_some() => "the origin is a server".to_owned(),
        (None, _) => "no distribution has an S3 origin".to_owned(),
        (Some(_), None) => format!(
            "S3 would have cost {}",
            optional_usd(report.headline.s3_usd)
        ),
    }
}
