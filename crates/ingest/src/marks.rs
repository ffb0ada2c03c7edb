//! How far complete runs have listed, so that the next need not list everything.
//!
//! CloudFront delivers up to a day late, and rarely later, under the hour of the requests. A run
//! that has listed everything and left nothing open leaves a mark for each distribution's names;
//! the next lists from the mark less the look-back. A mark is never needed: without it, and once a
//! week, everything is listed.

use std::collections::BTreeMap;

use bytes::Bytes;
use edgeledger_lake::{Lake, LakeError, Plan, Storage};
use edgeledger_source::{LogObject, SkipRange, Source};
use serde::{Deserialize, Serialize};

use crate::{ObjectName, Settings};

/// Name of the note beside the tables.
const NOTE: &str = "listed.json";
/// Every listing is whole once in so many days.
const FULL_EVERY_US: i64 = 7 * 86_400_000_000;
/// With more prefixes than this (a folder an hour) skipping costs more pages than it saves.
const MAX_PREFIXES: usize = 500;

/// What complete runs have listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Marks {
    /// The lake they were left in, and how many commits it had.
    lake: String,
    commits: i64,
    /// Newest hour by the start of the names it stands in: `s3://bucket/prefix/E2EXAMPLE1RLS.`
    listed: BTreeMap<String, String>,
    /// When everything was last listed, by source.
    full_us: BTreeMap<String, i64>,
}

impl Marks {
    /// The marks beside the lake; none when there are none or they cannot be read.
    pub(crate) async fn load(lake: &Storage) -> Result<Self, LakeError> {
        let note = lake.note(NOTE).await?;
        Ok(note
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default())
    }

    pub(crate) async fn save(&self, lake: &Storage) -> Result<(), LakeError> {
        lake.set_note(NOTE, Bytes::from(serde_json::to_vec(self)?))
            .await
    }

    /// What a listing of `source` may leave out.
    pub(crate) fn skips(
        &self,
        source: &Source,
        settings: &Settings,
        now_us: i64,
    ) -> Vec<SkipRange> {
        let address = source.address();
        let Some(newest) = newest_hour(now_us) else {
            return Vec::new();
        };
        let is_due = self
            .full_us
            .get(&address)
            .is_none_or(|last| !(0..FULL_EVERY_US).contains(&(now_us - last)));
        let asks_for_all = settings.full || settings.retry_quarantined || settings.replace_changed;
        let mine = self.listed.range(address.clone()..);
        let mine: Vec<_> = mine
            .take_while(|(prefix, _)| prefix.starts_with(&address))
            .collect();
        if is_due || asks_for_all || mine.len() > MAX_PREFIXES {
            return Vec::new();
        }
        let skip = |(prefix, hour): (&String, &String)| {
            let hour = hour.min(&newest);
            let from = hours_before(hour, settings.look_back_days)?;
            Some(SkipRange {
                prefix: prefix.clone(),
                from: format!("{prefix}{from}"),
            })
        };
        mine.into_iter().filter_map(skip).collect()
    }

    /// Whether they speak of this lake as it is: one made anew, or brought back from a copy, does
    /// not hold what they say.
    pub(crate) fn are_of(&self, lake: &Lake, plan: &Plan) -> bool {
        self.lake == lake.id() && self.commits <= plan.commits()
    }

    /// Ties them to the lake they are left in.
    pub(crate) fn bind(&mut self, lake: &Lake, plan: &Plan) {
        lake.id().clone_into(&mut self.lake);
        self.commits = plan.commits();
    }

    /// Notes that `objects` of `source` are all in the lake. `is_whole` says that nothing was
    /// left out of the listing.
    pub(crate) fn add<'a>(
        &mut self,
        source: &Source,
        objects: impl IntoIterator<Item = &'a LogObject>,
        is_whole: bool,
        now_us: i64,
    ) {
        let address = source.address();
        let newest = newest_hour(now_us);
        if is_whole {
            self.full_us.insert(address.clone(), now_us);
        }
        for object in objects {
            let Some(ObjectName { distribution, hour }) = ObjectName::parse(object.name()) else {
                continue;
            };
            // A name from the future would hide all that comes until then.
            if newest.as_ref().is_none_or(|newest| hour > *newest) {
                continue;
            }
            let folder = object.key.len() - object.name().len();
            let folder = object.key.get(..folder).unwrap_or_default();
            let prefix = format!("{folder}{distribution}.");
            // A source may be only a part of the names: `s3://bucket/prefix/E2EXAMPLE1RLS.2026-1`.
            if !prefix.starts_with(&address) {
                continue;
            }
            let mark = self.listed.entry(prefix).or_default();
            if *mark < hour {
                *mark = hour;
            }
        }
    }
}

/// The latest hour that a name can honestly say: CloudFront's clocks are not a day ahead.
fn newest_hour(now_us: i64) -> Option<String> {
    let now = jiff::Timestamp::from_microsecond(now_us).ok()?;
    let tomorrow = now.checked_add(jiff::SignedDuration::from_hours(24)).ok()?;
    Some(tomorrow.strftime("%Y-%m-%d-%H").to_string())
}

/// The hour `days` before an hour `YYYY-MM-DD-HH`.
fn hours_before(hour: &str, days: u32) -> Option<String> {
    let (date, clock) = hour.rsplit_once('-')?;
    let date: jiff::civil::Date = date.parse().ok()?;
    let date = date
        .checked_sub(jiff::Span::new().days(i64::from(days)))
        .ok()?;
    Some(format!("{date}-{clock}"))
}

#[cfg(test)]
mod tests {
    use super::{hours_before, newest_hour};

    #[test]
    fn days_are_taken_off_by_the_calendar() {
        assert_eq!(hours_before("2026-03-02-05", 7).unwrap(), "2026-02-23-05");
        assert_eq!(hours_before("2024-03-01-00", 1).unwrap(), "2024-02-29-00");
        assert_eq!(hours_before("2026-03", 1), None);
    }

    #[test]
    fn names_may_be_a_day_ahead() {
        // 2026-12-31T23:30:00Z.
        assert_eq!(newest_hour(1_798_759_800_000_000).unwrap(), "2027-01-01-23");
    }
}
