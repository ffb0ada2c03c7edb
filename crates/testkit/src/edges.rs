//! Edge locations the sample uses, with AWS's billing region of each.
//!
//! A small copy on purpose: the truth must not come from the price lists it is to check.

use crate::prng::Prng;

/// The edge code of a few rows that no list knows.
pub(crate) const UNKNOWN_EDGE: &str = "QQX1-C1";

/// Where viewers are: edge code and how many of 1000 clients it has.
type Weights = [(&'static str, u64)];

/// Viewers of a distribution with all edges (`PriceClass_All`).
const EVERYWHERE: &Weights = &[
    ("IAD89-C3", 110),
    ("HIO52-P2", 70),
    ("SFO53-P7", 50),
    ("ORD58-P3", 40),
    ("DFW55-C1", 35),
    ("JFK50-P4", 30),
    ("FRA56-P4", 90),
    ("LHR62-C1", 75),
    ("CDG50-P3", 45),
    ("AMS58-P1", 45),
    ("WAW51-P1", 30),
    ("HEL51-P6", 20),
    ("MAD51-C2", 20),
    ("NRT57-P1", 50),
    ("KIX56-C1", 15),
    ("SIN52-C2", 50),
    ("HKG62-P1", 25),
    ("ICN57-P5", 25),
    ("BOM78-P1", 45),
    ("MAA50-C3", 20),
    ("SYD62-P2", 25),
    ("MEL51-C2", 10),
    ("YTO50-C1", 25),
    ("YUL62-C1", 10),
    ("GRU3-C1", 20),
    ("SCL51-P1", 6),
    ("JNB50-C1", 8),
    ("NBO50-P1", 4),
    ("DXB53-P1", 8),
    ("BAH53-C1", 4),
];

/// Viewers of a distribution limited to the cheap edges (`PriceClass_100`): dear ones are rare.
const CHEAP_EDGES: &Weights = &[
    ("FRA56-P4", 200),
    ("LHR62-C1", 160),
    ("CDG50-P3", 120),
    ("AMS58-P1", 90),
    ("WAW51-P1", 50),
    ("IAD89-C3", 160),
    ("SFO53-P7", 80),
    ("ORD58-P3", 60),
    ("YTO50-C1", 40),
    ("SIN52-C2", 20),
    ("GRU3-C1", 20),
];

/// The billing region of each three-letter code, and a country for the newer log format.
const REGIONS: &[(&str, &str, &str)] = &[
    ("AMS", "EU", "NL"),
    ("BAH", "ME", "BH"),
    ("BOM", "IN", "IN"),
    ("CDG", "EU", "FR"),
    ("DFW", "US", "US"),
    ("DXB", "ME", "AE"),
    ("FRA", "EU", "DE"),
    ("GRU", "SA", "BR"),
    ("HEL", "EU", "FI"),
    ("HIO", "US", "US"),
    ("HKG", "AP", "HK"),
    ("IAD", "US", "US"),
    ("ICN", "AP", "KR"),
    ("JFK", "US", "US"),
    ("JNB", "ZA", "ZA"),
    ("KIX", "JP", "JP"),
    ("LHR", "EU", "GB"),
    ("MAA", "IN", "IN"),
    ("MAD", "EU", "ES"),
    ("MEL", "AU", "AU"),
    ("NBO", "ZA", "KE"),
    ("NRT", "JP", "JP"),
    ("ORD", "US", "US"),
    ("SCL", "SA", "CL"),
    ("SFO", "US", "US"),
    ("SIN", "AP", "SG"),
    ("SYD", "AU", "AU"),
    ("WAW", "EU", "PL"),
    ("YTO", "CA", "CA"),
    ("YUL", "CA", "CA"),
];

/// Billing region (`US` `EU` …, `unknown`) of an edge code such as `FRA56-P4`.
pub(crate) fn billing_region(edge: &str) -> &'static str {
    find(edge).map_or("unknown", |(_, region, _)| region)
}

/// Country of an edge's viewers, `-` when unknown.
pub(crate) fn country(edge: &str) -> &'static str {
    find(edge).map_or("-", |(_, _, country)| country)
}

fn find(edge: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    let city = edge.get(..3)?;
    REGIONS.iter().find(|(code, _, _)| *code == city)
}

/// An edge for a new client of a distribution with this price class.
pub(crate) fn pick(prng: &mut Prng, price_class: &str) -> &'static str {
    prng.weighted(if price_class == "100" {
        CHEAP_EDGES
    } else {
        EVERYWHERE
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_edge_in_use_has_a_region_and_all_ten_occur() {
        let regions: BTreeSet<_> = EVERYWHERE
            .iter()
            .map(|(code, _)| billing_region(code))
            .collect();
        let all = BTreeSet::from(["AP", "AU", "CA", "EU", "IN", "JP", "ME", "SA", "US", "ZA"]);
        assert_eq!(regions, all);
        assert!(
            CHEAP_EDGES
                .iter()
                .all(|(code, _)| billing_region(code) != "unknown")
        );
        assert_eq!(billing_region(UNKNOWN_EDGE), "unknown");
    }
}
