//! The built-in prices against the published price tables, written out by hand.

use super::*;
use crate::{BYTES_PER_GB, CLOUDFRONT_REGIONS, Confidence, Service};

/// CloudFront egress as AWS prints it: one column per price group, one line per tier.
const CLOUDFRONT_EGRESS: &str = "
    start_gb  US,CA  EU    ZA,ME  SA    JP    AU    AP    IN
    0         .085   .085  .110   .110  .114  .114  .120  .109
    10240     .080   .080  .105   .105  .089  .098  .100  .085
    51200     .060   .060  .090   .090  .086  .094  .095  .082
    153600    .040   .040  .080   .080  .084  .092  .090  .080
    512000    .030   .030  .060   .060  .080  .090  .080  .078
    1048576   .025   .025  .050   .050  .070  .085  .070  .075
    5242880   .020   .020  .040   .040  .060  .080  .060  .072
";

/// CloudFront USD per 10,000 requests and per GB to the origin.
const CLOUDFRONT_FEES: &str = "
    region  http   https  origin
    US      .0075  .0100  .020
    CA      .0075  .0100  .020
    EU      .0090  .0120  .020
    ZA      .0090  .0120  .060
    ME      .0090  .0120  .060
    JP      .0090  .0120  .060
    AP      .0090  .0120  .060
    IN      .0090  .0120  .160
    AU      .0090  .0125  .080
    SA      .0160  .0220  .125
";

/// S3 egress: first 10 TB, next 40, next 100, over 150.
const S3_EGRESS: &str = "
    regions                          0      10240  51200  153600
    us-east-1,us-east-2              .09    .085   .07    .05
    us-west-1,us-west-2              .09    .085   .07    .05
    us-west-2-lax-1                  .09    .085   .07    .05
    ca-central-1,ca-west-1           .09    .085   .07    .05
    eu-west-1,eu-west-2,eu-west-3    .09    .085   .07    .05
    eu-central-1                     .09    .085   .07    .05
    eu-north-1,eu-south-1            .09    .085   .07    .05
    ap-northeast-1,ap-northeast-3    .114   .089   .086   .084
    ap-northeast-2                   .126   .122   .117   .108
    ap-southeast-1,ap-east-1         .12    .085   .082   .08
    ap-southeast-2                   .114   .098   .094   .092
    ap-southeast-5                   .108   .0765  .0738  .072
    ap-south-1,ap-south-2            .1093  .085   .082   .08
    sa-east-1                        .15    .138   .126   .114
    af-south-1                       .154   .147   .126   .112
    me-south-1                       .117   .1105  .091   .065
    il-central-1                     .11    .085   .077   .055
    us-gov-east-1,us-gov-west-1      .155   .115   .09    .065
";

/// S3 USD per 1,000 GET requests, where known.
const S3_GET: &str = "
    ap-northeast-1  .00037
    ap-northeast-2  .00035
    ap-south-1      .0004
    ap-southeast-1  .0004
    ap-southeast-2  .00044
    eu-central-1    .00043
    eu-west-1       .0004
    eu-west-3       .00042
    sa-east-1       .00056
    us-east-1       .0004
    us-west-1       .00044
    us-west-2       .0004
";

/// The words of each line of a table.
fn lines(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .filter(|words: &Vec<_>| !words.is_empty())
}

/// A ladder as `(tier, start, end, price)`.
type Cells = Vec<(i16, i64, Option<i64>, Decimal)>;

fn cells(tiers: &[&EgressTier]) -> Cells {
    let cell = |tier: &&EgressTier| {
        (
            tier.tier,
            tier.tier_start_gb,
            tier.tier_end_gb,
            tier.usd_per_gb,
        )
    };
    tiers.iter().map(cell).collect()
}

fn expected(bounds: &[i64], prices: &[&str]) -> Cells {
    assert_eq!(bounds.len(), prices.len());
    (0..bounds.len())
        .map(|idx| {
            (
                i16::try_from(idx).unwrap() + 1,
                bounds[idx],
                bounds.get(idx + 1).copied(),
                usd(&format!("0{}", prices[idx])),
            )
        })
        .collect()
}

#[test]
fn all_cloudfront_egress_prices_are_the_published_ones() {
    let book = book();
    let mut table = lines(CLOUDFRONT_EGRESS);
    let heads = table.next().unwrap();
    let table: Vec<Vec<&str>> = table.collect();
    let bounds: Vec<i64> = table.iter().map(|line| line[0].parse().unwrap()).collect();
    let mut n_regions = 0;
    let mut n_cells = 0;
    for (column, head) in heads.iter().enumerate().skip(1) {
        let prices: Vec<&str> = table.iter().map(|line| line[column]).collect();
        n_cells += prices.len();
        for region in head.split(',') {
            for month in ["2024-07", "2026-10", "2026-11"] {
                let tiers = ladder(book.cloudfront_egress(), region, month);
                assert_eq!(
                    cells(&tiers),
                    expected(&bounds, &prices),
                    "{region} {month}"
                );
            }
            n_regions += 1;
        }
    }
    assert_eq!((n_cells, n_regions), (56, CLOUDFRONT_REGIONS.len()));
    assert_eq!(book.cloudfront_egress().len(), 70);
}

#[test]
fn all_cloudfront_request_and_origin_prices_are_the_published_ones() {
    let book = book();
    let mut n_regions = 0;
    for line in lines(CLOUDFRONT_FEES).skip(1) {
        let [region, http, https, origin] = line[..] else {
            panic!("{line:?}")
        };
        let per_10_000: Vec<(&str, Decimal)> = book
            .cloudfront_requests()
            .iter()
            .filter(|price| price.region == region)
            .map(|price| {
                (
                    &*price.protocol,
                    price.usd_per_request * Decimal::from(10_000),
                )
            })
            .collect();
        let expected = [
            ("http", usd(&format!("0{http}"))),
            ("https", usd(&format!("0{https}"))),
        ];
        assert_eq!(per_10_000, expected, "{region}");
        let to_origin: Vec<Decimal> = book
            .cloudfront_origin_transfer()
            .iter()
            .filter(|price| price.region == region)
            .map(|price| price.usd_per_gb)
            .collect();
        assert_eq!(to_origin, [usd(&format!("0{origin}"))], "{region}");
        n_regions += 1;
    }
    assert_eq!(n_regions, 10);
    assert_eq!(book.cloudfront_requests().len(), 20);
    assert_eq!(book.cloudfront_origin_transfer().len(), 10);
}

#[test]
fn all_s3_egress_prices_are_the_published_ones() {
    let book = book();
    let mut table = lines(S3_EGRESS);
    let bounds: Vec<i64> = table.next().unwrap()[1..]
        .iter()
        .map(|start| start.parse().unwrap())
        .collect();
    let mut regions = Vec::new();
    for line in table {
        for region in line[0].split(',') {
            for month in ["2021-12", "2026-09"] {
                let tiers = ladder(book.s3_egress(), region, month);
                assert_eq!(
                    cells(&tiers),
                    expected(&bounds, &line[1..]),
                    "{region} {month}"
                );
            }
            regions.push(region);
        }
    }
    regions.sort_unstable();
    assert_eq!(regions.len(), 28);
    assert_eq!(book.s3_regions(), regions);
    // Four more are the older card's, which has one region.
    assert_eq!(book.s3_egress().len(), 28 * 4 + 4);
    let old = ladder(book.s3_egress(), "us-east-1", "2021-11");
    assert_eq!(
        cells(&old),
        expected(&bounds, &[".09", ".085", ".07", ".05"])
    );
    assert!(ladder(book.s3_egress(), "eu-west-1", "2021-11").is_empty());
}

#[test]
fn s3_get_prices_are_the_known_ones_and_no_others() {
    let book = book();
    let prices: Vec<(&str, &str, Decimal)> = book
        .s3_requests()
        .iter()
        .filter(|price| price.valid_from == month("2021-12"))
        .map(|price| {
            (
                &*price.region,
                &*price.protocol,
                price.usd_per_request * Decimal::from(1000),
            )
        })
        .collect();
    let expected: Vec<(&str, &str, Decimal)> = lines(S3_GET)
        .map(|line| (line[0], "any", usd(&format!("0{}", line[1]))))
        .collect();
    assert_eq!(prices, expected);
    assert_eq!(book.s3_requests().len(), expected.len() + 1);
}

#[test]
fn allowances_are_the_published_ones() {
    let book = book();
    let cloudfront: Vec<_> = book
        .cloudfront_allowances()
        .iter()
        .map(|free| {
            (
                free.valid_from,
                free.valid_until,
                free.free_gb,
                free.free_requests,
            )
        })
        .collect();
    assert_eq!(cloudfront, [(month("2024-07"), None, 1024, 10_000_000)]);
    let s3: Vec<_> = book
        .s3_allowances()
        .iter()
        .map(|free| (free.valid_from, free.valid_until, free.free_gb))
        .collect();
    assert_eq!(
        s3,
        [
            (month("2020-01"), Some(month("2021-12")), 1),
            (month("2021-12"), None, 100)
        ]
    );
    assert_eq!(BYTES_PER_GB, 1_073_741_824);
}

#[test]
fn other_prices_are_the_published_ones() {
    let book = book();
    let find = |item: &str, region: &str, units: i64| {
        let rows: Vec<_> = book
            .other_prices()
            .iter()
            .filter(|price| price.item == item && price.region == region)
            .collect();
        assert_eq!(rows.len(), 1, "{item} {region}");
        (
            rows[0].usd_per_unit * Decimal::from(units),
            rows[0].free_units_per_month,
        )
    };
    assert_eq!(find("invalidation", "global", 1), (usd("0.005"), 1000));
    assert_eq!(
        find("function", "global", 1_000_000),
        (usd("0.10"), 2_000_000)
    );
    assert_eq!(
        find("lambda-edge-request", "global", 1_000_000),
        (usd("0.60"), 0)
    );
    assert_eq!(
        find("lambda-edge-duration", "global", 1),
        (usd("0.00005001"), 0)
    );
    assert_eq!(
        find("origin-shield", "ap-northeast-2", 10_000),
        (usd("0.0090"), 0)
    );
    assert_eq!(
        find("origin-shield", "sa-east-1", 10_000),
        (usd("0.0160"), 0)
    );
    assert_eq!(
        find("origin-shield", "us-east-1", 10_000),
        (usd("0.0075"), 0)
    );
    assert_eq!(find("real-time-log", "global", 1_000_000), (usd("0.01"), 0));
    assert_eq!(
        find("field-level-encryption", "global", 10_000),
        (usd("0.02"), 0)
    );
    assert_eq!(
        find("dedicated-ip-certificate", "global", 12),
        (usd("7200"), 0)
    );
    // AWS's example of a bundle: 600 USD of usage are a commitment of 420, with 42 for WAF.
    let (commitment, _) = find("savings-bundle", "global", 600);
    assert_eq!(commitment, usd("420"));
    let (credit, _) = find("savings-bundle-waf-credit", "global", 1);
    assert_eq!(credit * commitment, usd("42"));
    // The S3 FAQ's examples: 300 GB read from Standard-IA, 310,000 PUTs.
    assert_eq!(
        find("retrieval-standard-ia", "us-east-1", 300),
        (usd("3.00"), 0)
    );
    assert_eq!(
        find("retrieval-glacier-ir", "us-east-1", 1),
        (usd("0.03"), 0)
    );
    assert_eq!(
        find("get-standard-ia", "us-east-1", 1000),
        (usd("0.001"), 0)
    );
    assert_eq!(find("get-glacier-ir", "us-east-1", 1000), (usd("0.01"), 0));
    let puts: Vec<Decimal> = book
        .other_prices()
        .iter()
        .filter(|price| price.item == "put")
        .map(|price| price.usd_per_unit * Decimal::from(310_000))
        .collect();
    assert_eq!(puts, [usd("1.55"), usd("1.55")]);
    let s3_items = book
        .other_prices()
        .iter()
        .filter(|price| price.service == Service::S3)
        .count();
    assert_eq!((book.other_prices().len(), s3_items), (12 + 6, 6));
    let unsure: Vec<_> = book
        .other_prices()
        .iter()
        .filter(|price| price.confidence == Confidence::Low)
        .map(|price| (&*price.item, &*price.region))
        .collect();
    assert_eq!(unsure, [("origin-shield", "us-east-1")]);
}
