//! What errors may not say.

use std::{collections::BTreeSet, time::Duration};

use edgeledger_source::{Aws, Credentials, Limits, Source, SourceError};
use edgeledger_testkit::s3_server::{Fault, Rule};

use crate::world::{LIMITS, World, get, texts};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

#[tokio::test]
async fn errors_hold_no_secret_no_token_and_no_signature() {
    let world = World::start().await;
    let good = world.source(LIMITS).await;
    let object = world.object(&good, b"x").await;
    let token = "IQoJb3JpZ2luX2VjEXAMPLETOKEN".repeat(12);
    let limits = Limits {
        idle: Duration::from_millis(300),
        max_attempts: 2,
        ..LIMITS
    };
    let mut settings = world.settings(limits);
    settings.credentials = Some(Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: SECRET.to_owned(),
        session_token: Some(token.clone()),
    });
    let source = Source::open("s3://logs/x/", &Aws::new(settings)).await;
    let source = source.unwrap();

    let mut errors: Vec<SourceError> = Vec::new();
    // The server does not know this key.
    errors.push(get(&source, &object).await.unwrap_err());
    errors.push(source.list(&[]).await.unwrap_err());
    for fault in [
        Fault::Status(400, "ExpiredToken"),
        Fault::Status(403, "AccessDenied"),
        Fault::Status(503, "SlowDown"),
        Fault::Hang,
        Fault::Reset { after: 0 },
        Fault::DropReply,
    ] {
        world.server.inject(Rule::new(fault));
        errors.push(get(&source, &object).await.unwrap_err());
        errors.push(source.list(&[]).await.unwrap_err());
        world.server.clear_faults();
    }
    assert!(world.server.injected() >= 12);
    // A server that says in its error what it was sent.
    let echo = |text: String| Fault::Status(403, Box::leak(text.into_boxed_str()));
    for text in [token.clone(), "0123456789abcdef".repeat(4)] {
        world.server.inject(Rule::new(echo(text)));
        errors.push(get(&source, &object).await.unwrap_err());
        world.server.clear_faults();
    }
    let mut kinds = BTreeSet::new();
    for error in &errors {
        let text = format!("{} {error:?} {error:#?}", texts(error));
        for hidden in [SECRET, &token, "Signature=", "0123456789abcdef0123456789"] {
            assert!(!text.contains(hidden), "{text}");
        }
        kinds.insert(texts(error));
    }
    assert!(kinds.len() >= 8, "{kinds:?}");
}
