//! `[privacy]` of the settings file, and the flags over it.

use edgeledger_ingest::{ClientIp, Privacy, PrivacySettings, Redaction};
use serde::Deserialize;

use crate::{
    args::{ClientIpArg, PrivacyArgs},
    exit::UsageError,
};

/// `[privacy]` as written.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FilePrivacy {
    client_ip: Option<ClientIpArg>,
    redact: Option<bool>,
    redact_parameters: Vec<String>,
    drop_columns: Vec<String>,
}

impl FilePrivacy {
    /// What is in force without flags.
    pub(crate) fn in_words(&self) -> String {
        let client_ip = match self.client_ip {
            None | Some(ClientIpArg::Keep) => "kept",
            Some(ClientIpArg::Truncate) => "truncated",
            Some(ClientIpArg::Drop) => "dropped",
        };
        let mut words = format!("client addresses {client_ip}, secrets in query strings ");
        if self.redact == Some(false) {
            words.push_str("kept");
        } else {
            words.push_str("redacted");
            for name in &self.redact_parameters {
                words.push_str(", ");
                words.push_str(name);
                words.push_str(" too");
            }
        }
        for name in &self.drop_columns {
            words.push_str(", column ");
            words.push_str(name);
            words.push_str(" dropped");
        }
        words
    }

    /// The file's policy with the flags over it; lists add up.
    pub(crate) fn with(&self, args: &PrivacyArgs) -> anyhow::Result<Privacy> {
        let client_ip = match args.client_ip.or(self.client_ip) {
            None | Some(ClientIpArg::Keep) => ClientIp::Keep,
            Some(ClientIpArg::Truncate) => ClientIp::Truncate,
            Some(ClientIpArg::Drop) => ClientIp::Drop,
        };
        let both = |file: &[String], flags: &[String]| [file, flags].concat();
        let redaction = if args.no_redact || (self.redact == Some(false) && args.redact.is_empty())
        {
            Redaction::Off
        } else {
            Redaction::On {
                extra_names: both(&self.redact_parameters, &args.redact),
            }
        };
        let settings = PrivacySettings {
            client_ip,
            redaction,
            drop_columns: both(&self.drop_columns, &args.drop_column),
        };
        Ok(Privacy::new(&settings).map_err(|error| UsageError::new(error.to_string()))?)
    }
}
