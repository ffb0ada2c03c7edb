//! Cards that hold no prices and have no dates: edge locations and price classes.

use std::collections::BTreeSet;

use crate::card::{RawClasses, RawEdges};
use crate::error::RatesError;
use crate::regions;
use crate::rows::{
    CHINA_REGION, CLOUDFRONT_REGIONS, EdgeLocation, PriceClassRegion, UNKNOWN_REGION,
};
use crate::tables::Tables;
use crate::values::filled;

/// Edge locations, checked.
pub(crate) fn edges(file: &str, raw: RawEdges) -> Result<Tables, RatesError> {
    let known = [&CLOUDFRONT_REGIONS[..], &[CHINA_REGION]].concat();
    let mut rows = Vec::new();
    let mut codes = BTreeSet::new();
    for group in raw.group {
        let region = regions::known(file, "region of group", group.region, &known)?;
        let source = filled(file, "source of group", group.source)?;
        for location in group.locations {
            let code = location.code;
            if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
                return Err(RatesError::EdgeCode {
                    file: file.to_owned(),
                    value: code,
                });
            }
            if !codes.insert(code.clone()) {
                return Err(RatesError::Duplicate {
                    file: file.to_owned(),
                    key: format!("edge location {code}"),
                });
            }
            rows.push(EdgeLocation {
                city: filled(file, &format!("city of {code}"), location.city)?,
                country: filled(file, &format!("country of {code}"), location.country)?,
                edge_code: code,
                region: region.clone(),
                note: location.note,
                source: source.clone(),
            });
        }
    }
    Ok(Tables {
        edge_locations: rows,
        ..Tables::default()
    })
}

/// Price classes, checked and spelled out to one row per region.
pub(crate) fn classes(file: &str, raw: RawClasses) -> Result<Tables, RatesError> {
    let mut rows = Vec::new();
    let mut names = BTreeSet::new();
    for class in raw.class {
        let name = class.class;
        if !["100", "200", "All"].contains(&name.as_str()) {
            return Err(RatesError::UnknownClass {
                file: file.to_owned(),
                value: name,
            });
        }
        let key = format!("inside of price class {name}");
        let inside = regions::list(file, &key, class.inside, &CLOUDFRONT_REGIONS)?;
        let billed_inside = |field: &str, region: String| {
            if inside.contains(&region) {
                return Ok(region);
            }
            Err(RatesError::BilledOutsideClass {
                file: file.to_owned(),
                key: format!("{field} of price class {name}"),
                region,
            })
        };
        let outside = billed_inside("outside", class.outside)?;
        let unknown = billed_inside("unknown", class.unknown)?;
        for region in CLOUDFRONT_REGIONS {
            let in_class = inside.iter().any(|inside| inside == region);
            rows.push(PriceClassRegion {
                price_class: name.clone(),
                region: region.to_owned(),
                in_class,
                billed_as: if in_class {
                    region.to_owned()
                } else {
                    outside.clone()
                },
            });
        }
        for region in [CHINA_REGION, UNKNOWN_REGION] {
            rows.push(PriceClassRegion {
                price_class: name.clone(),
                region: region.to_owned(),
                in_class: false,
                billed_as: unknown.clone(),
            });
        }
        if !names.insert(name.clone()) {
            return Err(RatesError::Duplicate {
                file: file.to_owned(),
                key: format!("price class {name}"),
            });
        }
    }
    Ok(Tables {
        price_classes: rows,
        ..Tables::default()
    })
}
