//! `truncate_ip(ip [, v4_bits, v6_bits])` and `ip_in_network(ip, network)`.

use std::net::IpAddr;

use arrow::datatypes::DataType;
use datafusion::{common::plan_err, error::Result, logical_expr::ScalarUDF};
use ipnet::IpNet;

use crate::of_texts::{About, Given, More, of_more, truth_of};

/// Both.
pub(crate) fn all() -> [ScalarUDF; 2] {
    [
        of_more(&TRUNCATE_IP, truncate_ip),
        truth_of(&IP_IN_NETWORK, ip_in_network),
    ]
}

const TRUNCATE_IP: About = About {
    name: "truncate_ip",
    syntax: "truncate_ip(ip [, v4_bits, v6_bits])",
    gives: "The network of an address: its first 24 bits, 48 of IPv6, or as many as are asked for. An \
            IPv4 address in an IPv6 coat (::ffff:192.0.2.1) is an IPv4 address. NULL for what is no \
            address, and for bits that no address has",
    example: ("truncate_ip('203.0.113.77')", "203.0.113.0/24"),
    more: &[&[], &[DataType::Int64, DataType::Int64]],
};

const IP_IN_NETWORK: About = About {
    name: "ip_in_network",
    syntax: "ip_in_network(ip, network)",
    gives: "Whether an address lies in a network such as 203.0.113.0/24 or 2001:db8::/32; a network \
            without bits is one address. NULL for what is no address; what is no network is an error",
    example: ("ip_in_network('2001:db8::7', '2001:db8::/32')", "true"),
    more: &[&[DataType::Utf8View]],
};

/// Bits of a network of IPv4 and of IPv6, as privacy settings cut addresses too.
const BITS: (u8, u8) = (24, 48);

fn address(text: &str) -> Option<IpAddr> {
    Some(text.parse::<IpAddr>().ok()?.to_canonical())
}

fn truncate_ip(text: &str, more: [More<'_>; 2]) -> Option<String> {
    let address = address(text)?;
    let bits = match (address, more) {
        (IpAddr::V4(_), [More::Integer(bits), _]) | (IpAddr::V6(_), [_, More::Integer(bits)]) => {
            u8::try_from(bits).ok()?
        }
        (IpAddr::V4(_), _) => BITS.0,
        (IpAddr::V6(_), _) => BITS.1,
    };
    Some(IpNet::new(address, bits).ok()?.trunc().to_string())
}

fn ip_in_network(given: Given<'_>) -> Result<Option<bool>> {
    let More::Text(text) = given.more[0] else {
        return Ok(None);
    };
    let network = text.parse::<IpNet>().ok();
    let Some(network) = network.or_else(|| Some(IpNet::from(address(text)?))) else {
        return plan_err!(
            "`{}` is no network: write it like 203.0.113.0/24 or 2001:db8::/32",
            text.escape_debug()
        );
    };
    let address = given.text.and_then(address);
    Ok(address.map(|address| network.contains(&address)))
}

#[cfg(test)]
mod tests;
