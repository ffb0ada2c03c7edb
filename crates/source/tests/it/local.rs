//! Files on disk that change under a reader.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

use edgeledger_source::{Aws, AwsSettings, Content, LogObject, Source, SourceError};

use crate::world::{numbered, read};

/// Large enough to be streamed.
const N_BYTES: usize = 3 << 20;

async fn opened(dir: &Path) -> (LogObject, Content) {
    let path = dir.join("a.gz");
    fs::write(&path, numbered(N_BYTES)).unwrap();
    let long_ago = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(long_ago).unwrap();
    let aws = Aws::new(AwsSettings::default());
    let source = Source::open(path.to_str().unwrap(), &aws).await.unwrap();
    let object = source.list(&[]).await.unwrap().objects.remove(0);
    let content = source.fetch(&object).await.unwrap();
    (object, content)
}

#[tokio::test]
async fn a_streamed_file_is_read_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (object, content) = opened(dir.path()).await;
    assert_eq!(object.size_bytes, N_BYTES as u64);
    let (bytes, end) = read(content).await;
    end.unwrap();
    assert!(bytes == numbered(N_BYTES));
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_refused() {
    let grown = |file: &mut File| {
        file.seek(SeekFrom::End(0)).unwrap();
        file.write_all(b"more").unwrap();
    };
    let cut = |file: &mut File| file.set_len(N_BYTES as u64 - 1).unwrap();
    // Same size; only the time tells.
    let rewritten = |file: &mut File| {
        file.write_all(b"other").unwrap();
    };
    let changes: [&dyn Fn(&mut File); 3] = [&grown, &cut, &rewritten];
    for (n, change) in changes.into_iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let (_, mut content) = opened(dir.path()).await;
        content.read_exact(&mut vec![0; 1_000]).unwrap();
        let path = dir.path().join("a.gz");
        change(&mut File::options().write(true).open(path).unwrap());
        let (bytes, end) = read(content).await;
        assert!(
            matches!(end, Err(SourceError::Changed { .. })),
            "{n}: {end:?}"
        );
        assert!(
            bytes.len() < N_BYTES - 1_000,
            "{n}: the last bytes are not given"
        );
    }
}
