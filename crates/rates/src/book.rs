//! The price book: all cards together.

use crate::check;
use crate::error::RatesError;
use crate::list_prices;
use crate::month::{Month, Span};
use crate::rows::{
    CardInfo, CloudFrontAllowance, CloudFrontPlan, CompetitorPrice, EdgeLocation, EgressTier,
    OriginTransferPrice, OtherPrice, PriceClassRegion, RequestPrice, S3Allowance, Service,
};
use crate::tables::Tables;

const BUILTIN: [(&str, &str); 7] = [
    (
        "cloudfront-2024-07.toml",
        include_str!("../cards/cloudfront-2024-07.toml"),
    ),
    (
        "cloudfront-plans-2025-11.toml",
        include_str!("../cards/cloudfront-plans-2025-11.toml"),
    ),
    ("s3-2020-01.toml", include_str!("../cards/s3-2020-01.toml")),
    ("s3-2021-12.toml", include_str!("../cards/s3-2021-12.toml")),
    (
        "competitors-2026-10.toml",
        include_str!("../cards/competitors-2026-10.toml"),
    ),
    (
        "edge-locations.toml",
        include_str!("../cards/edge-locations.toml"),
    ),
    (
        "price-classes.toml",
        include_str!("../cards/price-classes.toml"),
    ),
];

/// Every price of every card, as flat tables.
///
/// Tables of prices are ordered by what is priced, then by month, then by tier: the order depends
/// on the prices alone, never on the order of cards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceBook {
    cards: Vec<CardInfo>,
    tables: Tables,
}

impl PriceBook {
    /// The cards that come with EdgeLedger.
    ///
    /// # Errors
    /// Only if a card that was built in is wrong, which a test rules out.
    pub fn builtin() -> Result<PriceBook, RatesError> {
        PriceBook::from_cards(&BUILTIN)
    }

    /// A book of these cards alone, each given as its file name (for errors) and its TOML text.
    ///
    /// # Errors
    /// When a card is wrong, when two cards price one service in the same month, or when two list
    /// the same edge code, price class or provider. The error names the card's file, the key and the value.
    pub fn from_cards(cards: &[(&str, &str)]) -> Result<PriceBook, RatesError> {
        let mut book = PriceBook {
            cards: Vec::new(),
            tables: Tables::default(),
        };
        for (file, text) in cards {
            let (info, tables) = check::card(file, text)?;
            if let Some(info) = &info {
                book.refuse_overlap(info)?;
            }
            book.refuse_listed_twice(file, &tables)?;
            book.lay(info, tables)?;
        }
        Ok(book)
    }

    /// This book with `cards` laid over it, one after the other: private rates, corrections, or
    /// months and edge codes that EdgeLedger has none for.
    ///
    /// A card wins over everything before it, but only where it says something: for its service,
    /// for the months from its `valid_from` to before its `valid_until`, and for the keys it
    /// prices. A key is
    /// - a region for egress (the whole ladder is replaced, never single tiers) and for transfer
    ///   to the origin,
    /// - a region and protocol for requests,
    /// - an item and region for other prices,
    /// - the service for its free allowance,
    /// - a flat-rate plan by its name,
    /// - another provider and its plan with all regions, in a card of list prices,
    /// - an edge code, in a card of edge locations,
    /// - a price class with all its regions, in a card of price classes.
    ///
    /// All other prices stay. A row that holds longer than the winning card is cut: its tables
    /// then have it before the card, after it, or both, so that a month still has one price.
    ///
    /// # Errors
    /// When a card is wrong, or has the name of another card. Overlapping months are no error here.
    pub fn with_cards(mut self, cards: &[(&str, &str)]) -> Result<PriceBook, RatesError> {
        for (file, text) in cards {
            let (info, tables) = check::card(file, text)?;
            self.lay(info, tables)?;
        }
        Ok(self)
    }

    /// CloudFront data transfer out to viewers: one row per card validity, billing region and tier.
    pub fn cloudfront_egress(&self) -> &[EgressTier] {
        &self.tables.cloudfront_egress
    }

    /// CloudFront requests: one row per card validity, billing region and protocol.
    pub fn cloudfront_requests(&self) -> &[RequestPrice] {
        &self.tables.cloudfront_requests
    }

    /// CloudFront transfer to origins: one row per card validity and billing region.
    pub fn cloudfront_origin_transfer(&self) -> &[OriginTransferPrice] {
        &self.tables.cloudfront_origin_transfer
    }

    /// What CloudFront never charges for: one row per card validity.
    pub fn cloudfront_allowances(&self) -> &[CloudFrontAllowance] {
        &self.tables.cloudfront_allowances
    }

    /// S3 data transfer out to the internet: one row per card validity, bucket region and tier.
    pub fn s3_egress(&self) -> &[EgressTier] {
        &self.tables.s3_egress
    }

    /// S3 GET and HEAD requests: one row per card validity and bucket region.
    ///
    /// Not every region of [`s3_egress`](Self::s3_egress) is here: an unknown price is left out.
    pub fn s3_requests(&self) -> &[RequestPrice] {
        &self.tables.s3_requests
    }

    /// Data transfer out that AWS does not charge for: one row per card validity.
    pub fn s3_allowances(&self) -> &[S3Allowance] {
        &self.tables.s3_allowances
    }

    /// What a bill can hold besides traffic: one row per card validity, item and region.
    pub fn other_prices(&self) -> &[OtherPrice] {
        &self.tables.other_prices
    }

    /// Flat-rate plans: one row per card validity and plan.
    pub fn cloudfront_plans(&self) -> &[CloudFrontPlan] {
        &self.tables.cloudfront_plans
    }

    /// Other providers' public list prices, ordered by provider and plan: one row per region and
    /// tier; not dated.
    ///
    /// A region without a row has no published price: none is made up.
    pub fn competitor_prices(&self) -> &[CompetitorPrice] {
        &self.tables.competitor_prices
    }

    /// Edge codes and the billing regions they belong to, ordered by code; not dated.
    pub fn edge_locations(&self) -> &[EdgeLocation] {
        &self.tables.edge_locations
    }

    /// How each price class bills each region, ordered by class; not dated.
    pub fn price_classes(&self) -> &[PriceClassRegion] {
        &self.tables.price_classes
    }

    /// The price cards, in the order in which they were given: later ones win.
    pub fn cards(&self) -> &[CardInfo] {
        &self.cards
    }

    /// The card that prices `service` in `month`; of several, the one that wins.
    ///
    /// A winning card may price only some keys. Each row says in its `card` which card it is from.
    ///
    /// # Errors
    /// When no card does. The error names the month and the months that are covered.
    pub fn card_for(&self, service: Service, month: Month) -> Result<&CardInfo, RatesError> {
        self.cards
            .iter()
            .rev()
            .find(|card| card.service == service && card.span().contains(month))
            .ok_or_else(|| RatesError::NoCard {
                service,
                month,
                covered: self.covered(service),
            })
    }

    /// The bucket regions that have an egress price in any month, in alphabetical order.
    pub fn s3_regions(&self) -> Vec<&str> {
        // The rows are ordered by region already.
        let mut regions: Vec<&str> = self
            .tables
            .s3_egress
            .iter()
            .map(|tier| tier.region.as_str())
            .collect();
        regions.dedup();
        regions
    }

    fn lay(&mut self, info: Option<CardInfo>, tables: Tables) -> Result<(), RatesError> {
        if let Some(info) = info {
            if let Some(namesake) = self.cards.iter().find(|card| card.name == info.name) {
                return Err(RatesError::SameName {
                    first: namesake.file.clone(),
                    second: info.file,
                    name: info.name,
                });
            }
            self.cards.push(info);
        }
        self.tables.lay_over(tables);
        Ok(())
    }

    fn refuse_overlap(&self, info: &CardInfo) -> Result<(), RatesError> {
        let overlap = self
            .cards
            .iter()
            .filter(|card| card.service == info.service)
            .find_map(|card| Some((card, card.span().first_common(info.span())?)));
        match overlap {
            None => Ok(()),
            Some((card, month)) => Err(RatesError::Overlap {
                first: card.file.clone(),
                second: info.file.clone(),
                service: info.service,
                month,
            }),
        }
    }

    fn refuse_listed_twice(&self, file: &str, card: &Tables) -> Result<(), RatesError> {
        let edge = card
            .edge_locations
            .iter()
            .map(|edge| &edge.edge_code)
            .find(|code| {
                self.tables
                    .edge_locations
                    .iter()
                    .any(|edge| edge.edge_code == **code)
            });
        let provider = card.competitor_prices.iter().find(|row| {
            self.tables
                .competitor_prices
                .iter()
                .any(|old| (&old.provider, &old.plan) == (&row.provider, &row.plan))
        });
        let class = card
            .price_classes
            .iter()
            .map(|row| &row.price_class)
            .find(|class| {
                self.tables
                    .price_classes
                    .iter()
                    .any(|row| row.price_class == **class)
            });
        let key = edge
            .map(|code| format!("edge location {code}"))
            .or_else(|| class.map(|class| format!("price class {class}")))
            .or_else(|| provider.map(|row| list_prices::key(&row.provider, row.plan.as_deref())));
        match key {
            None => Ok(()),
            Some(key) => Err(RatesError::Duplicate {
                file: file.to_owned(),
                key,
            }),
        }
    }

    /// The months that cards of `service` cover, in words.
    fn covered(&self, service: Service) -> String {
        let mut spans: Vec<Span> = self
            .cards
            .iter()
            .filter(|card| card.service == service)
            .map(CardInfo::span)
            .collect();
        spans.sort_by_key(|span| span.from);
        let mut runs: Vec<Span> = Vec::new();
        for span in spans {
            match runs.last_mut() {
                Some(run) if run.until.is_none_or(|until| span.from <= until) => {
                    // A span without end comes after all others.
                    run.until = run.until.zip(span.until).map(|(a, b)| a.max(b));
                }
                _ => runs.push(span),
            }
        }
        if runs.is_empty() {
            return "none".to_owned();
        }
        let words: Vec<String> = runs
            .iter()
            .map(|run| match run.until {
                None => format!("`{}` onwards", run.from),
                Some(until) => format!("`{}` to `{}`", run.from, until.previous()),
            })
            .collect();
        words.join(", ")
    }
}
