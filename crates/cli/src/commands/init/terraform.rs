//! Distributions in the states of Terraform: `terraform show -json`, and the state file itself.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

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

fn read_document(state: &Kept, catalog: &mut Catalog) -> Result<(), String> {
    if state.has("DistributionList") || state.has("Distribution") {
        return Err("comes from the AWS command line: give it to --from-aws".to_owned());
    }
    if let Some(version) = state.get("format_version").text() {
        // 1.0 is what 0.2 was; a new major number means that names changed their meaning.
        let major = version.split('.').next().unwrap_or_default();
        if !["0", "1"].contains(&major) {
            return Err(format!(
                "has format_version {version:?}, and only 0.x and 1.x are known"
            ));
        }
        if state.has("planned_values") {
            return Err("is a plan: give the state, `terraform show -json` without a file".into());
        }
        read_module(state.get("values").get("root_module"), catalog);
        return Ok(());
    }
    match state.get("version") {
        Kept::Number(4) => {
            for resource in state.get("resources").items() {
                for instance in resource.get("instances").items() {
                    // A deposed one is about to be destroyed.
                    if instance.get("deposed").text().is_none() {
                        read_resource(resource, instance.get("attributes"), catalog);
                    }
                }
            }
            Ok(())
        }
        Kept::Number(version) => Err(format!(
            "is a Terraform state of version {version}, and only 4 is known: give `terraform show -json`"
        )),
        _ => Err("is no output of `terraform show -json` and no Terraform state".to_owned()),
    }
}

fn read_module(module: &Kept, catalog: &mut Catalog) {
    for resource in module.get("resources").items() {
        read_resource(resource, resource.get("values"), catalog);
    }
    for child in module.get("child_modules").items() {
        read_module(child, catalog);
    }
}

fn read_resource(resource: &Kept, values: &Kept, catalog: &mut Catalog) {
    match resource.get("type").text() {
        Some("aws_cloudfront_distribution") => {
            // What is only looked up may belong to anybody, and says little.
            if resource.get("mode").text() == Some("data") {
                return;
            }
            match distribution(values) {
                Some(found) => catalog.add(found),
                None => catalog
                    .notes
                    .push("a distribution has no id: it is not made yet".to_owned()),
            }
        }
        Some("aws_s3_bucket") => {
            let (bucket, region) = (values.get("bucket").text(), values.get("region").text());
            if let Some((bucket, region)) = bucket.zip(region) {
                catalog.buckets.insert(bucket.to_owned(), region.to_owned());
            }
        }
        _ => {}
    }
}

fn distribution(values: &Kept) -> Option<Found> {
    let text = |name| values.get(name).text().map(str::to_owned);
    let logging = values.get("logging_config");
    let bucket = logging.first().get("bucket").text();
    Some(Found {
        id: text("id")?,
        comment: text("comment"),
        aliases: values.get("aliases").texts(),
        domain: text("domain_name"),
        enabled: values.get("enabled").bool(),
        price_class: text("price_class"),
        behind: behind(values),
        logging: match bucket {
            Some(bucket) => Logging::To {
                bucket: bucket.to_owned(),
                prefix: logging
                    .first()
                    .get("prefix")
                    .text()
                    .unwrap_or_default()
                    .to_owned(),
            },
            None => Logging::Off,
        },
    })
}

/// The origin of the default behaviour, also through an origin group.
fn behind(values: &Kept) -> Option<Behind> {
    let text = |of: &Kept, name| of.get(name).text().map(str::to_owned);
    let origins = values.get("origin").items().iter().filter_map(|origin| {
        let shield = origin.get("origin_shield").first();
        let is_on = shield.get("enabled").bool() == Some(true);
        Some(Listed {
            id: text(origin, "origin_id")?,
            domain: text(origin, "domain_name")?,
            shield: text(shield, "origin_shield_region").filter(|_| is_on),
        })
    });
    let groups = values
        .get("origin_group")
        .items()
        .iter()
        .filter_map(|group| {
            let members = group.get("member").items().iter();
            let members = members.filter_map(|member| text(member, "origin_id"));
            Some((text(group, "origin_id")?, members.collect()))
        });
    let default = values.get("default_cache_behavior").first();
    let (origins, groups): (Vec<_>, Vec<_>) = (origins.collect(), groups.collect());
    Behind::of(&origins, &groups, default.get("target_origin_id").text())
}

#[cfg(test)]
mod tests {
    use super::{Catalog, Logging, read};

    fn told(text: &str) -> Result<Catalog, String> {
        let mut catalog = Catalog::default();
        read(text.as_bytes(), &mut catalog).map(|()| catalog)
    }

    const GROUP: &str = r#"{"version": 4, "resources": [{"mode": "managed",
        "type": "aws_cloudfront_distribution", "instances": [
        {"deposed": "00000001", "attributes": {"id": "EOLD"}},
        {"attributes": {"id": "E1", "enabled": true, "logging_config": [],
          "origin_group": [{"origin_id": "both", "member": [{"origin_id": "a"}, {"origin_id": "b"}]}],
          "default_cache_behavior": [{"target_origin_id": "both"}],
          "origin": [{"origin_id": "c", "domain_name": "c.example.org"},
            {"origin_id": "b", "domain_name": "b.s3.eu-west-1.amazonaws.com"},
            {"origin_id": "a", "domain_name": "a.s3.us-west-1.amazonaws.com",
             "origin_shield": [{"enabled": true, "origin_shield_region": "us-west-2"}]}]}}]}]}"#;

    #[test]
    fn the_first_of_a_group_is_the_origin() {
        let catalog = told(GROUP).unwrap();
        assert_eq!(catalog.distributions.len(), 1, "not the deposed one");
        let found = &catalog.distributions[0];
        let behind = found.behind.as_ref().unwrap();
        assert_eq!(behind.domain, "a.s3.us-west-1.amazonaws.com");
        assert_eq!(behind.shield.as_deref(), Some("us-west-2"));
        assert_eq!(behind.fallbacks, ["b.s3.eu-west-1.amazonaws.com"]);
        assert_eq!(behind.others, ["c.example.org"]);
        assert_eq!(found.logging, Logging::Off);
    }

    #[test]
    fn a_shield_that_is_off_is_none() {
        let off = GROUP.replace(
            r#"[{"enabled": true, "origin_sh"#,
            r#"[{"enabled": false, "origin_sh"#,
        );
        let catalog = told(&off).unwrap();
        assert_eq!(
            catalog.distributions[0].behind.as_ref().unwrap().shield,
            None
        );
    }

    #[test]
    fn an_empty_state_has_nothing() {
        for empty in [
            r#"{"format_version": "1.0"}"#,
            r#"{"format_version": "0.2", "terraform_version": "1.0.0", "values": {}}"#,
            r#"{"version": 4, "resources": []}"#,
        ] {
            assert_eq!(told(empty).unwrap(), Catalog::default(), "{empty}");
        }
    }

    #[test]
    fn what_is_no_state_is_refused() {
        for (text, message) in [
            (r#"{"format_version": "2.0"}"#, "format_version \"2.0\""),
            (r#"{"format_version": "10.0"}"#, "format_version"),
            (
                r#"{"format_version": "1.2", "planned_values": {}}"#,
                "is a plan",
            ),
            (r#"{"version": 3, "modules": []}"#, "version 3"),
            (r#"{"DistributionList": {}}"#, "--from-aws"),
            ("{}", "is no output of `terraform show -json`"),
            ("[]", "is no output"),
            ("\"text\"", "is no output"),
        ] {
            let error = told(text).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn odd_shapes_are_no_panic() {
        for values in [
            "null",
            "[]",
            "{}",
            r#"{"id": 5}"#,
            r#"{"id": "E1", "origin": "x"}"#,
        ] {
            let text = format!(
                r#"{{"format_version": "1.0", "values": {{"root_module": {{"resources":
                [{{"type": "aws_cloudfront_distribution", "values": {values}}}]}}}}}}"#
            );
            assert!(told(&text).is_ok(), "{values}");
        }
    }
}
