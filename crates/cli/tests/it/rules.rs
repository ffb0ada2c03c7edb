//! The sample by its rules. What is expected was counted by a script of its own over the log files:
//! tab-separated columns by each `#Fields:` line (one file is JSON lines), rows of October 2026
//! without the rejected ones, paths with one layer of percent-encoding taken off, and the rules of
//! `sample-logs/rules.toml` tried in order. Its totals are those of `truth.json`.

use crate::run::{run, sample_lake};

fn asked(query: &str) -> String {
    run(&[
        "sql",
        "--lake",
        sample_lake(),
        "--config",
        "sample-logs/edgeledger.toml",
        "--format",
        "csv",
        query,
    ])
    .expect(0)
}

/// Three of the docs' rows are from a log whose fields leave the cache result out.
#[test]
fn legacy_urls_of_the_sample() {
    assert_eq!(
        asked(
            "SELECT name, legacy_rule, requests, response_bytes, edge_requests FROM legacy_urls \
             WHERE month = '2026-10' ORDER BY distribution, rule_order"
        ),
        "name,legacy_rule,requests,response_bytes,edge_requests\n\
         releases,installer,32,12440,32\n\
         releases,doc-master,74,29708,74\n\
         releases,dated-listing,0,0,0\n\
         crates,api-download,547,222538,547\n\
         docs,doc-prefix,38,15548,35\n"
    );
}

#[test]
fn path_groups_of_the_sample() {
    assert_eq!(
        asked(
            "SELECT name, path_group, is_immutable, requests, response_bytes \
             FROM path_group_traffic WHERE month = '2026-10' ORDER BY distribution, path_group"
        ),
        "name,path_group,is_immutable,requests,response_bytes\n\
         releases,channel manifests,false,883,436963262\n\
         releases,dated toolchains,true,7769,1110087037237\n\
         releases,other,false,106,42148\n\
         releases,rustup,false,78,35466\n\
         releases,rustup archive,true,201,3184310344\n\
         crates,other,false,549,568113\n\
         crates,package files,true,8924,764107800\n\
         index,index,false,3505,5688353\n\
         index,index configuration,false,253,147854\n\
         index,other,false,6,3846\n\
         www,API,false,1155,14144665\n\
         www,hashed assets,true,361,148877174\n\
         www,other,false,375,874525\n\
         docs,hashed assets,true,502,43499494\n\
         docs,manuals,false,870,462980792\n\
         docs,other,false,38,15548\n"
    );
}

#[test]
fn content_types_and_sizes_of_the_sample() {
    assert_eq!(
        asked(
            "SELECT content_type, requests, response_bytes FROM content_types \
             WHERE month = '2026-10' ORDER BY content_type"
        ),
        "content_type,requests,response_bytes\n\
         -,3403,15434795669\n\
         application/gzip,8654,756627369\n\
         application/json,957,13695028\n\
         application/toml,550,429704008\n\
         application/x-msi,662,140442737389\n\
         application/x-xz,6775,954402419420\n\
         application/xml,558,361518\n\
         binary/octet-stream,190,3097800475\n\
         font/woff2,108,14384376\n\
         text/css,101,5333912\n\
         text/html,606,25605054\n\
         text/javascript,656,520657476\n\
         text/plain,2355,5174927\n"
    );
    assert_eq!(
        asked(
            "SELECT from_bytes, requests, response_bytes FROM object_sizes \
             WHERE month = '2026-10' ORDER BY from_bytes"
        ),
        "from_bytes,requests,response_bytes\n\
         0,1486,1033217\n\
         1024,1137,2391884\n\
         4096,2797,26888698\n\
         16384,4044,139910230\n\
         65536,3374,466753173\n\
         262144,1492,807857346\n\
         1048576,238,762298006\n\
         4194304,476,5365813107\n\
         16777216,1125,30430329518\n\
         67108864,5484,1056730310306\n"
    );
}

#[test]
fn clients_of_the_sample() {
    assert_eq!(
        asked(
            "SELECT user_agent_family, client_kind, requests FROM user_agents \
             WHERE month = '2026-10' AND client_kind NOT IN ('browser', 'bot') \
             ORDER BY user_agent_family"
        ),
        "user_agent_family,client_kind,requests\n\
         bazel,package-manager,112\n\
         cargo,package-manager,11962\n\
         curl,tool,2670\n\
         nix,package-manager,573\n\
         none,other,164\n\
         other,other,12\n\
         other-ci,ci,165\n\
         panamax,mirror,220\n\
         python-requests,tool,438\n\
         rustup,package-manager,5614\n\
         wget,tool,898\n"
    );
    // What begins with Mozilla.
    assert_eq!(
        asked(
            "SELECT sum(requests) AS requests FROM client_kinds \
             WHERE month = '2026-10' AND client_kind IN ('browser', 'bot')"
        ),
        "requests\n2747\n"
    );
}

#[test]
fn top_paths_of_the_sample() {
    assert_eq!(
        asked(
            "SELECT name, count(*) AS paths, sum(response_bytes) AS response_bytes FROM top_paths \
             WHERE month = '2026-10' GROUP BY distribution, name ORDER BY distribution"
        ),
        "name,paths,response_bytes\n\
         releases,50,690860710378\n\
         crates,50,135473456\n\
         index,50,4268285\n\
         www,50,159497913\n\
         docs,37,506495834\n"
    );
    assert_eq!(
        asked(
            "SELECT place, path, requests, response_bytes FROM top_paths \
             WHERE month = '2026-10' AND name = 'releases' AND place IN (1, 50) ORDER BY place"
        ),
        "place,path,requests,response_bytes\n\
         1,/dist/2026-10-01/rust-1.98.0-x86_64-unknown-linux-gnu.tar.xz,767,156256181231\n\
         50,/dist/2026-10-16/rust-nightly-aarch64-unknown-linux-gnu.tar.xz,20,4537563455\n"
    );
}

/// Rows, bytes and cents of every part sum to the month's.
#[test]
fn parts_of_the_sample_sum_to_its_total() {
    let month =
        asked("SELECT usd FROM monthly_cost WHERE month = '2026-10' AND side = 'cloudfront'");
    let usd = month.lines().nth(1).unwrap();
    for view in [
        "path_group_traffic",
        "content_types",
        "user_agents",
        "client_kinds",
        "countries",
    ] {
        assert_eq!(
            asked(&format!(
                "SELECT sum(requests) AS n, sum(response_bytes) AS b, sum(cloudfront_usd) AS usd \
                 FROM {view} WHERE month = '2026-10'"
            )),
            format!("n,b,usd\n25575,1115149296621,{usd}\n"),
            "{view}"
        );
    }
    // One log file of the sample has countries.
    assert_eq!(
        asked("SELECT country, requests FROM countries WHERE month = '2026-10' ORDER BY country"),
        "country,requests\n-,25486\nCA,7\nDE,9\nFR,12\nGB,35\nSG,11\nUS,15\n"
    );
}

#[test]
fn the_example_rules_load_and_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    let rules = edgeledger_testkit::repo_root().join("queries/rules/rust.toml");
    std::fs::copy(rules, dir.path().join("rust.toml")).unwrap();
    let config = dir.path().join("edgeledger.toml");
    let mut text = String::from("rules = [\"rust.toml\"]\n");
    for (id, name) in [
        ("E1", "releases"),
        ("E2", "docs"),
        ("E3", "crates"),
        ("E4", "index"),
        ("E5", "win"),
    ] {
        text.push_str("[[distribution]]\nid = \"");
        text.push_str(id);
        text.push_str("\"\nname = \"");
        text.push_str(name);
        text.push_str("\"\n");
    }
    std::fs::write(&config, text).unwrap();
    let config = config.to_str().unwrap();
    let shown = run(&["config", "show", "--config", config]).expect(0);
    assert!(shown.contains("rust.toml\n"), "{shown}");
    assert!(
        shown.contains("rules of URLs: 15 for legacy URLs, 17 path groups\n"),
        "{shown}"
    );
    for (call, expected) in [
        ("legacy_rule('E1', '/dist/2026-10-01/')", "S1"),
        ("legacy_rule('E1', '/rustup.sh')", "S2"),
        ("legacy_rule('E1', '/doc/master/std/')", "S3"),
        ("legacy_rule('E2', '/')", "D1"),
        ("legacy_rule('E2', '/1.85/std/')", "D3"),
        ("coalesce(legacy_rule('E2', '/1.85.0/std/'), '-')", "-"),
        ("legacy_rule('E2', '/random/')", "D4"),
        ("legacy_rule('E2', '/nightly/trpl/x')", "D5"),
        ("legacy_rule('E2', '/rustonomicon/')", "D6"),
        ("legacy_rule('E2', '/master/std/')", "D7"),
        ("legacy_rule('E2', '/doc/std/')", "D8"),
        ("legacy_rule('E3', '/crates/a/a-1.0.0+1.crate')", "C1"),
        (
            "coalesce(legacy_rule('E3', '/crates/a/a-1.0.0%252B1.crate'), '-')",
            "-",
        ),
        ("legacy_rule('E3', '/archive/version-downloads')", "C3"),
        ("legacy_rule('E3', '/crates/serde/1.0.0/download')", "C4"),
        ("legacy_rule('E5', '/x86_64')", "W1"),
        (
            "path_group('E1', '/dist/2026-10-01/rustc.tar.xz')",
            "dated toolchains",
        ),
    ] {
        let answer = run(&[
            "sql",
            "--config",
            config,
            "--lake",
            sample_lake(),
            "--format",
            "csv",
            &format!("SELECT {call} AS x"),
        ])
        .expect(0);
        assert_eq!(answer, format!("x\n{expected}\n"), "{call}");
    }
}
