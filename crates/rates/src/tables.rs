//! All price tables together, and how one card is laid over what is there.

use crate::month::Span;
use crate::rows::{
    CloudFrontAllowance, CloudFrontPlan, CompetitorPrice, Dated, EdgeLocation, EgressTier,
    OriginTransferPrice, OtherPrice, PriceClassRegion, RequestPrice, S3Allowance,
};

/// Every table; a card fills some of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tables {
    pub(crate) cloudfront_egress: Vec<EgressTier>,
    pub(crate) cloudfront_requests: Vec<RequestPrice>,
    pub(crate) cloudfront_origin_transfer: Vec<OriginTransferPrice>,
    pub(crate) cloudfront_allowances: Vec<CloudFrontAllowance>,
    pub(crate) s3_egress: Vec<EgressTier>,
    pub(crate) s3_requests: Vec<RequestPrice>,
    pub(crate) s3_allowances: Vec<S3Allowance>,
    pub(crate) other_prices: Vec<OtherPrice>,
    pub(crate) cloudfront_plans: Vec<CloudFrontPlan>,
    pub(crate) competitor_prices: Vec<CompetitorPrice>,
    pub(crate) edge_locations: Vec<EdgeLocation>,
    pub(crate) price_classes: Vec<PriceClassRegion>,
}

impl Tables {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Tables::default()
    }

    /// Lays the tables of one card over these: where both price the same thing, the card wins.
    pub(crate) fn lay_over(&mut self, card: Tables) {
        // Taken apart in full, so that a new table cannot be forgotten.
        let Tables {
            cloudfront_egress,
            cloudfront_requests,
            cloudfront_origin_transfer,
            cloudfront_allowances,
            s3_egress,
            s3_requests,
            s3_allowances,
            other_prices,
            cloudfront_plans,
            competitor_prices,
            edge_locations,
            price_classes,
        } = card;
        lay_dated(&mut self.cloudfront_egress, cloudfront_egress);
        lay_dated(&mut self.cloudfront_requests, cloudfront_requests);
        lay_dated(
            &mut self.cloudfront_origin_transfer,
            cloudfront_origin_transfer,
        );
        lay_dated(&mut self.cloudfront_allowances, cloudfront_allowances);
        lay_dated(&mut self.s3_egress, s3_egress);
        lay_dated(&mut self.s3_requests, s3_requests);
        lay_dated(&mut self.s3_allowances, s3_allowances);
        lay_dated(&mut self.other_prices, other_prices);
        lay_dated(&mut self.cloudfront_plans, cloudfront_plans);
        self.competitor_prices.retain(|old| {
            competitor_prices
                .iter()
                .all(|new| (&new.provider, &new.plan) != (&old.provider, &old.plan))
        });
        self.competitor_prices.extend(competitor_prices);
        // Stable: the regions and tiers of a provider keep their order.
        self.competitor_prices
            .sort_by(|a, b| (&a.provider, &a.plan).cmp(&(&b.provider, &b.plan)));
        self.edge_locations.retain(|old| {
            edge_locations
                .iter()
                .all(|new| new.edge_code != old.edge_code)
        });
        self.edge_locations.extend(edge_locations);
        self.edge_locations
            .sort_by(|a, b| a.edge_code.cmp(&b.edge_code));
        self.price_classes.retain(|old| {
            price_classes
                .iter()
                .all(|new| new.price_class != old.price_class)
        });
        self.price_classes.extend(price_classes);
        // Stable: the regions of a class keep their order.
        self.price_classes
            .sort_by(|a, b| a.price_class.cmp(&b.price_class));
    }
}

/// Cuts out of `rows` the months that a row of `card` with the same key holds, then adds `card`.
/// All rows of `card` hold in the same months. The result is ordered by key, month and tier.
fn lay_dated<R: Dated>(rows: &mut Vec<R>, card: Vec<R>) {
    let Some(card_span) = card.first().map(Dated::span) else {
        return;
    };
    let old = std::mem::take(rows);
    for row in old {
        if card.iter().any(|new| new.key() == row.key()) {
            rows.extend(
                row.span()
                    .minus(card_span)
                    .map(|span| with_span(&row, span)),
            );
        } else {
            rows.push(row);
        }
    }
    rows.extend(card);
    // Stable: the tiers of a ladder keep their order.
    rows.sort_by(|a, b| (a.key(), a.span().from).cmp(&(b.key(), b.span().from)));
}

fn with_span<R: Dated>(row: &R, span: Span) -> R {
    let mut row = row.clone();
    row.set_span(span);
    row
}
