//! Where an edge is, as the price lists know it: functions of the table `edge_locations`. A join
//! with it would say the same, row by row.

use std::{collections::HashMap, sync::Arc};

use datafusion::logical_expr::ScalarUDF;
use edgeledger_rates::PriceBook;

use crate::of_texts::{About, of_nullable, of_text};

/// The region of an edge that the price book does not know.
const UNKNOWN: &str = "unknown";

const EDGE_REGION: About = About {
    name: "edge_region",
    syntax: "edge_region(edge)",
    gives: "The billing region of an edge code (FRA) or edge location (FRA56-P2); unknown where \
            edge_locations does not have it, and of NULL",
    example: ("edge_region('FRA56-P2')", "EU"),
    more: &[&[]],
};

const EDGE_CITY: About = About {
    name: "edge_city",
    syntax: "edge_city(edge)",
    gives: "The city of an edge code or edge location; NULL where edge_locations does not have it",
    example: ("edge_city('FRA56-P2')", "Frankfurt am Main"),
    more: &[&[]],
};

const EDGE_COUNTRY: About = About {
    name: "edge_country",
    syntax: "edge_country(edge)",
    gives: "The country of an edge code or edge location, in English; NULL where edge_locations does \
            not have it. Viewers may be in another country",
    example: ("edge_country('FRA')", "Germany"),
    more: &[&[]],
};

/// All of them.
pub(crate) fn all(book: &PriceBook) -> [ScalarUDF; 3] {
    let by_code = |what: fn(&edgeledger_rates::EdgeLocation) -> &str| {
        let edges = book.edge_locations().iter();
        let edges = edges.map(|edge| (edge.edge_code.clone(), what(edge).to_owned()));
        Arc::new(edges.collect::<HashMap<_, _>>())
    };
    let regions = by_code(|edge| &edge.region);
    let cities = by_code(|edge| &edge.city);
    let countries = by_code(|edge| &edge.country);
    [
        of_nullable(&EDGE_REGION, move |edge| {
            let region = edge.and_then(|edge| find(&regions, edge));
            region.unwrap_or(UNKNOWN).to_owned()
        }),
        of_text(&EDGE_CITY, move |edge| {
            Some(find(&cities, edge)?.to_owned())
        }),
        of_text(&EDGE_COUNTRY, move |edge| {
            Some(find(&countries, edge)?.to_owned())
        }),
    ]
}

/// By the code, which a location begins with: three letters before a digit.
fn find<'a>(places: &'a HashMap<String, String>, edge: &str) -> Option<&'a str> {
    let code = || {
        let has_number = edge.as_bytes().get(3).is_some_and(u8::is_ascii_digit);
        places.get(edge.get(..3).filter(|_| has_number)?)
    };
    places.get(edge).or_else(code).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::find;

    #[test]
    fn codes_and_locations() {
        let places = [("FRA", "Frankfurt"), ("ZZZ9", "Nowhere")]
            .map(|(code, city)| (code.to_owned(), city.to_owned()));
        let places = HashMap::from(places);
        for (edge, city) in [
            ("FRA", Some("Frankfurt")),
            ("FRA56-P2", Some("Frankfurt")),
            ("FRA2", Some("Frankfurt")),
            ("ZZZ9", Some("Nowhere")),
            ("FRANKFURT", None),
            ("fra56", None),
            ("FR", None),
            ("é\u{301}5", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(find(&places, edge), city, "{edge}");
        }
    }
}
