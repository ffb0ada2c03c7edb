//! Settings: flags before environment before `edgeledger.toml` before defaults.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context;
use edgeledger_ingest::Privacy;
use edgeledger_query::{
    Allocation, Assumptions, Distribution, HitRatio, Origin, Rules, S3FreeTierMethod, STANDARD,
    Settings, plans, storage_classes,
};
use edgeledger_rates::{Decimal, PriceBook};
use edgeledger_source::{Aws, AwsSettings};
use serde::Deserialize;

use crate::{
    args::{AllocationArg, Global, LakeArg, PrivacyArgs},
    budget::{self, FileBudget, FileCredits},
    exit::UsageError,
    extra_usage::{FileExtraUsage, extra_usage},
    privacy::FilePrivacy,
    private_rates,
    purges::{FilePurge, purges},
    rules,
};

/// Name of the settings file.
pub(crate) const FILE_NAME: &str = "edgeledger.toml";
const DEFAULT_LAKE: &str = "lake";
const PRICE_CLASSES: [&str; 3] = ["100", "200", "All"];

/// `edgeledger.toml` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    lake: Option<String>,
    sources: Vec<String>,
    /// Price cards laid over the built-in ones; relative to the file.
    rates: Vec<PathBuf>,
    /// Price cards written in place, laid over those of `rates`.
    private_rates: Vec<toml::Table>,
    /// Rules of URLs; relative to the file.
    rules: Vec<PathBuf>,
    distribution: Vec<FileDistribution>,
    extra_usage: Vec<FileExtraUsage>,
    purge: Vec<FilePurge>,
    costs: FileCosts,
    budget: Option<FileBudget>,
    credits: Option<FileCredits>,
    privacy: FilePrivacy,
    aws: FileAws,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDistribution {
    id: String,
    name: Option<String>,
    #[serde(default)]
    origin: FileOrigin,
    bucket_region: Option<String>,
    price_class: Option<String>,
    storage_class: Option<String>,
    origin_shield: Option<String>,
    plan: Option<String>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileOrigin {
    #[default]
    S3,
    Server,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileCosts {
    cloudfront_free_tier: Option<bool>,
    s3_free_tier: Option<bool>,
    s3_free_tier_method: Option<FileS3Method>,
    hit_ratio: Option<FileHitRatio>,
    allocation: Option<AllocationArg>,
    /// In quotes: a TOML float is not exact.
    cloudfront_discount: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FileS3Method {
    BeforeTiers,
    WithinFirstTier,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileHitRatio {
    EdgeLedger,
    Console,
    CloudWatch,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileAws {
    profile: Option<String>,
    region: Option<String>,
    endpoint_url: Option<String>,
    requester_pays: bool,
}

/// Effective settings.
#[derive(Debug)]
pub(crate) struct Config {
    /// The file they come from, if there is one.
    pub(crate) file: Option<PathBuf>,
    pub(crate) lake: Option<String>,
    pub(crate) sources: Vec<String>,
    pub(crate) query: Settings,
    pub(crate) book: PriceBook,
    pub(crate) rule_files: Vec<PathBuf>,
    pub(crate) aws: AwsSettings,
    privacy: FilePrivacy,
}

impl Config {
    /// Reads the settings; `beside` are sources in whose folder a settings file may lie.
    pub(crate) fn load(global: &Global, beside: &[String]) -> anyhow::Result<Self> {
        let (path, is_beside) = find(global, beside)?.unzip();
        let mut file = match &path {
            Some(path) => parse(path)?,
            None => File::default(),
        };
        if is_beside == Some(true) {
            // Whoever can put a file beside logs describes distributions, and no more than that.
            let File {
                rules,
                distribution,
                extra_usage,
                purge,
                costs,
                budget,
                credits,
                ..
            } = file;
            file = File {
                rules,
                distribution,
                extra_usage,
                purge,
                costs,
                budget,
                credits,
                ..File::default()
            };
        }
        Self::of(file, path, is_beside == Some(true), global)
    }

    /// What is in force without any file.
    pub(crate) fn without_file(global: &Global) -> anyhow::Result<Self> {
        Self::of(File::default(), None, false, global)
    }

    fn of(
        file: File,
        path: Option<PathBuf>,
        is_beside: bool,
        global: &Global,
    ) -> anyhow::Result<Self> {
        let dir = path
            .as_deref()
            .and_then(Path::parent)
            .map(Path::to_owned)
            .unwrap_or_default();
        let book = price_book(&dir, &file.rates)?;
        let book = private_rates::lay(book, path.as_deref(), &file.private_rates)?;
        let mut query = query_settings(&file, path.as_deref(), &book)?;
        query.rules = rules::load(&dir, &file.rules, is_beside, &query.distributions)?;
        let rule_files = file.rules.iter().map(|file| dir.join(file)).collect();
        let aws = AwsSettings {
            profile: global.profile.clone().or(file.aws.profile),
            region: global.region.clone().or(file.aws.region),
            endpoint_url: global.endpoint_url.clone().or(file.aws.endpoint_url),
            requester_pays: global.requester_pays || file.aws.requester_pays,
            ..AwsSettings::default()
        };
        Ok(Self {
            file: path,
            lake: file.lake,
            sources: file.sources,
            query,
            book,
            rule_files,
            aws,
            privacy: file.privacy,
        })
    }

    /// What of people is kept: flags, then file, then default.
    pub(crate) fn privacy(&self, args: &PrivacyArgs) -> anyhow::Result<Privacy> {
        self.privacy.with(args)
    }

    /// The file's privacy settings in a line.
    pub(crate) fn privacy_in_words(&self) -> String {
        self.privacy.in_words()
    }

    pub(crate) fn aws(&self) -> Aws {
        Aws::new(self.aws.clone())
    }

    /// Where the lake is: flag or variable, file, default.
    pub(crate) fn lake(&self, arg: &LakeArg) -> String {
        // An empty variable is none.
        let given = arg.lake.clone().filter(|lake| !lake.is_empty());
        given
            .or_else(|| self.lake.clone())
            .unwrap_or_else(|| DEFAULT_LAKE.to_owned())
    }

    /// What a reader of a report should know about the settings.
    pub(crate) fn notes(&self) -> Vec<String> {
        match &self.file {
            Some(_) => Vec::new(),
            None => vec![format!(
                "no {FILE_NAME}: every distribution is taken as one with its bucket in us-east-1 and price class All"
            )],
        }
    }
}

impl From<AllocationArg> for Allocation {
    fn from(arg: AllocationArg) -> Self {
        match arg {
            AllocationArg::Average => Self::Average,
            AllocationArg::Standalone => Self::Standalone,
            AllocationArg::Marginal => Self::Marginal,
        }
    }
}

/// The settings file: the one named, else the one in this folder, else one beside the logs (said by
/// the second value).
fn find(global: &Global, beside: &[String]) -> anyhow::Result<Option<(PathBuf, bool)>> {
    if let Some(path) = &global.config
        && !path.as_os_str().is_empty()
    {
        return Ok(Some((path.clone(), false)));
    }
    let here = std::iter::once((PathBuf::from(FILE_NAME), false));
    let there = beside
        .iter()
        .filter(|source| !source.contains("://"))
        .map(|source| (Path::new(source).join(FILE_NAME), true));
    for (path, is_beside) in here.chain(there) {
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => return Ok(Some((path, is_beside))),
            Ok(_) => {}
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read `{}`", path.display()));
            }
        }
    }
    Ok(None)
}

fn parse(path: &Path) -> anyhow::Result<File> {
    let fail = |message: String| UsageError::new(format!("`{}`: {message}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    toml::from_str(&text).map_err(|error| fail(error.to_string().trim_end().to_owned()).into())
}

fn price_book(dir: &Path, cards: &[PathBuf]) -> anyhow::Result<PriceBook> {
    let mut texts = Vec::new();
    for card in cards {
        let path = dir.join(card);
        let text = fs::read_to_string(&path).map_err(|error| {
            UsageError::new(format!(
                "cannot read the price card `{}`: {error}",
                path.display()
            ))
        })?;
        texts.push((path.display().to_string(), text));
    }
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let book = PriceBook::builtin()?;
    Ok(book
        .with_cards(&texts)
        .map_err(|error| UsageError::of(&error))?)
}

fn query_settings(file: &File, path: Option<&Path>, book: &PriceBook) -> anyhow::Result<Settings> {
    let defaults = Settings::default();
    let fail = |id: &str, message: String| {
        let path = path.map_or_else(String::new, |path| format!("`{}`: ", path.display()));
        UsageError::new(format!("{path}distribution `{id}`: {message}"))
    };
    let mut distributions: Vec<Distribution> = Vec::new();
    for entry in &file.distribution {
        let id = entry.id.as_str();
        if distributions.iter().any(|other| other.id == id) {
            return Err(fail(id, "described twice".to_owned()).into());
        }
        let price_class = entry.price_class.as_deref().unwrap_or("All");
        let price_class = price_class
            .strip_prefix("PriceClass_")
            .unwrap_or(price_class);
        if !PRICE_CLASSES.contains(&price_class) {
            return Err(fail(
                id,
                format!("unknown price_class `{price_class}` (100, 200 or All)"),
            )
            .into());
        }
        let origin = match (entry.origin, &entry.bucket_region) {
            (FileOrigin::Server, None) => Origin::Server,
            (FileOrigin::Server, Some(_)) => {
                return Err(fail(id, "a server origin has no bucket_region".to_owned()).into());
            }
            (FileOrigin::S3, region) => {
                let bucket_region = region.clone().unwrap_or_else(|| "us-east-1".to_owned());
                let known = book.s3_regions();
                if !known.contains(&bucket_region.as_str()) {
                    let error = fail(
                        id,
                        format!("no S3 prices for bucket_region `{bucket_region}`"),
                    );
                    return Err(match closest(&bucket_region, known.into_iter()) {
                        Some(name) => error.with_hint(format!("did you mean `{name}`?")),
                        None => error,
                    }
                    .into());
                }
                Origin::S3 { bucket_region }
            }
        };
        let chosen = |what: &str, value: &Option<String>, known: &[String]| match value {
            Some(value) if !known.contains(value) => {
                let error = fail(id, format!("unknown {what} `{value}`"));
                let hint = match closest(value, known.iter().map(String::as_str)) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("there are {}", known.join(", ")),
                };
                Err(error.with_hint(hint))
            }
            _ => Ok(value.clone()),
        };
        let regions: Vec<String> = book.s3_regions().into_iter().map(str::to_owned).collect();
        let storage_class = chosen(
            "storage_class",
            &entry.storage_class,
            &storage_classes(book),
        )?;
        if storage_class.is_some() && origin == Origin::Server {
            return Err(fail(id, "a server origin has no storage_class".to_owned()).into());
        }
        distributions.push(Distribution {
            storage_class: storage_class.unwrap_or_else(|| STANDARD.to_owned()),
            origin_shield: chosen("origin_shield", &entry.origin_shield, &regions)?,
            plan: chosen("plan", &entry.plan, &plans(book))?,
            id: id.to_owned(),
            name: entry.name.clone().unwrap_or_else(|| id.to_owned()),
            origin,
            price_class: price_class.to_owned(),
        });
    }
    let costs = &file.costs;
    let extra_usage = extra_usage(&file.extra_usage, path, &distributions, book)?;
    let purges = purges(&file.purge, path, &distributions)?;
    Ok(Settings {
        distributions,
        cloudfront_free_tier: costs
            .cloudfront_free_tier
            .unwrap_or(defaults.cloudfront_free_tier),
        s3_free_tier: costs.s3_free_tier.unwrap_or(defaults.s3_free_tier),
        s3_free_tier_method: match costs.s3_free_tier_method {
            Some(FileS3Method::WithinFirstTier) => S3FreeTierMethod::WithinFirstTier,
            Some(FileS3Method::BeforeTiers) | None => S3FreeTierMethod::BeforeTiers,
        },
        hit_ratio: match costs.hit_ratio {
            Some(FileHitRatio::Console) => HitRatio::Console,
            Some(FileHitRatio::CloudWatch) => HitRatio::CloudWatch,
            Some(FileHitRatio::EdgeLedger) | None => HitRatio::EdgeLedger,
        },
        allocation: costs.allocation.map_or(defaults.allocation, Into::into),
        cloudfront_discount: discount(costs.cloudfront_discount.as_deref(), path)?,
        extra_usage,
        purges,
        budget_usd: budget::monthly(file.budget.as_ref(), path)?,
        credits: budget::credits(file.credits.as_ref(), path)?,
        assumptions: Assumptions::default(),
        rules: Rules::default(),
    })
}

fn discount(text: Option<&str>, path: Option<&Path>) -> anyhow::Result<Decimal> {
    let Some(text) = text else {
        return Ok(Decimal::ZERO);
    };
    let share = Decimal::from_str_exact(text).ok();
    let share = share.filter(|share| {
        (Decimal::ZERO..=Decimal::ONE).contains(share) && share.normalize().scale() <= 9
    });
    share.ok_or_else(|| {
        let path = path.map_or_else(String::new, |path| format!("`{}`: ", path.display()));
        let error = UsageError::new(format!(
            "{path}costs.cloudfront_discount is `{text}`, which is no share of at most nine digits"
        ));
        error.with_hint("write 25 % as \"0.25\"").into()
    })
}

/// The candidate most like `wanted`, if one is close.
pub(crate) fn closest<'a>(
    wanted: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use edgeledger_query::Origin;

    use super::{Config, Global};

    fn load(text: &str) -> Result<Config, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("edgeledger.toml");
        std::fs::write(&path, text).unwrap();
        let global = Global {
            config: Some(path),
            ..Global::default()
        };
        Config::load(&global, &[]).map_err(|error| {
            let hint = crate::exit::hint(&error).unwrap_or_default();
            format!("{error} {hint}").replace(&dir.path().display().to_string(), "DIR")
        })
    }

    #[test]
    fn the_sample_settings_load() {
        let sample = edgeledger_testkit::sample_logs().join("edgeledger.toml");
        let global = Global {
            config: Some(sample),
            ..Global::default()
        };
        let config = Config::load(&global, &[]).unwrap();
        assert_eq!(config.query.distributions.len(), 5);
        let www = config
            .query
            .distributions
            .iter()
            .find(|row| row.name == "www")
            .unwrap();
        assert_eq!(
            (&www.origin, www.price_class.as_str()),
            (&Origin::Server, "200")
        );
    }

    #[test]
    fn mistakes_are_named_with_the_nearest_right_word() {
        let error =
            load("[[distribution]]\nid = \"E1\"\nbucket_region = \"us-east-11\"").unwrap_err();
        assert!(
            error.contains("no S3 prices for bucket_region `us-east-11`"),
            "{error}"
        );
        assert!(error.contains("did you mean `us-east-1`?"), "{error}");
        let error = load("[[distribution]]\nid = \"E1\"\nprice_class = \"300\"").unwrap_err();
        assert!(error.contains("unknown price_class `300`"), "{error}");
        let error = load("laek = \"x\"").unwrap_err();
        assert!(error.contains("unknown field `laek`"), "{error}");
        let error =
            load("[[distribution]]\nid = \"E1\"\n[[distribution]]\nid = \"E1\"").unwrap_err();
        assert!(error.contains("`E1`: described twice"), "{error}");
    }
}
