//! What must hold of money whatever the traffic: a session prices many months at once, and each
//! month is a case.

use edgeledger_query::{Distribution, Origin, Session, Settings};
use edgeledger_rates::{Decimal, PriceBook};

use crate::world::{Counted, GB, Row, cell, counted, rows, session};

fn book() -> PriceBook {
    PriceBook::builtin().unwrap()
}

/// The months of the card that begins in 2024-07.
const MONTHS: [&str; 24] = [
    "2024-07", "2024-08", "2024-09", "2024-10", "2024-11", "2024-12", "2025-01", "2025-02",
    "2025-03", "2025-04", "2025-05", "2025-06", "2025-07", "2025-08", "2025-09", "2025-10",
    "2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06",
];

/// An edge of each billing region.
const EDGES: [(&str, &str); 10] = [
    ("US", "IAD"),
    ("CA", "YUL"),
    ("EU", "FRA"),
    ("AP", "SIN"),
    ("JP", "NRT"),
    ("AU", "SYD"),
    ("IN", "BOM"),
    ("SA", "GRU"),
    ("ME", "DXB"),
    ("ZA", "JNB"),
];

/// A small generator of numbers: the same in every run.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: u64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 20) % limit).unwrap()
    }

    /// From a byte to some petabytes, every magnitude alike.
    fn bytes(&mut self) -> i64 {
        let magnitude = self.below(53);
        1 + self.below(1 << magnitude)
    }
}

fn without_free_tiers() -> Settings {
    Settings {
        cloudfront_free_tier: false,
        s3_free_tier: false,
        ..Settings::default()
    }
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

async fn decimals(session: &Session, sql: &str) -> Vec<Decimal> {
    let rows = rows(session, sql).await;
    rows.iter().map(|row| decimal(&row[0])).collect()
}

/// A byte more never costs less, in any region and on either side.
#[tokio::test]
async fn cost_never_falls_with_bytes() {
    let mut seeded = Seeded(1);
    let mut sizes: Vec<i64> = MONTHS.iter().map(|_| seeded.bytes()).collect();
    sizes.sort_unstable();
    let traffic: Vec<Counted> = MONTHS
        .iter()
        .zip(&sizes)
        .flat_map(|(month, bytes)| {
            EDGES.map(|(_, edge)| Counted {
                month,
                edge,
                response_bytes: *bytes,
                ..Counted::default()
            })
        })
        .collect();
    for settings in [Settings::default(), without_free_tiers()] {
        let session = counted(&traffic, &book(), &settings).await;
        for (region, _) in EDGES {
            let sql = format!(
                "SELECT usd FROM cost_lines WHERE item = 'egress' AND region = '{region}' ORDER BY month"
            );
            let usd = decimals(&session, &sql).await;
            assert_eq!(usd.len(), MONTHS.len());
            assert!(usd.is_sorted(), "{region}: {usd:?}");
        }
        let usd = decimals(
            &session,
            "SELECT usd_exact FROM monthly_cost WHERE side = 's3' ORDER BY month",
        )
        .await;
        assert!(usd.is_sorted(), "{usd:?}");
    }
}

/// The byte before, at and after each bound of each ladder costs what its tier says.
#[tokio::test]
async fn ladders_change_price_at_the_byte() {
    let bounds = [10_240, 51_200, 153_600, 512_000, 1_048_576, 5_242_880];
    let steps: Vec<i64> = bounds
        .iter()
        .flat_map(|gb| [-1, 0, 1].map(|step| gb * GB + step))
        .collect();
    let traffic: Vec<Counted> = MONTHS
        .iter()
        .zip(&steps)
        .flat_map(|(month, bytes)| {
            EDGES.map(|(_, edge)| Counted {
                month,
                edge,
                response_bytes: *bytes,
                ..Counted::default()
            })
        })
        .collect();
    let session = counted(&traffic, &book(), &without_free_tiers()).await;
    let a_byte = |price: Decimal| price / Decimal::from(GB);
    for (region, _) in EDGES {
        let sql = format!(
            "SELECT usd FROM cost_lines WHERE item = 'egress' AND region = '{region}' ORDER BY month"
        );
        let usd = decimals(&session, &sql).await;
        let prices = decimals(
            &session,
            &format!(
                "SELECT usd_per_gb FROM cloudfront_egress_prices WHERE region = '{region}' ORDER BY tier"
            ),
        )
        .await;
        // Each side is rounded at 10^-12.
        let close = |a: Decimal, b: Decimal| (a - b).abs() <= Decimal::new(2, 12);
        for (bound, usd) in usd.chunks(3).enumerate() {
            let [before, at, after] = usd else {
                panic!("three cases a bound: {usd:?}");
            };
            assert!(
                close(at - before, a_byte(prices[bound])),
                "{region} bound {bound}"
            );
            assert!(
                close(after - at, a_byte(prices[bound + 1])),
                "{region} bound {bound}"
            );
        }
    }
}

/// Random traffic of four distributions over the days of every month.
pub(crate) fn random_traffic(seed: u64) -> Vec<Counted> {
    let mut seeded = Seeded(seed);
    let mut traffic = Vec::new();
    for month in MONTHS {
        for distribution in ["E1", "E2", "E3", "E4"] {
            for _ in 0..6 {
                let at = usize::try_from(seeded.below(10)).unwrap();
                traffic.push(Counted {
                    month,
                    distribution,
                    day: 1 + u32::try_from(seeded.below(28)).unwrap(),
                    edge: EDGES[at].1,
                    method: ["GET", "HEAD", "POST"][usize::try_from(seeded.below(3)).unwrap()],
                    protocol: ["http", "https"][usize::try_from(seeded.below(2)).unwrap()],
                    result: ["Hit", "Miss", "RefreshHit"]
                        [usize::try_from(seeded.below(3)).unwrap()],
                    requests: 1 + seeded.below(1 << 30),
                    response_bytes: seeded.bytes(),
                    request_bytes: seeded.below(1 << 40),
                });
            }
        }
    }
    traffic
}

pub(crate) fn described() -> Settings {
    let server = Distribution {
        origin: Origin::Server,
        ..Distribution::assumed("E4")
    };
    let rare = Distribution {
        storage_class: "glacier-ir".to_owned(),
        ..Distribution::assumed("E3")
    };
    Settings {
        distributions: vec![server, rare],
        ..Settings::default()
    }
}

/// Days sum to the month in cents, and a month costs the same however it is spread over days.
#[tokio::test]
async fn days_sum_to_the_month() {
    let traffic = random_traffic(2);
    let spread = counted(&traffic, &book(), &described()).await;
    let one_day: Vec<Counted> = traffic
        .iter()
        .map(|row| Counted {
            day: 1,
            ..row.clone()
        })
        .collect();
    let together = counted(&one_day, &book(), &described()).await;
    let month = "SELECT month, side, usd_exact FROM monthly_cost ORDER BY month, side";
    assert_eq!(rows(&spread, month).await, rows(&together, month).await);
    for view in ["daily_cost", "region_cost"] {
        let sql = format!(
            "SELECT m.month, m.side, m.usd, sum(CASE m.side WHEN 's3' THEN d.s3_usd ELSE d.cloudfront_usd END) AS parts, \
             abs(m.usd_exact - sum(CASE m.side WHEN 's3' THEN d.s3_usd_exact ELSE d.cloudfront_usd_exact END)) < 0.000001 \
             FROM monthly_cost m JOIN {view} d ON d.month = m.month \
             GROUP BY m.month, m.side, m.usd, m.usd_exact"
        );
        let sums = rows(&spread, &sql).await;
        assert_eq!(sums.len(), 2 * MONTHS.len());
        for row in sums {
            assert_eq!(
                (&row[2], row[4].as_str()),
                (&row[3], "true"),
                "{view}: {row:?}"
            );
        }
    }
}

/// Shares sum to the month to the cent under each method, and none is negative.
#[tokio::test]
async fn shares_sum_to_the_month_under_each_method() {
    let session = counted(&random_traffic(3), &book(), &described()).await;
    let sql = "SELECT m.usd, sum(a.usd), min(a.usd) >= 0, count(DISTINCT a.method) \
               FROM monthly_cost m JOIN allocations a ON a.month = m.month AND a.side = m.side \
               GROUP BY m.month, m.side, a.method, m.usd";
    let sums = rows(&session, sql).await;
    assert_eq!(sums.len(), 2 * 3 * MONTHS.len());
    for row in sums {
        assert_eq!((&row[0], row[2].as_str()), (&row[1], "true"), "{row:?}");
    }
}

/// What paths and user agents cost sums to the month, and the dearest paths are exact.
#[tokio::test]
async fn paths_and_user_agents_sum_to_the_month() {
    let mut seeded = Seeded(4);
    let requests: Vec<Row> = (0..400)
        .map(|_| Row {
            distribution: ["E1", "E2"][usize::try_from(seeded.below(2)).unwrap()],
            edge: ["IAD89-C3", "FRA56-P4", "GRU3-C1"][usize::try_from(seeded.below(3)).unwrap()],
            method: ["GET", "HEAD", "POST"][usize::try_from(seeded.below(3)).unwrap()],
            path: ["/a", "/b", "/c", "/d", "/e"][usize::try_from(seeded.below(5)).unwrap()],
            user_agent: ["cargo/1.85.0", "curl/8.5.0", "rustup/1.27"]
                [usize::try_from(seeded.below(3)).unwrap()],
            result: ["Hit", "Miss"][usize::try_from(seeded.below(2)).unwrap()],
            detailed: "Hit",
            response_bytes: seeded.below(1 << 42),
            request_bytes: seeded.below(1 << 20),
            ..Row::default()
        })
        .collect();
    let session = session(&requests, &book(), &Settings::default()).await;
    let month = cell(
        &session,
        "SELECT usd FROM monthly_cost WHERE side = 'cloudfront'",
    )
    .await;
    assert!(decimal(&month) > Decimal::ONE_HUNDRED, "{month}");
    for view in ["path_cost", "user_agent_cost"] {
        let sql = format!("SELECT sum(cloudfront_usd) FROM {view}");
        assert_eq!(cell(&session, &sql).await, month, "{view}");
    }
    let sql = "SELECT count(*), abs(sum(cloudfront_usd) - (SELECT usd_exact FROM monthly_cost \
               WHERE side = 'cloudfront')) < 0.000001 FROM request_costs";
    assert_eq!(rows(&session, sql).await, [["400", "true"]]);
    // One path's cost by hand: its share of each line's dollars, by bytes and by requests.
    let sql = "SELECT abs(p.usd - c.usd) < 0.000001 FROM \
               (SELECT sum(cloudfront_usd_exact) AS usd FROM path_cost WHERE path = '/a') AS p, \
               (SELECT sum(l.usd * q.quantity / l.quantity) AS usd FROM cost_lines l JOIN \
               (SELECT 'egress' AS item, '' AS protocol, region, sum(response_bytes) AS quantity \
               FROM request_costs WHERE path = '/a' GROUP BY region \
               UNION ALL SELECT CASE WHEN method = 'POST' THEN 'proxy_requests' ELSE 'requests' END, \
               'https', region, count(*) FROM request_costs WHERE path = '/a' GROUP BY 1, region \
               UNION ALL SELECT 'origin_transfer', '', region, sum(request_bytes) FROM request_costs \
               WHERE path = '/a' AND method = 'POST' GROUP BY region \
               UNION ALL SELECT 's3_origin_requests', '', 'us-east-1', count(*) FROM request_costs \
               WHERE path = '/a' AND cache_result = 'Miss') AS q \
               ON q.item = l.item AND q.region = l.region AND q.protocol = l.protocol \
               WHERE l.side = 'cloudfront') AS c";
    assert_eq!(cell(&session, sql).await, "true");
    let families = "SELECT DISTINCT user_agent_family FROM user_agent_cost ORDER BY 1";
    assert_eq!(
        rows(&session, families).await,
        [["cargo"], ["curl"], ["rustup"]]
    );
}

/// Every column of dollars, in every table and view, is a decimal.
#[tokio::test]
async fn no_dollar_is_a_float() {
    let session = session(&[Row::default()], &book(), &Settings::default()).await;
    let sql = "SELECT table_name, column_name, data_type FROM information_schema.columns \
               WHERE column_name LIKE '%usd%' AND data_type NOT LIKE 'Decimal%'";
    assert_eq!(rows(&session, sql).await, Vec::<Vec<String>>::new());
    let sql = "SELECT count(*) > 60 FROM information_schema.columns WHERE column_name LIKE '%usd%'";
    assert_eq!(cell(&session, sql).await, "true");
}

/// Every view plans and runs, also over a lake without a request.
#[tokio::test]
async fn every_view_runs() {
    for requests in [&[][..], &[Row::default()][..]] {
        let session = session(requests, &book(), &Settings::default()).await;
        for view in edgeledger_query::view_names() {
            rows(&session, &format!("SELECT * FROM {view} LIMIT 3")).await;
        }
    }
}
