//! Strings that mean harm, as logs may hold them.

/// Ways out of where a text may stand.
const WAYS_OUT: [&str; 16] = [
    "",
    "\">",
    "'>",
    "-->",
    "]]>",
    "</title>",
    "</style>",
    "</text></svg>",
    "</title></path></svg>",
    "</desc></svg>",
    "</code></pre></details>",
    "</bdi></td></tr></tbody></table>",
    "</caption></table></div>",
    "</figcaption></figure>",
    "</dd></div></dl>",
    "</h2></section></main>",
];

/// What comes then.
const ATTACKS: [&str; 8] = [
    "<script>window.harmed=1</script>",
    "<img src=x onerror=window.harmed=1>",
    "<svg onload=window.harmed=1>",
    "<iframe src=//evil.example></iframe>",
    "<style>body{display:none}</style>",
    "<a href=javascript:window.harmed=1>x</a>",
    " onmouseover=window.harmed=1 x=",
    "<h1 id=content class=skip>x</h1>",
];

/// All of them.
pub(crate) fn payloads() -> Vec<String> {
    let listed: Vec<String> = serde_json::from_str(include_str!("payloads.json")).unwrap();
    let made = WAYS_OUT
        .iter()
        .flat_map(|way| ATTACKS.iter().map(move |attack| format!("{way}{attack}")));
    listed.into_iter().chain(made).collect()
}
