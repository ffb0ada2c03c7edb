//! Where AWS says a price holds: a CloudFront billing region or an AWS region, found from the
//! location, the region's code and the start of the usage type.

use super::offer::Attributes;
use crate::regions::S3_REGIONS;

/// The locations of CloudFront's prices, which are its billing regions.
const CLOUDFRONT_LOCATIONS: [(&str, &str); 10] = [
    ("United States", "US"),
    ("Canada", "CA"),
    ("Europe", "EU"),
    ("Asia Pacific", "AP"),
    ("Japan", "JP"),
    ("Australia", "AU"),
    ("India", "IN"),
    ("South America", "SA"),
    ("Middle East", "ME"),
    ("South Africa", "ZA"),
];

/// AWS regions by the start of their usage types and by the name of their location.
/// Source: the S3 user guide's list of abbreviations in usage reports.
const AWS_REGIONS: [(&str, &[&str], &str); 30] = [
    ("us-east-1", &["", "USE1"], "US East (N. Virginia)"),
    ("us-east-2", &["USE2"], "US East (Ohio)"),
    ("us-west-1", &["USW1"], "US West (N. California)"),
    ("us-west-2", &["USW2"], "US West (Oregon)"),
    ("us-west-2-lax-1", &["LAX1"], "US West (Los Angeles)"),
    ("us-gov-east-1", &["UGE1"], "AWS GovCloud (US-East)"),
    ("us-gov-west-1", &["UGW1"], "AWS GovCloud (US-West)"),
    ("ca-central-1", &["CAN1"], "Canada (Central)"),
    ("eu-central-1", &["EUC1"], "Europe (Frankfurt)"),
    ("eu-central-2", &["EUC2"], "Europe (Zurich)"),
    ("eu-north-1", &["EUN1"], "Europe (Stockholm)"),
    ("eu-south-1", &["EUS1"], "Europe (Milan)"),
    ("eu-south-2", &["EUS2"], "Europe (Spain)"),
    ("eu-west-1", &["EU", "EUW1"], "Europe (Ireland)"),
    ("eu-west-2", &["EUW2"], "Europe (London)"),
    ("eu-west-3", &["EUW3"], "Europe (Paris)"),
    ("il-central-1", &["ILC1"], "Israel (Tel Aviv)"),
    ("me-central-1", &["MEC1"], "Middle East (UAE)"),
    ("me-south-1", &["MES1"], "Middle East (Bahrain)"),
    ("sa-east-1", &["SAE1"], "South America (Sao Paulo)"),
    ("af-south-1", &["CPT", "AFS1"], "Africa (Cape Town)"),
    ("ap-east-1", &["APE1"], "Asia Pacific (Hong Kong)"),
    ("ap-northeast-1", &["APN1"], "Asia Pacific (Tokyo)"),
    ("ap-northeast-2", &["APN2"], "Asia Pacific (Seoul)"),
    ("ap-northeast-3", &["APN3"], "Asia Pacific (Osaka)"),
    ("ap-south-1", &["APS3"], "Asia Pacific (Mumbai)"),
    ("ap-south-2", &["APS5"], "Asia Pacific (Hyderabad)"),
    ("ap-southeast-1", &["APS1"], "Asia Pacific (Singapore)"),
    ("ap-southeast-2", &["APS2"], "Asia Pacific (Sydney)"),
    ("ap-southeast-3", &["APS4"], "Asia Pacific (Jakarta)"),
];

/// Takes a usage type apart into the place it starts with and the kind it is of, if it is of one of
/// `kinds`. A place is capitals and digits, or `Global`, or nothing, which is us-east-1.
pub(super) fn split<'u, 'k>(usage_type: &'u str, kinds: &[&'k str]) -> Option<(&'u str, &'k str)> {
    kinds.iter().find_map(|kind| {
        let place = match usage_type.strip_suffix(kind)? {
            "" => "",
            place => place.strip_suffix('-')?,
        };
        let is_place = place == "Global"
            || place
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        is_place.then_some((place, *kind))
    })
}

/// Whether usage types of a region start like this.
pub(super) fn is_known(place: &str) -> bool {
    CLOUDFRONT_LOCATIONS
        .iter()
        .any(|(_, region)| *region == place)
        || AWS_REGIONS
            .iter()
            .any(|(_, places, _)| places.contains(&place))
}

/// Whether a price holds everywhere at once, as free allowances do. Such a price matches whatever a
/// regional one matches and must never be taken for one.
pub(super) fn is_global(place: &str, attributes: &Attributes) -> bool {
    let everywhere = |location: &str| ["Any", "Global"].contains(&location);
    place == "Global" || everywhere(&attributes.from_location) || everywhere(&attributes.location)
}

/// The CloudFront billing region, or why there is none.
pub(super) fn cloudfront(place: &str, attributes: &Attributes) -> Result<&'static str, String> {
    let location = attributes.place();
    let by_location = CLOUDFRONT_LOCATIONS
        .iter()
        .find(|(name, _)| *name == location)
        .map(|(_, region)| *region);
    let by_place = CLOUDFRONT_LOCATIONS
        .iter()
        .find(|(_, region)| *region == place)
        .map(|(_, region)| *region);
    agreed(by_location, by_place, location, place)
}

/// The AWS region, or why there is none.
pub(super) fn aws(place: &str, attributes: &Attributes) -> Result<&'static str, String> {
    let location = attributes.place();
    let code = attributes.code();
    let by_code = S3_REGIONS.iter().find(|known| **known == code).copied();
    let modern = location.replace("EU (", "Europe (");
    let by_name = AWS_REGIONS
        .iter()
        .find(|(_, _, name)| *name == modern)
        .map(|(region, _, _)| *region);
    let by_place = AWS_REGIONS
        .iter()
        .find(|(_, places, _)| places.contains(&place))
        .map(|(region, _, _)| *region);
    if code.is_empty() {
        agreed(by_name, by_place, location, place)
    } else {
        agreed(by_code, by_place, code, place)
    }
}

/// What the file says in words (`said`) and the start of the usage type must not disagree, and what
/// is said in words must be known; when nothing is said, the usage type decides.
fn agreed(
    by_words: Option<&'static str>,
    by_place: Option<&'static str>,
    said: &str,
    place: &str,
) -> Result<&'static str, String> {
    match (by_words, by_place) {
        (Some(words), Some(place_region)) if words != place_region => {
            Err(format!("`{said}`, where the usage type says `{place}`"))
        }
        (Some(region), _) => Ok(region),
        (None, Some(region)) if said.is_empty() => Ok(region),
        (None, _) if said.is_empty() => Err(format!("`{place}`")),
        (None, _) => Err(format!("`{said}`")),
    }
}
