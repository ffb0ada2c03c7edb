//! `edgeledger lake forget`.

use edgeledger_lake::{Forget, ForgetMode, Forgotten, Lake};
use edgeledger_report::format_count;

use super::{Talk, confirmed, storage};
use crate::{
    args::Global,
    config::Config,
    exit::{Exit, UsageError},
    lake_args,
    progress::{now_us, say},
};

pub(super) async fn run(args: lake_args::Forget, global: &Global) -> anyhow::Result<Exit> {
    let what = Forget {
        distribution: args.distribution,
        before_day: args.before.map(day).transpose()?,
        client_ip: args.client_ip,
    };
    let config = Config::load(global, &[])?;
    let mut lake = Lake::open(storage(&args.lake, &config).await?).await?;
    let talk = Talk::new(global);
    let listener = |event| talk.on(event);
    if args.dry_run || !args.yes {
        let counted = lake
            .forget(&what, ForgetMode::DryRun, &now_us, &listener)
            .await?;
        talk.finish();
        let counted = format!(
            "{} rows and what is recorded of {} objects",
            format_count(counted.rows),
            count(counted.objects)
        );
        if args.dry_run {
            say(&format!(
                "{counted} would be forgotten; nothing was changed"
            ));
            return Ok(Exit::Ok);
        }
        if !confirmed(&format!("Forget {counted} for good?"), args.yes)? {
            say("nothing was changed");
            return Ok(Exit::Ok);
        }
    }
    let mode = if args.purge {
        ForgetMode::Purge
    } else {
        ForgetMode::Keep
    };
    let forgotten = lake.forget(&what, mode, &now_us, &listener).await?;
    talk.finish();
    if !global.quiet {
        say(&verdict(&forgotten, args.purge));
    }
    Ok(Exit::Ok)
}

fn verdict(forgotten: &Forgotten, purge: bool) -> String {
    let mut parts = vec![format!(
        "{} rows of {} objects forgotten",
        format_count(forgotten.rows),
        count(forgotten.objects)
    )];
    if purge {
        parts.push(format!("{} files deleted", count(forgotten.purged)));
        if forgotten.dead_files > 0 {
            parts.push(format!(
                "{} files of earlier changes may still hold such rows until `edgeledger lake \
                 vacuum` deletes them",
                count(forgotten.dead_files)
            ));
        }
    } else if forgotten.files > 0 {
        parts.push(format!(
            "the {} files that held them stay until `edgeledger lake vacuum` deletes them after \
             its grace",
            count(forgotten.files)
        ));
    }
    parts.join("; ")
}

fn count(n: u64) -> String {
    format_count(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Days since 1970-01-01.
fn day(date: jiff::civil::Date) -> anyhow::Result<i32> {
    let days = jiff::civil::date(1970, 1, 1)
        .until(date)
        .map_err(|error| UsageError::new(error.to_string()))?;
    Ok(days.get_days())
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days_count_from_1970() {
        assert_eq!(day(jiff::civil::date(1970, 1, 2)).unwrap(), 1);
        assert_eq!(day(jiff::civil::date(2026, 2, 16)).unwrap(), 20_500);
    }
}
