//! Distributions in the answers of the AWS command line: `aws cloudfront list-distributions` and
//! `get-distribution`.

use super::{
    found::{Behind, Catalog, Found, Listed, Logging},
    kept::{Kept, documents},
};

/// Adds what a file tells. The error is a sentence without its subject, the file.
pub(super) fn read(bytes: &[u8], catalog: &mut Catalog) -> Result<(), String> {
    for document in documents(bytes)? {
        read_document(&document, catalog)?;
    }
    Ok(())
}

fn read_document(answer: &Kept, catalog: &mut Catalog) -> Result<(), String> {
    if let Kept::List(answers) = answer {
        return answers
            .iter()
            .try_for_each(|answer| read_document(answer, catalog));
    }
    if answer.has("format_version") || answer.has("resources") {
        return Err("comes from Terraform: give it to --from-terraform".to_owned());
    }
    if answer.has("NextToken")
        || answer.get("DistributionList").get("IsTruncated").bool() == Some(true)
    {
        catalog
            .notes
            .push("the list of distributions is cut: there are more than it holds".to_owned());
    }
    let whole = answer.get("Distribution");
    if whole.has("DistributionConfig") {
        add(whole, whole.get("DistributionConfig"), catalog);
    } else if answer.has("DistributionList") {
        for summary in answer.get("DistributionList").get("Items").items() {
            add(summary, summary, catalog);
        }
    } else if answer.has("Id") && answer.has("Origins") {
        // One of a list, as `--query DistributionList.Items` prints them.
        add(answer, answer, catalog);
    } else if answer.has("DistributionConfig") {
        return Err(
            "comes from get-distribution-config, which does not tell the id: take get-distribution"
                .to_owned(),
        );
    } else {
        return Err(
            "is no output of `aws cloudfront list-distributions` or get-distribution".into(),
        );
    }
    Ok(())
}

/// Adds a distribution: `named` has its id and domain, `config` all else.
fn add(named: &Kept, config: &Kept, catalog: &mut Catalog) {
    let text = |of: &Kept, name| of.get(name).text().map(str::to_owned);
    let Some(id) = text(named, "Id") else {
        catalog.notes.push("a distribution has no id".to_owned());
        return;
    };
    let logging = config.get("Logging");
    let logging = match (logging.get("Enabled").bool(), text(logging, "Bucket")) {
        // Lists do not tell of logging at all.
        (None, None) => Logging::Unknown,
        (Some(true), Some(bucket)) => Logging::To {
            bucket,
            prefix: text(logging, "Prefix").unwrap_or_default(),
        },
        _ => Logging::Off,
    };
    catalog.add(Found {
        id,
        comment: text(config, "Comment"),
        aliases: config.get("Aliases").get("Items").texts(),
        domain: text(named, "DomainName"),
        enabled: config.get("Enabled").bool(),
        price_class: text(config, "PriceClass"),
        behind: behind(config),
        logging,
    });
}

/// The origin of the default behaviour, also through an origin group.
fn behind(config: &Kept) -> Option<Behind> {
    let text = |of: &Kept, name| of.get(name).text().map(str::to_owned);
    let items = |name| config.get(name).get("Items").items().iter();
    let origins = items("Origins").filter_map(|origin| {
        let shield = origin.get("OriginShield");
        let is_on = shield.get("Enabled").bool() == Some(true);
        Some(Listed {
            id: text(origin, "Id")?,
            domain: text(origin, "DomainName")?,
            shield: text(shield, "OriginShieldRegion").filter(|_| is_on),
        })
    });
    let groups = items("OriginGroups").filter_map(|group| {
        let members = group.get("Members").get("Items").items().iter();
        let members = members.filter_map(|member| text(member, "OriginId"));
        Some((text(group, "Id")?, members.collect()))
    });
    let default = config.get("DefaultCacheBehavior");
    let (origins, groups): (Vec<_>, Vec<_>) = (origins.collect(), groups.collect());
    Behind::of(&origins, &groups, default.get("TargetOriginId").text())
}

#[cfg(test)]
mod tests {
    use super::{Catalog, Logging, read};

    fn told(text: &str) -> Result<Catalog, String> {
        let mut catalog = Catalog::default();
        read(text.as_bytes(), &mut catalog).map(|()| catalog)
    }

    #[test]
    fn lists_and_single_answers_complete_each_other() {
        let text = r#"
            {"DistributionList": {"Items": [{"Id": "E1", "Comment": "releases", "Origins": {}}]}}
            {"ETag": "E2QWRUHEXAMPLE", "Distribution": {"Id": "E1", "DistributionConfig":
              {"Logging": {"Enabled": true, "Bucket": "logs.s3.amazonaws.com", "Prefix": "cdn"}}}}
            {"Distribution": {"Id": "E2", "DistributionConfig":
              {"Logging": {"Enabled": false, "Bucket": "", "Prefix": ""}}}}"#;
        let found = told(text).unwrap().distributions;
        assert_eq!(found[0].comment.as_deref(), Some("releases"));
        assert_eq!(
            found[0].logging,
            Logging::To {
                bucket: "logs.s3.amazonaws.com".to_owned(),
                prefix: "cdn".to_owned()
            }
        );
        assert_eq!(found[1].logging, Logging::Off);
    }

    #[test]
    fn a_list_does_not_tell_of_logging() {
        for text in [
            r#"{"DistributionList": {"Items": [{"Id": "E1", "Origins": {}}]}}"#,
            r#"[{"Id": "E1", "Origins": {}}]"#,
        ] {
            let found = told(text).unwrap().distributions;
            assert_eq!(found[0].logging, Logging::Unknown);
        }
        let empty = told(r#"{"DistributionList": {"Quantity": 0, "IsTruncated": false}}"#);
        assert_eq!(empty.unwrap(), Catalog::default());
    }

    #[test]
    fn a_list_that_is_cut_is_said_to_be() {
        for text in [
            r#"{"NextToken": "x", "DistributionList": {"Items": []}}"#,
            r#"{"DistributionList": {"IsTruncated": true, "Items": []}}"#,
        ] {
            assert!(told(text).unwrap().notes[0].contains("is cut"));
        }
    }

    #[test]
    fn other_answers_are_refused() {
        for (text, message) in [
            (r#"{"DistributionConfig": {}}"#, "take get-distribution"),
            (r#"{"format_version": "1.0"}"#, "--from-terraform"),
            (r#"{"version": 4, "resources": []}"#, "--from-terraform"),
            ("{}", "is no output of `aws cloudfront"),
            ("7", "is no output of `aws cloudfront"),
        ] {
            let error = told(text).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
