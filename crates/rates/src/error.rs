//! What can be wrong with a price card, or with a question put to the book.

use crate::month::{Month, MonthError};
use crate::rows::Service;

/// Why a price card could not be used, or no price could be given.
///
/// Every variant about a card names the card's file. `key` is what the value is a value of, such as
/// `egress EU tier 2`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RatesError {
    /// The text is not TOML, lacks a key, or has a key or a type that cards do not have.
    #[error("could not read price card `{file}`")]
    Toml {
        /// The card's file.
        file: String,
        /// Line, column and reason.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A bound of a card's validity is not a month.
    #[error("`{key}` in price card `{file}` is `{value}`, which is not a month")]
    NotAMonth {
        /// The card's file.
        file: String,
        /// `valid_from` or `valid_until`.
        key: &'static str,
        /// What it is instead.
        value: String,
        /// Why it is not a month.
        #[source]
        source: MonthError,
    },
    /// A card holds for no month at all.
    #[error(
        "price card `{file}` holds for no month: `valid_until` `{valid_until}` is not after \
         `valid_from` `{valid_from}`"
    )]
    EmptyValidity {
        /// The card's file.
        file: String,
        /// The first month.
        valid_from: Month,
        /// The month after the last.
        valid_until: Month,
    },
    /// A card has no price, allowance, location or class.
    #[error("price card `{file}` holds no prices")]
    EmptyCard {
        /// The card's file.
        file: String,
    },
    /// A text that must say something is blank, or a list names nothing.
    #[error("`{key}` in price card `{file}` is empty")]
    Empty {
        /// The card's file.
        file: String,
        /// What is empty.
        key: String,
    },
    /// A price is not a decimal number.
    #[error("price of `{key}` in price card `{file}` is `{value}`, which is not a decimal number")]
    NotDecimal {
        /// The card's file.
        file: String,
        /// What is priced.
        key: String,
        /// The price as written.
        value: String,
        /// Why it is not a decimal.
        #[source]
        source: rust_decimal::Error,
    },
    /// A price is negative, or too high to be anything but a slip.
    #[error("price of `{key}` in price card `{file}` is `{value}`, not from 0 to below {max} USD")]
    PriceOutOfRange {
        /// The card's file.
        file: String,
        /// What is priced.
        key: String,
        /// The price as written.
        value: String,
        /// The first USD that it may not be.
        max: i64,
    },
    /// A price per many cannot be divided to a price for one without rounding.
    #[error("price of `{key}` in price card `{file}` is `{value}` per {per}, not exact for one")]
    NotExact {
        /// The card's file.
        file: String,
        /// What is priced.
        key: String,
        /// The price as written.
        value: String,
        /// The number of units it is for.
        per: i64,
    },
    /// A count is outside its range.
    #[error("`{key}` in price card `{file}` is `{value}`, not from {min} to {max}")]
    CountOutOfRange {
        /// The card's file.
        file: String,
        /// What is counted.
        key: String,
        /// The count as written.
        value: i64,
        /// The least it may be.
        min: i64,
        /// The most it may be.
        max: i64,
    },
    /// A ladder has no tiers, or absurdly many.
    #[error("`{key}` in price card `{file}` has {count} tiers, not 1 to {max}")]
    LadderLength {
        /// The card's file.
        file: String,
        /// The ladder.
        key: String,
        /// Its number of tiers.
        count: usize,
        /// The most a ladder may have.
        max: i16,
    },
    /// A ladder leaves its first GB unpriced.
    #[error("`{key}` in price card `{file}` starts at `{start_gb}` GB, not at 0")]
    LadderStart {
        /// The card's file.
        file: String,
        /// The ladder.
        key: String,
        /// Where its first tier starts, in GB.
        start_gb: i64,
    },
    /// A tier does not start above the one before it.
    #[error(
        "`{key}` in price card `{file}` starts at `{start_gb}` GB, not above the `{previous_gb}` GB \
         of the tier before"
    )]
    LadderOrder {
        /// The card's file.
        file: String,
        /// The ladder and tier.
        key: String,
        /// Where the tier starts, in GB.
        start_gb: i64,
        /// Where the tier before it starts, in GB.
        previous_gb: i64,
    },
    /// A region that AWS does not have, or that has no price.
    #[error("`{key}` in price card `{file}` names unknown region `{region}`; known are {known}")]
    UnknownRegion {
        /// The card's file.
        file: String,
        /// Where it is named.
        key: String,
        /// The region as written.
        region: String,
        /// The regions there are.
        known: String,
    },
    /// Something is priced twice in one card, or listed twice.
    #[error("`{key}` appears twice in price card `{file}`")]
    Duplicate {
        /// The card's file.
        file: String,
        /// What appears twice.
        key: String,
    },
    /// A card has a kind of price that its service does not charge, or misses one it needs.
    #[error("`{key}` in price card `{file}` is {problem} for {service}")]
    WrongForService {
        /// The card's file.
        file: String,
        /// The key.
        key: String,
        /// `missing` or `not a price`.
        problem: &'static str,
        /// The card's service.
        service: Service,
    },
    /// What a provider means by a GB is neither of the two things it can mean.
    #[error("`{key}` in price card `{file}` is `{value}`, not 1000000000 or 1073741824")]
    BytesPerGb {
        /// The card's file.
        file: String,
        /// The provider.
        key: String,
        /// The number as written.
        value: i64,
    },
    /// An edge code is not three capital letters.
    #[error("edge code `{value}` in price card `{file}` is not three capital letters")]
    EdgeCode {
        /// The card's file.
        file: String,
        /// The code as written.
        value: String,
    },
    /// A price class that CloudFront does not have.
    #[error("price class `{value}` in price card `{file}` is not one of `100`, `200`, `All`")]
    UnknownClass {
        /// The card's file.
        file: String,
        /// The class as written.
        value: String,
    },
    /// A price class bills a region as one that it does not have.
    #[error("`{key}` in price card `{file}` is `{region}`, which is not inside the class")]
    BilledOutsideClass {
        /// The card's file.
        file: String,
        /// The class and key.
        key: String,
        /// The region as written.
        region: String,
    },
    /// Two cards have one name.
    #[error("price cards `{first}` and `{second}` are both named `{name}`")]
    SameName {
        /// The file of the first card.
        first: String,
        /// The file of the second.
        second: String,
        /// Their name.
        name: String,
    },
    /// Two cards that must not price the same month do.
    #[error("price cards `{first}` and `{second}` both price {service} in `{month}`")]
    Overlap {
        /// The file of the first card.
        first: String,
        /// The file of the second.
        second: String,
        /// Their service.
        service: Service,
        /// The first month that both price.
        month: Month,
    },
    /// No card prices a service in a month.
    #[error("no price card for {service} in `{month}`; months covered: {covered}")]
    NoCard {
        /// The service asked for.
        service: Service,
        /// The month asked for.
        month: Month,
        /// The months there are cards for, in words.
        covered: String,
    },
}
