//! The five distributions of the sample: who they are and when their log files are written.

/// What a distribution serves; picks the traffic model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Releases,
    Crates,
    Index,
    Www,
    Docs,
}

/// One CloudFront distribution of the sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Distribution {
    pub(crate) kind: Kind,
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    /// `cs(Host)`: CloudFront's own name.
    pub(crate) cdn_host: &'static str,
    /// `x-host-header`: the site's name.
    pub(crate) host: &'static str,
    /// `None` for a server origin.
    pub(crate) bucket_region: Option<&'static str>,
    pub(crate) price_class: &'static str,
    /// Hours of the day with a log file.
    pub(crate) hours: &'static [u64],
    /// Every how many days there are files.
    pub(crate) every_days: u64,
    /// Rows of an average file.
    pub(crate) rows: u64,
    /// What `edgeledger.toml` says about it.
    pub(crate) comment: &'static str,
}

/// First day, 2026-09-29, as days since 1970.
pub(crate) const FIRST_DAY: u64 = 20_725;
/// Days of the sample: October 2026 and two days on either side.
pub(crate) const N_DAYS: u64 = 35;
/// The closed month the truth is kept for.
pub(crate) const MONTH: &str = "2026-10";

/// Paths of the index that were invalidated in the month.
const INVALIDATED_PATHS: u64 = 4_400;

/// All distributions, in the order of `edgeledger.toml`.
pub(crate) const DISTRIBUTIONS: [Distribution; 5] = [
    Distribution {
        kind: Kind::Releases,
        id: "E2EXAMPLE1RLS",
        name: "releases",
        cdn_host: "d111111abcdef8.cloudfront.net",
        host: "releases.example.org",
        bucket_region: Some("us-west-1"),
        price_class: "All",
        hours: &[0, 3, 9, 18],
        every_days: 1,
        rows: 74,
        comment: "Toolchains of up to 250 MB; the cache is purged every night.",
    },
    Distribution {
        kind: Kind::Crates,
        id: "E2EXAMPLE2CRT",
        name: "crates",
        cdn_host: "d222222abcdef8.cloudfront.net",
        host: "crates.example.org",
        bucket_region: Some("us-west-1"),
        price_class: "All",
        hours: &[4, 12, 20],
        every_days: 1,
        rows: 100,
        comment: "Package files; legacy URLs are redirected by a CloudFront Function.",
    },
    Distribution {
        kind: Kind::Index,
        id: "E2EXAMPLE3IDX",
        name: "index",
        cdn_host: "d333333abcdef8.cloudfront.net",
        host: "index.example.org",
        bucket_region: Some("us-east-1"),
        price_class: "All",
        hours: &[14],
        every_days: 1,
        rows: 125,
        comment: "Many small answers, little egress to save, and a path purged at every publish.",
    },
    Distribution {
        kind: Kind::Www,
        id: "E2EXAMPLE4WWW",
        name: "www",
        cdn_host: "d444444abcdef8.cloudfront.net",
        host: "www.example.org",
        bucket_region: None,
        price_class: "200",
        hours: &[9],
        every_days: 1,
        rows: 62,
        comment: "A web application. S3 could not serve it, so it has no S3 comparison.",
    },
    Distribution {
        kind: Kind::Docs,
        id: "E2EXAMPLE5DOC",
        name: "docs",
        cdn_host: "d555555abcdef8.cloudfront.net",
        host: "docs.example.org",
        bucket_region: Some("eu-west-1"),
        price_class: "100",
        hours: &[16],
        every_days: 2,
        rows: 90,
        comment: "Manuals; Price Class 100 keeps it on the cheap edges.",
    },
];

/// The settings file of the sample: `sample-logs/edgeledger.toml`.
pub(crate) fn settings_toml() -> String {
    let mut out = String::from(
        "# The distributions whose logs lie in this folder. Made by the example `make-sample-logs`.\n\
         #\n\
         # id             the distribution's id, as in the names of its log objects\n\
         # name           what reports call it\n\
         # origin         \"s3\": compare with serving the same bytes from S3; \"server\": no comparison\n\
         # bucket_region  AWS region of the S3 origin: its prices make the comparison\n\
         # price_class    100, 200 or All: caps the price of dear edge locations\n\
         \n\
         # Which URLs are kept alive for clients of old, and which belong together.\n\
         rules = [\"rules.toml\"]\n",
    );
    for distribution in &DISTRIBUTIONS {
        out += "\n# ";
        out += distribution.comment;
        out += "\n[[distribution]]\nid = \"";
        out += distribution.id;
        out += "\"\nname = \"";
        out += distribution.name;
        out += match distribution.bucket_region {
            Some(_) => "\"\norigin = \"s3\"\n",
            None => "\"\norigin = \"server\"\n",
        };
        if let Some(region) = distribution.bucket_region {
            out += "bucket_region = \"";
            out += region;
            out += "\"\n";
        }
        out += "price_class = \"";
        out += distribution.price_class;
        out += "\"\n";
    }
    out += &invalidations_toml();
    out += BUDGET_TOML;
    out
}

/// Money to hold the months against.
const BUDGET_TOML: &str = "\n\
# What a month may cost, and the credits that pay for it: reports say how long they last.\n\
#\n\
# monthly_usd  the budget of a month\n\
# balance_usd  credits left at the end of the month as_of\n\
[budget]\n\
monthly_usd = \"20.00\"\n\
\n\
[credits]\n\
balance_usd = \"100.00\"\n\
as_of = \"2026-09\"\n";

/// What the index pays for besides traffic; no log shows it.
fn invalidations_toml() -> String {
    let name = DISTRIBUTIONS
        .iter()
        .find(|distribution| distribution.kind == Kind::Index)
        .map_or("", |distribution| distribution.name);
    format!(
        "\n# What is paid for and no log shows. Each publish of a package invalidates its path of the\n\
         # index: 4,400 paths in the month, of which CloudFront charges 3,400, for the first 1,000 are\n\
         # free. That is 17 USD, far more than the egress saved: the index has negative savings.\n\
         #\n\
         # item          a priced unit besides traffic; `edgeledger rates show` lists them\n\
         # quantity      how many units the month had\n\
         # month         YYYY-MM; without it, every month\n\
         # distribution  id or name of the one that caused it; without it, nobody in particular\n\
         [[extra_usage]]\n\
         item = \"invalidation\"\n\
         quantity = {INVALIDATED_PATHS}\n\
         month = \"{MONTH}\"\n\
         distribution = \"{name}\"\n"
    )
}
