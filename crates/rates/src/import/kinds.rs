//! What a usage type prices, if a card can hold it.

use super::error::ImportError;
use super::offer::{Attributes, Offer, Price};
use super::places;
use crate::rows::Service;

/// What a product prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Egress,
    /// By the protocol a card gives it.
    Request(&'static str),
    ProxyRequest(&'static str),
    OriginTransfer,
    Other {
        item: &'static str,
        unit: &'static str,
        scope: Scope,
    },
}

/// Where one price holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    BillingRegion,
    AwsRegion,
    /// In every region at one price, although there may be a product for each.
    Everywhere,
}

const fn everywhere(item: &'static str, unit: &'static str) -> Kind {
    Kind::Other {
        item,
        unit,
        scope: Scope::Everywhere,
    }
}

const fn in_region(item: &'static str, unit: &'static str) -> Kind {
    Kind::Other {
        item,
        unit,
        scope: Scope::AwsRegion,
    }
}

const CLOUDFRONT: [(&str, Kind); 14] = [
    ("DataTransfer-Out-Bytes", Kind::Egress),
    ("DataTransfer-Out-OBytes", Kind::OriginTransfer),
    ("Requests-Tier1", Kind::Request("http")),
    ("Requests-Tier2-HTTPS", Kind::Request("https")),
    ("Requests-HTTP-Proxy", Kind::ProxyRequest("http")),
    ("Requests-HTTPS-Proxy", Kind::ProxyRequest("https")),
    (
        "Requests-HTTPS-Proxy-FLE",
        everywhere("field-level-encryption", "request"),
    ),
    (
        "Requests-OriginShield",
        in_region("origin-shield", "request"),
    ),
    ("Invalidations", everywhere("invalidation", "path")),
    (
        "Executions-CloudFrontFunctions",
        everywhere("function", "invocation"),
    ),
    (
        "RealTimeLog-KinesisDataStream",
        everywhere("real-time-log", "line"),
    ),
    (
        "SSL-Cert-Custom",
        everywhere("dedicated-ip-certificate", "certificate"),
    ),
    (
        "Lambda-Edge-Request",
        everywhere("lambda-edge-request", "request"),
    ),
    (
        "Lambda-Edge-GB-Second",
        everywhere("lambda-edge-duration", "GB-second"),
    ),
];

const DATA_TRANSFER: [(&str, Kind); 1] = [("DataTransfer-Out-Bytes", Kind::Egress)];

const S3: [(&str, Kind); 6] = [
    ("Requests-Tier2", Kind::Request("any")),
    ("Requests-Tier1", in_region("put", "request")),
    (
        "Requests-SIA-Tier2",
        in_region("get-standard-ia", "request"),
    ),
    ("Requests-GIR-Tier2", in_region("get-glacier-ir", "request")),
    ("Retrieval-SIA", in_region("retrieval-standard-ia", "GB")),
    ("Retrieval-GIR", in_region("retrieval-glacier-ir", "GB")),
];

/// Where a product's usage type starts, and what it prices.
pub(super) fn of<'a>(offer: &str, attributes: &'a Attributes) -> Option<(&'a str, Kind)> {
    let kinds: &[(&str, Kind)] = match offer {
        "AmazonCloudFront" => &CLOUDFRONT,
        "AWSDataTransfer" => &DATA_TRANSFER,
        _ => &S3,
    };
    let names: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
    let (place, name) = places::split(&attributes.usagetype, &names)?;
    let (_, kind) = kinds.iter().find(|(known, _)| *known == name)?;
    let leaves_aws = ["", "External"].contains(&attributes.to_location.as_str());
    let is_outbound = offer != "AWSDataTransfer" || attributes.transfer_type == "AWS Outbound";
    if *kind == Kind::Egress && !(leaves_aws && is_outbound) {
        return None;
    }
    Some((place, *kind))
}

impl Kind {
    pub(super) fn scope(self, service: Service) -> Scope {
        match self {
            Kind::Other { scope, .. } => scope,
            _ if service == Service::S3 => Scope::AwsRegion,
            _ => Scope::BillingRegion,
        }
    }

    /// Whether a price is by the hour, where a card has it by the month.
    pub(super) fn is_hourly(self, price: &Price) -> bool {
        let is_monthly = matches!(
            self,
            Kind::Other {
                unit: "certificate",
                ..
            }
        );
        is_monthly && price.unit.to_ascii_lowercase().starts_with('h')
    }

    /// A GB and a request must be priced as such; other items have units of many names.
    pub(super) fn check_unit(self, offer: &Offer<'_>, price: &Price) -> Result<(), ImportError> {
        let (expected, said) = match self {
            Kind::Egress | Kind::OriginTransfer | Kind::Other { unit: "GB", .. } => {
                ("GB", "the unit `GB`")
            }
            Kind::Request(_)
            | Kind::ProxyRequest(_)
            | Kind::Other {
                unit: "request", ..
            } => ("Requests", "the unit `Requests`"),
            Kind::Other { .. } => return Ok(()),
        };
        if price.unit == expected {
            return Ok(());
        }
        Err(offer.wrong(&price.sku, "unit", &price.unit, said))
    }
}
