//! Packs pages: one context a thread, since making one takes longer than packing a small page.

use std::cell::RefCell;

use bytes::Bytes;
use parquet::errors::ParquetError;
use zstd::bulk::Compressor;

use crate::LakeError;

/// Parquet's default, too.
const LEVEL: i32 = 1;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

/// The page packed.
pub(super) fn packed(page: &[u8]) -> Result<Bytes, LakeError> {
    let error = |error| LakeError::from(ParquetError::External(Box::new(error)));
    let mut compressor = match COMPRESSOR.take() {
        Some(compressor) => compressor,
        None => Compressor::new(LEVEL).map_err(error)?,
    };
    let packed = compressor.compress(page).map_err(error);
    COMPRESSOR.set(Some(compressor));
    packed.map(Bytes::from)
}
