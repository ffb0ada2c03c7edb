//! The regions that a card may name.

use std::collections::BTreeSet;

use crate::error::RatesError;

/// The AWS regions a bucket can be in, China's partition apart, and the one local zone there is a
/// price for.
///
/// A closed list on purpose: a slip in a private card's region would leave the list price in force
/// without a word. Source: the AWS documentation's table of regions.
pub(crate) const S3_REGIONS: [&str; 37] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
    "us-west-2-lax-1",
];

/// `region`, when it is one of `known`.
pub(crate) fn known(
    file: &str,
    key: &str,
    region: String,
    known: &[&str],
) -> Result<String, RatesError> {
    if known.contains(&region.as_str()) {
        return Ok(region);
    }
    Err(RatesError::UnknownRegion {
        file: file.to_owned(),
        key: key.to_owned(),
        region,
        known: known.join(" "),
    })
}

/// `regions`, when there is at least one, all are of `known`, and none comes twice.
pub(crate) fn list(
    file: &str,
    key: &str,
    regions: Vec<String>,
    known: &[&str],
) -> Result<Vec<String>, RatesError> {
    if regions.is_empty() {
        return Err(RatesError::Empty {
            file: file.to_owned(),
            key: key.to_owned(),
        });
    }
    let mut seen = BTreeSet::new();
    regions
        .into_iter()
        .map(|region| {
            let region = self::known(file, key, region, known)?;
            if seen.insert(region.clone()) {
                return Ok(region);
            }
            Err(RatesError::Duplicate {
                file: file.to_owned(),
                key: format!("{region} in {key}"),
            })
        })
        .collect()
}
