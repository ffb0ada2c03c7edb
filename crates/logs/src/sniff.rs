//! What text is that is not a CloudFront log.

use crate::errors::LogError;

/// The error for text whose first line is neither a directive, nor JSON, nor in a width that
/// CloudFront has written.
pub(crate) fn not_a_log(line: &str, n_columns: usize) -> LogError {
    let lower = line
        .get(..line.floor_char_boundary(200))
        .unwrap_or(line)
        .trim_start()
        .to_ascii_lowercase();
    let starts = |starts: &[&str]| starts.iter().any(|start| lower.starts_with(start));
    if is_syslog(&lower) && line.contains('{') {
        return LogError::OtherFormat {
            name: "a Fastly log (syslog with JSON)",
        };
    }
    if starts(&[
        "<?xml",
        "<error",
        "<!doctype",
        "<html",
        "<head",
        "<body",
        "<listbucketresult",
    ]) {
        return not("it is XML or HTML, perhaps an error page stored in its place");
    }
    if line.contains("arn:aws:elasticloadbalancing:") {
        return not("it is a log of an Elastic Load Balancer");
    }
    if starts(&["\u{1f}"]) {
        return not("it is still compressed by gzip");
    }
    if starts(&["par1"]) {
        return not("it is a Parquet file");
    }
    if n_columns > 1 {
        return LogError::UnknownColumnCount { found: n_columns };
    }
    not("its first line is neither a `#` directive, nor JSON, nor tab-separated")
}

/// JSON whose first object has no field of CloudFront's.
pub(crate) fn other_json() -> LogError {
    not("its JSON has no field of CloudFront's")
}

/// Text that starts as JSON but has no object in it.
pub(crate) fn no_json() -> LogError {
    not("it starts as JSON but none of its lines is a JSON object")
}

fn not(hint: &'static str) -> LogError {
    LogError::NotALog { hint }
}

/// Whether a line starts with a syslog priority such as `<134>`.
fn is_syslog(line: &str) -> bool {
    line.strip_prefix('<')
        .and_then(|rest| rest.split_once('>'))
        .is_some_and(|(priority, _)| {
            !priority.is_empty()
                && priority.len() <= 3
                && priority.bytes().all(|byte| byte.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: &str) {
        let n_columns = line.split('\t').count();
        assert_eq!(not_a_log(line, n_columns).to_string(), expect);
    }

    #[test]
    fn says_what_the_text_is() {
        check(
            r#"<134>2024-01-16T23:53:20Z cache s3[1]: {"bytes":1}"#,
            "not a CloudFront access log but a Fastly log (syslog with JSON), which is not supported",
        );
        check(
            "<?xml version=\"1.0\"?>",
            "not a CloudFront access log: it is XML or HTML, perhaps an error page stored in its place",
        );
        check(
            "http 2018 app/x arn:aws:elasticloadbalancing:us-east-1:4:x",
            "not a CloudFront access log: it is a log of an Elastic Load Balancer",
        );
        check(
            "a\tb",
            "no `#Fields:` line, and no known CloudFront layout has 2 columns",
        );
        check(
            "2024-01-16,23:56:42",
            "not a CloudFront access log: its first line is neither a `#` directive, nor JSON, nor tab-separated",
        );
    }
}
