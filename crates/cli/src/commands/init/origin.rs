//! What serves behind a distribution, told by its domain alone.
//!
//! The blocks of a distribution do not tell: buckets come without any, with that of an identity,
//! and as custom origins.

/// An origin, by its domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A bucket of S3: its name, and its region where the domain names it.
    S3 {
        bucket: Option<String>,
        region: Option<String>,
        /// The bucket's website, which answers over plain HTTP.
        website: bool,
    },
    /// Anything else.
    Server,
}

/// Tells what an origin's domain is.
///
/// Buckets answer at `BUCKET.s3.REGION.amazonaws.com`, `BUCKET.s3.dualstack.REGION…`,
/// `BUCKET.s3-REGION…` and `BUCKET.s3.amazonaws.com`, their websites at `BUCKET.s3-website-REGION…`
/// or `BUCKET.s3-website.REGION…`.
pub(super) fn place(domain: &str) -> Place {
    let lower = domain.trim().trim_end_matches('.').to_ascii_lowercase();
    let Some(rest) = [".amazonaws.com", ".amazonaws.com.cn"]
        .iter()
        .find_map(|end| lower.strip_suffix(end))
    else {
        return Place::Server;
    };
    let labels: Vec<&str> = rest.split('.').collect();
    let s3 = |bucket: &[&str], region: Option<&str>, website| Place::S3 {
        bucket: Some(bucket.join(".")).filter(|bucket| !bucket.is_empty()),
        region: region.map(str::to_owned),
        website,
    };
    match labels.as_slice() {
        [bucket @ .., "s3" | "s3-accelerate"] => s3(bucket, None, false),
        [bucket @ .., "s3-external-1"] => s3(bucket, Some("us-east-1"), false),
        [bucket @ .., "s3", "dualstack", region] if is_region(region) => {
            s3(bucket, Some(region), false)
        }
        [bucket @ .., "s3", region] if is_region(region) => s3(bucket, Some(region), false),
        [bucket @ .., "s3-website", region] if is_region(region) => s3(bucket, Some(region), true),
        [bucket @ .., last] => {
            let website = last.strip_prefix("s3-website-").filter(|at| is_region(at));
            let plain = last.strip_prefix("s3-").filter(|at| is_region(at));
            match (website, plain) {
                (Some(region), _) => s3(bucket, Some(region), true),
                (None, Some(region)) => s3(bucket, Some(region), false),
                (None, None) => Place::Server,
            }
        }
        [] => Place::Server,
    }
}

/// Whether a word has the shape of a region: `us-east-1`, `ap-southeast-2`, `us-gov-west-1`.
fn is_region(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    match parts.as_slice() {
        [country, names @ .., number] => {
            country.len() == 2
                && is_word(country)
                && !names.is_empty()
                && names.iter().all(is_word)
                && (1..=2).contains(&number.len())
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    }
}

/// The bucket that a logging setting names by a domain or by itself, and its region.
pub(super) fn log_bucket(text: &str) -> Option<(String, Option<String>)> {
    let (bucket, region) = match place(text) {
        Place::S3 { bucket, region, .. } => (bucket?, region),
        Place::Server => (text.trim().to_owned(), None),
    };
    let is_name = (3..=255).contains(&bucket.len())
        && bucket.starts_with(|first: char| first.is_ascii_alphanumeric())
        && bucket
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    is_name.then_some((bucket, region))
}

#[cfg(test)]
mod tests {
    use super::{Place, log_bucket, place};

    fn s3(bucket: &str, region: &str, website: bool) -> Place {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Place::S3 {
            bucket: some(bucket),
            region: some(region),
            website,
        }
    }

    // The forms of Amazon's own documentation of endpoints and website endpoints.
    #[test]
    fn buckets_are_told_by_their_domain() {
        for (domain, expected) in [
            (
                "rel.s3.us-west-1.amazonaws.com",
                s3("rel", "us-west-1", false),
            ),
            ("rel.s3.amazonaws.com", s3("rel", "", false)),
            (
                "rel.s3-us-west-2.amazonaws.com",
                s3("rel", "us-west-2", false),
            ),
            (
                "rel.s3.dualstack.eu-west-1.amazonaws.com",
                s3("rel", "eu-west-1", false),
            ),
            (
                "www.example.org.s3-website-us-west-1.amazonaws.com",
                s3("www.example.org", "us-west-1", true),
            ),
            (
                "rel.s3-website.eu-central-1.amazonaws.com",
                s3("rel", "eu-central-1", true),
            ),
            (
                "Rel.S3.US-West-1.amazonaws.com.",
                s3("rel", "us-west-1", false),
            ),
            (
                "rel.s3.cn-north-1.amazonaws.com.cn",
                s3("rel", "cn-north-1", false),
            ),
            (
                "rel.s3.us-gov-west-1.amazonaws.com",
                s3("rel", "us-gov-west-1", false),
            ),
            ("s3.us-west-1.amazonaws.com", s3("", "us-west-1", false)),
        ] {
            assert_eq!(place(domain), expected, "{domain}");
        }
    }

    #[test]
    fn everything_else_is_a_server() {
        for domain in [
            "app.example.org",
            "balancer-1.us-east-1.elb.amazonaws.com",
            "abc.execute-api.us-east-1.amazonaws.com",
            "ec2-192-0-2-1.compute-1.amazonaws.com",
            "rel.s3.us-west-1.amazonaws.com.example.org",
            "rel.s3.us-west-1.example.org",
            "rel.s3.nowhere.amazonaws.com",
            "s3.us-west-1.notamazonaws.com",
            "amazonaws.com",
            ".amazonaws.com",
            "",
        ] {
            assert_eq!(place(domain), Place::Server, "{domain}");
        }
    }

    #[test]
    fn a_log_bucket_is_a_domain_or_a_name() {
        let found = |text| log_bucket(text).map(|(bucket, region)| (bucket, region.is_some()));
        let some = |bucket: &str, region| Some((bucket.to_owned(), region));
        assert_eq!(found("logs.s3.amazonaws.com"), some("logs", false));
        assert_eq!(found("logs.s3.us-west-1.amazonaws.com"), some("logs", true));
        assert_eq!(found("example-logs"), some("example-logs", false));
        for wrong in [
            "",
            "a b",
            "logs/../x",
            "logs\"\nlake = 1",
            "ab",
            "-logs",
            "é-logs",
        ] {
            assert_eq!(found(wrong), None, "{wrong}");
        }
    }
}
