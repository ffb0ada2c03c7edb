//! What can be wrong with AWS's offer files.

use crate::error::RatesError;

/// Why no card could be made of offer files. Every variant names the file and the value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// No file was given.
    #[error("no offer file was given")]
    NoFile,
    /// The text is not JSON, is cut off, or is no offer file.
    #[error("could not read `{file}` as an AWS offer file")]
    Json {
        /// The offer file.
        file: String,
        /// Line, column and reason.
        #[source]
        source: serde_json::Error,
    },
    /// A product or a price does not look like one.
    #[error("could not read {what} of SKU `{sku}` in `{file}`, whose lines are counted from there")]
    Sku {
        /// The offer file.
        file: String,
        /// The product's SKU.
        sku: String,
        /// `the product` or `the price`.
        what: &'static str,
        /// The reason.
        #[source]
        source: serde_json::Error,
    },
    /// An offer that prices nothing a card can hold.
    #[error(
        "`{file}` is the offer `{offer}`; cards are made of AmazonCloudFront, or of \
         AWSDataTransfer and AmazonS3"
    )]
    UnknownOffer {
        /// The offer file.
        file: String,
        /// Its offer code.
        offer: String,
    },
    /// Offers of two services, which would be two cards.
    #[error(
        "`{file}` is the offer `{offer}` and `{first}` is `{first_offer}`: a card is for one \
         service, so import them apart"
    )]
    TwoServices {
        /// The offer file.
        file: String,
        /// Its offer code.
        offer: String,
        /// The first file.
        first: String,
        /// The first file's offer code.
        first_offer: String,
    },
    /// A name in the file has characters that no such name has.
    #[error("{what} `{value}` in `{file}` is not one")]
    Name {
        /// The offer file.
        file: String,
        /// `the version`, `the SKU` or `the publication date`.
        what: &'static str,
        /// What it is instead.
        value: String,
    },
    /// Nothing in the file is a price a card can hold.
    #[error("`{file}` ({offer}) prices nothing that a card can hold{unknown}")]
    NoProduct {
        /// The offer file.
        file: String,
        /// Its offer code.
        offer: String,
        /// The unknown locations and regions it has, in words.
        unknown: String,
    },
    /// A product has no on-demand price, or several.
    #[error("SKU `{sku}` (`{usage_type}`) in `{file}` has {count} on-demand prices, not one")]
    Terms {
        /// The offer file.
        file: String,
        /// The product's SKU.
        sku: String,
        /// The product's usage type.
        usage_type: String,
        /// The number of its prices.
        count: usize,
    },
    /// A price in another currency.
    #[error("SKU `{sku}` in `{file}` is priced in `{currency}`, not in USD")]
    Currency {
        /// The offer file.
        file: String,
        /// The product's SKU.
        sku: String,
        /// The currencies it is priced in.
        currency: String,
    },
    /// A price, a bound or a date is not what it should be.
    #[error("`{key}` of SKU `{sku}` in `{file}` is `{value}`, which is not {expected}")]
    Value {
        /// The offer file.
        file: String,
        /// The product's SKU.
        sku: String,
        /// What it is a value of.
        key: &'static str,
        /// The value as written.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The tiers of a price leave a gap, overlap, or do not reach from 0 to `Inf`.
    #[error("the tiers of SKU `{sku}` in `{file}` are not whole: {problem}")]
    Tiers {
        /// The offer file.
        file: String,
        /// The product's SKU.
        sku: String,
        /// What is wrong, with the bound.
        problem: String,
    },
    /// Two products price the same thing differently.
    #[error("SKUs `{first}` and `{second}` in `{file}` price `{key}` differently")]
    Conflict {
        /// The file of the second.
        file: String,
        /// What is priced.
        key: String,
        /// The first SKU.
        first: String,
        /// The second SKU.
        second: String,
    },
    /// The card that was made is not one, such as for a price that is out of range.
    #[error("the offer files {files} make no card")]
    Card {
        /// The offer files.
        files: String,
        /// What is wrong with it.
        #[source]
        source: Box<RatesError>,
    },
}
