//! What is hidden before a row is stored: client addresses, secrets, whole columns.

use std::borrow::Cow;
use std::sync::Arc;

use thiserror::Error;

use crate::address;
use crate::columns::{COLUMNS, N_VALUES, is_null};
use crate::errors::escaped;
use crate::redact::{
    MAX_NAME_BYTES, Names, REDACTED, Syntax, has_no_signs, is_of_a_name, normalized, redact,
};

/// What becomes of the addresses of clients, in `client_ip` and `forwarded_for`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ClientIp {
    /// Stored as logged.
    #[default]
    Keep,
    /// IPv4 to its /24, IPv6 to its /48. What is not an address becomes null.
    Truncate,
    /// Null, and `client_port` too.
    Drop,
}

/// Whether the values of secret parameters are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redaction {
    /// Stored as logged.
    Off,
    /// `REDACTED` is stored in the place of each value.
    On {
        /// Names beyond [`REDACTED_PARAMETERS`]: letters, digits, `-` and `_`.
        extra_names: Vec<String>,
    },
}

impl Default for Redaction {
    fn default() -> Self {
        Redaction::On {
            extra_names: Vec::new(),
        }
    }
}

/// The choices that make a [`Privacy`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrivacySettings {
    /// What becomes of the addresses of clients.
    pub client_ip: ClientIp,
    /// Whether the values of secret parameters are stored.
    pub redaction: Redaction,
    /// Columns to store as null, of [`droppable_columns`].
    pub drop_columns: Vec<String>,
}

/// Settings that cannot be followed. Names are escaped and shortened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PrivacyError {
    /// A column to drop that is not there.
    #[error("no column `{name}` (columns that can be dropped: {})", list())]
    UnknownColumn {
        /// The name as given.
        name: String,
    },
    /// A column to drop that numbers of reports, or the place of a row, depend on.
    #[error(
        "column `{name}` is needed by reports (columns that can be dropped: {})",
        list()
    )]
    NeededColumn {
        /// The name of the column.
        name: String,
    },
    /// A parameter name that no parameter can match.
    #[error(
        "bad parameter name `{name}` (letters, digits, `-` and `_`, at most {MAX_NAME_BYTES}; \
         for `a[b]` and `a.b` give `b`)"
    )]
    BadParameter {
        /// The name as given.
        name: String,
    },
}

fn list() -> String {
    droppable_columns().collect::<Vec<_>>().join(", ")
}

/// Parameters whose values are redacted by default. Letter case, `-` and `_` make no difference:
/// `api_key` is also `apiKey` and `API-KEY`.
///
/// `key`, `id`, `user` and the like are not here: they are common and mostly harmless.
pub const REDACTED_PARAMETERS: &[&str] = &[
    // Signed URLs and cookies of CloudFront, and of the stores behind it.
    "Policy",
    "Signature",
    "Key-Pair-Id",
    "CloudFront-Policy",
    "CloudFront-Signature",
    "CloudFront-Key-Pair-Id",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "AWSAccessKeyId",
    "X-Goog-Signature",
    "X-Goog-Credential",
    "sig",
    // Tokens, codes and keys.
    "token",
    "access_token",
    "id_token",
    "refresh_token",
    "auth_token",
    "session_token",
    "private_token",
    "api_token",
    "auth",
    "authorization",
    "api_key",
    "x-api-key",
    "client_secret",
    "secret",
    "code",
    "jwt",
    // Passwords and sessions.
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "session",
    "session_id",
    "jsessionid",
    "phpsessid",
    // Persons.
    "email",
];

/// Columns that reports and the place of a row in the lake depend on: what the views of traffic,
/// hits and cost read, and `cdn_host`, which names the distribution where the object does not.
const NEEDED_COLUMNS: [&str; 14] = [
    "time",
    "edge_location",
    "response_bytes",
    "method",
    "cdn_host",
    "status",
    "result_type",
    "protocol",
    "request_bytes",
    "response_result_type",
    "detailed_result_type",
    "content_type",
    "content_length",
    "log_line",
];
const EXTRA: &str = "extra";

/// The columns that can be dropped, in the order of the schema: no traffic and no cost of a report
/// depends on them. Its chapters about paths, clients and times need them.
pub fn droppable_columns() -> impl Iterator<Item = &'static str> {
    COLUMNS
        .iter()
        .map(|column| column.name)
        .filter(|name| !NEEDED_COLUMNS.contains(name))
        .chain([EXTRA])
}

/// What is hidden before a row is stored. Cheap to clone.
///
/// The default keeps addresses and all columns, and redacts [`REDACTED_PARAMETERS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privacy(Arc<Rules>);

#[derive(Debug, PartialEq, Eq)]
struct Rules {
    names: Option<Names>,
    /// By value column.
    treatments: [Treatment; N_VALUES],
    /// The value columns whose treatment is not to keep them.
    treated: Vec<usize>,
    /// Of fields without a column.
    unknown: Treatment,
    hides_addresses: bool,
    drops_extra: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Treatment {
    Keep,
    Drop,
    Address,
    Addresses,
    Redact(Syntax),
    /// Whatever may be in it.
    Unknown,
}

/// What is stored in the place of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    AsIs,
    Null,
    Text(String),
}

impl Default for Privacy {
    fn default() -> Self {
        let names = Names::new(REDACTED_PARAMETERS.iter().copied());
        Privacy::with_rules(ClientIp::Keep, Some(names), &[])
    }
}

impl Privacy {
    /// What the settings ask for.
    ///
    /// # Errors
    ///
    /// When a column is unknown or needed, or a name of a parameter cannot match any.
    pub fn new(settings: &PrivacySettings) -> Result<Self, PrivacyError> {
        let names = match &settings.redaction {
            Redaction::Off => None,
            Redaction::On { extra_names } => {
                if let Some(name) = extra_names.iter().find(|name| !is_parameter(name)) {
                    let name = escaped(name, MAX_NAME_BYTES);
                    return Err(PrivacyError::BadParameter { name });
                }
                let extra_names = extra_names.iter().map(String::as_str);
                Some(Names::new(
                    REDACTED_PARAMETERS.iter().copied().chain(extra_names),
                ))
            }
        };
        for name in &settings.drop_columns {
            if droppable_columns().any(|column| column == name) {
                continue;
            }
            let is_needed = NEEDED_COLUMNS.contains(&name.as_str());
            let name = escaped(name, MAX_NAME_BYTES);
            return Err(if is_needed {
                PrivacyError::NeededColumn { name }
            } else {
                PrivacyError::UnknownColumn { name }
            });
        }
        Ok(Privacy::with_rules(
            settings.client_ip,
            names,
            &settings.drop_columns,
        ))
    }

    fn with_rules(client_ip: ClientIp, names: Option<Names>, dropped: &[String]) -> Self {
        let is_dropped = |name: &str| dropped.iter().any(|dropped| dropped == name);
        let is_on = names.is_some();
        let mut treatments = [Treatment::Keep; N_VALUES];
        for (column, treatment) in COLUMNS.iter().zip(&mut treatments) {
            *treatment = match (column.name, client_ip) {
                (name, _) if is_dropped(name) => Treatment::Drop,
                ("client_ip" | "forwarded_for" | "client_port", ClientIp::Drop) => Treatment::Drop,
                ("client_ip", ClientIp::Truncate) => Treatment::Address,
                ("forwarded_for", ClientIp::Truncate) => Treatment::Addresses,
                ("query", _) if is_on => Treatment::Redact(Syntax::Query),
                ("cookie", _) if is_on => Treatment::Redact(Syntax::Cookie),
                ("path" | "referrer", _) if is_on => Treatment::Redact(Syntax::Url),
                _ => Treatment::Keep,
            };
        }
        let hides_addresses = client_ip != ClientIp::Keep;
        let treated = treatments
            .iter()
            .enumerate()
            .filter(|(_, treatment)| **treatment != Treatment::Keep)
            .map(|(slot, _)| slot);
        Privacy(Arc::new(Rules {
            treated: treated.collect(),
            treatments,
            unknown: if is_on || hides_addresses {
                Treatment::Unknown
            } else {
                Treatment::Keep
            },
            hides_addresses,
            drops_extra: is_dropped(EXTRA),
            names,
        }))
    }

    /// The cells that are read and whose text is not stored as it is, by slot, and what is: nothing
    /// for null.
    pub(crate) fn hide(
        &self,
        values: &[&str; N_VALUES],
        is_read: impl Fn(usize) -> bool,
    ) -> Vec<(usize, String)> {
        let mut hidden = Vec::new();
        for slot in self.0.treated.iter().filter(|slot| is_read(**slot)) {
            let text = values.get(*slot).copied().unwrap_or_default();
            if is_null(text) {
                continue;
            }
            match self.stored_by(self.treatment(Some(*slot)), text) {
                Stored::AsIs => {}
                Stored::Null => hidden.push((*slot, String::new())),
                Stored::Text(text) => hidden.push((*slot, text)),
            }
        }
        hidden
    }

    /// Whether text of a value column may be stored as something else than it is.
    pub(crate) fn treats(&self, slot: usize) -> bool {
        self.treatment(Some(slot)) != Treatment::Keep
    }

    /// Whether text of a value column is stored as it is, as far as a quick look can tell.
    #[inline]
    pub(crate) fn leaves(&self, slot: usize, text: &[u8]) -> bool {
        let is_redacted = matches!(
            self.treatment(Some(slot)),
            Treatment::Redact(Syntax::Query | Syntax::Cookie | Syntax::Url)
        );
        is_redacted && has_no_signs(text)
    }

    /// What is stored of a text of a value column that is not null.
    pub(crate) fn stored_in(&self, slot: usize, text: &str) -> Stored {
        self.stored_by(self.treatment(Some(slot)), text)
    }

    /// What `extra` holds of a text: of a copy of a value column, or of a field without one.
    pub(crate) fn stored(&self, slot: Option<usize>, name: &str, text: &str) -> Stored {
        let treatment = self.treatment(slot);
        if self.is_listed(slot, name) && !is_null(text) {
            return Stored::Text(REDACTED.to_owned());
        }
        match (treatment, slot) {
            // A number that is none may be any text: columns were mixed up.
            (Treatment::Keep, Some(_)) => self.stored_by(self.0.unknown, text),
            _ => self.stored_by(treatment, text),
        }
    }

    /// Whether a field without a column has a listed name.
    pub(crate) fn is_listed(&self, slot: Option<usize>, name: &str) -> bool {
        let names = self.0.names.as_ref();
        slot.is_none() && names.is_some_and(|names| names.lists_field(name))
    }

    /// Whether fields without a column may hold something to hide.
    pub(crate) fn looks_into_unknown(&self) -> bool {
        self.0.unknown != Treatment::Keep
    }

    /// Whether nothing of a column, or of `extra`, is stored.
    pub(crate) fn drops(&self, slot: Option<usize>) -> bool {
        self.0.drops_extra || self.treatment(slot) == Treatment::Drop
    }

    fn treatment(&self, slot: Option<usize>) -> Treatment {
        slot.and_then(|slot| self.0.treatments.get(slot))
            .copied()
            .unwrap_or(self.0.unknown)
    }

    fn stored_by(&self, treatment: Treatment, text: &str) -> Stored {
        let truncated = match treatment {
            Treatment::Keep => return Stored::AsIs,
            Treatment::Drop => None,
            Treatment::Address => address::truncated(text),
            Treatment::Addresses => address::truncated_list(text),
            Treatment::Redact(syntax) => {
                return self
                    .redacted(text, syntax, false)
                    .map_or(Stored::AsIs, Stored::Text);
            }
            Treatment::Unknown => {
                return match self.masked(text, false, self.0.hides_addresses) {
                    Cow::Borrowed(_) => Stored::AsIs,
                    Cow::Owned(text) => Stored::Text(text),
                };
            }
        };
        truncated.map_or(Stored::Null, Stored::Text)
    }

    fn redacted(&self, text: &str, syntax: Syntax, is_cut: bool) -> Option<String> {
        redact(text, syntax, self.0.names.as_ref()?, is_cut)
    }

    fn masked<'a>(&self, text: &'a str, is_cut: bool, hides_addresses: bool) -> Cow<'a, str> {
        let text = self
            .redacted(text, Syntax::Free, is_cut)
            .map_or(Cow::Borrowed(text), Cow::Owned);
        if !hides_addresses {
            return text;
        }
        match address::masked(&text, is_cut) {
            Some(masked) => Cow::Owned(masked),
            None => text,
        }
    }

    /// The name of a field, which is log content like any.
    pub(crate) fn field_name<'a>(&self, name: &'a str) -> Cow<'a, str> {
        self.masked(name, false, true)
    }

    /// At most `max_chars` of a text for a message. Addresses are masked whatever the policy, so
    /// that rejects hold nothing that has to be erased. `is_cut` says that the text goes on.
    pub(crate) fn quoted(&self, text: &str, max_chars: usize, is_cut: bool) -> String {
        let head = text
            .get(..text.floor_char_boundary(MAX_QUOTED_BYTES))
            .unwrap_or(text);
        let is_cut = is_cut || head.len() < text.len();
        let text = self.masked(head, is_cut, true);
        let mut quoted = escaped(&text, max_chars);
        if is_cut && !quoted.ends_with('…') {
            quoted.push('…');
        }
        quoted
    }

    /// A value for a message.
    pub(crate) fn short(&self, text: &str) -> String {
        self.quoted(text, 40, false)
    }
}

/// How much of a text is looked at to quote it: 80 characters of 4 bytes.
const MAX_QUOTED_BYTES: usize = 320;

fn is_parameter(name: &str) -> bool {
    name.bytes().all(is_of_a_name) && (1..=MAX_NAME_BYTES).contains(&normalized(name).len())
}

#[cfg(test)]
mod tests;
