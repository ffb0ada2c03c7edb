//! Functions of URLs, of their parts, and of paths.

use arrow::datatypes::DataType;
use datafusion::logical_expr::ScalarUDF;
use url::{Url, form_urlencoded};

use crate::{
    functions::decode,
    of_texts::{About, More, of_more, of_text},
};

/// All of them.
pub(crate) fn all() -> [ScalarUDF; 8] {
    [
        of_more(&PERCENT_DECODE, |text, more| {
            Some(percent_decode(text, more))
        }),
        of_text(&URL_HOST, |url| {
            Some(Url::parse(url).ok()?.host_str()?.to_owned())
        }),
        of_text(&URL_PATH, |url| Some(parsed(url)?.path().to_owned())),
        of_text(&URL_QUERY, |url| Some(parsed(url)?.query()?.to_owned())),
        of_more(&QUERY_PARAMETER, query_parameter),
        of_more(&PATH_SEGMENT, path_segment),
        of_text(&FILE_NAME, |path| Some(file_name(path)?.to_owned())),
        of_text(&FILE_EXTENSION, file_extension),
    ]
}

const PERCENT_DECODE: About = About {
    name: "percent_decode",
    syntax: "percent_decode(text [, passes])",
    gives: "The text with %41 as A. CloudFront encodes what is encoded already once more, so that two \
            passes can be needed; more than two are two. + stays a plus sign, and bytes that are no \
            UTF-8 and what is no escape stay as they are",
    example: ("percent_decode('/caf%25C3%25A9', 2)", "/café"),
    more: &[&[], &[DataType::Int64]],
};

const URL_HOST: About = About {
    name: "url_host",
    syntax: "url_host(url)",
    gives: "The host of an absolute URL in lower case, without port and user; NULL for what has none",
    example: (
        "url_host('https://Docs.example.org:8443/std/?q=vec')",
        "docs.example.org",
    ),
    more: &[&[]],
};

const URL_PATH: About = About {
    name: "url_path",
    syntax: "url_path(url)",
    gives: "The path of an absolute URL, or of one that begins with a slash, as browsers read it; NULL \
            for anything else",
    example: (
        "url_path('https://docs.example.org/std/../book/?q=vec')",
        "/book/",
    ),
    more: &[&[]],
};

const URL_QUERY: About = About {
    name: "url_query",
    syntax: "url_query(url)",
    gives: "What stands behind the question mark of a URL that url_path takes, still encoded; NULL \
            without one",
    example: ("url_query('/search?q=a%20b&page=2#top')", "q=a%20b&page=2"),
    more: &[&[]],
};

const QUERY_PARAMETER: About = About {
    name: "query_parameter",
    syntax: "query_parameter(query, name)",
    gives: "The first value of a name in a query string, decoded: + is a space here, and bytes that are \
            no UTF-8 become U+FFFD. NULL where the name is not given",
    example: ("query_parameter('q=a+b%21&page=2', 'q')", "a b!"),
    more: &[&[DataType::Utf8View]],
};

const PATH_SEGMENT: About = About {
    name: "path_segment",
    syntax: "path_segment(path, n)",
    gives: "The n-th part of a path between slashes: 1 is the first, -1 the last (empty where the path \
            ends with a slash). NULL where there are fewer",
    example: (
        "path_segment('/dist/2026-10-01/rust.tar.xz', 2)",
        "2026-10-01",
    ),
    more: &[&[DataType::Int64]],
};

const FILE_NAME: About = About {
    name: "file_name",
    syntax: "file_name(path)",
    gives: "What stands behind the last slash; NULL where nothing does",
    example: ("file_name('/dist/2026-10-01/rust.tar.xz')", "rust.tar.xz"),
    more: &[&[]],
};

const FILE_EXTENSION: About = About {
    name: "file_extension",
    syntax: "file_extension(path)",
    gives: "The extension of a file's name in lower case, without its dot: tar.gz and its like are one. \
            NULL for none: .env is a name, and the end of a version (rust-1.98.0) is no extension",
    example: ("file_extension('/dist/2026-10-01/rust.tar.xz')", "tar.xz"),
    more: &[&[]],
};

fn percent_decode(text: &str, [passes, _]: [More<'_>; 2]) -> String {
    let passes = match passes {
        More::Integer(passes) => passes.clamp(0, 2),
        _ => 1,
    };
    (0..passes).fold(text.to_owned(), |text, _| decode(&text))
}

/// A URL, or a path on some host.
fn parsed(url: &str) -> Option<Url> {
    match Url::parse(url) {
        Ok(url) => Some(url),
        Err(url::ParseError::RelativeUrlWithoutBase) if url.starts_with('/') => {
            Url::parse("http://localhost/").ok()?.join(url).ok()
        }
        Err(_) => None,
    }
}

fn query_parameter(query: &str, [name, _]: [More<'_>; 2]) -> Option<String> {
    let More::Text(name) = name else { return None };
    let query = query.strip_prefix('?').unwrap_or(query);
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs.find(|(key, _)| key == name)?;
    Some(value.into_owned())
}

fn path_segment(path: &str, [n, _]: [More<'_>; 2]) -> Option<String> {
    let More::Integer(n) = n else { return None };
    let path = path.strip_prefix('/').unwrap_or(path);
    let before = usize::try_from(n.unsigned_abs().checked_sub(1)?).ok()?;
    let segment = if n > 0 {
        path.split('/').nth(before)
    } else {
        path.rsplit('/').nth(before)
    };
    segment.map(str::to_owned)
}

fn file_name(path: &str) -> Option<&str> {
    path.rsplit('/').next().filter(|name| !name.is_empty())
}

/// The longest extension that is taken for one.
const MAX_EXTENSION: usize = 16;

fn file_extension(path: &str) -> Option<String> {
    let (stem, last) = file_name(path)?.rsplit_once('.')?;
    let is_extension = last.len() <= MAX_EXTENSION
        && last.bytes().all(|byte| byte.is_ascii_alphanumeric())
        // The last number of a version is none.
        && last.bytes().any(|byte| byte.is_ascii_alphabetic());
    if stem.is_empty() || !is_extension {
        return None;
    }
    let last = last.to_ascii_lowercase();
    let is_packed = matches!(
        last.as_str(),
        "gz" | "xz" | "bz2" | "zst" | "lz" | "lz4" | "br" | "z"
    );
    let is_archive = stem
        .rsplit_once('.')
        .is_some_and(|(name, middle)| !name.is_empty() && middle.eq_ignore_ascii_case("tar"));
    Some(if is_packed && is_archive {
        format!("tar.{last}")
    } else {
        last
    })
}

#[cfg(test)]
mod tests;
