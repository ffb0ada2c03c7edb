//! Packs pages: one context a thread, since making one takes longer than packing a small page, and
//! the room for a page and for what it becomes is kept with it.

use std::cell::{Cell, RefCell};

use parquet::errors::ParquetError;
use zstd::{bulk::Compressor, zstd_safe::compress_bound};

use crate::LakeError;

/// Parquet's default, too.
const LEVEL: i32 = 1;
/// Room that is kept for the next page. Only dictionaries need more.
const KEPT_BYTES: usize = 1 << 20;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static PACKED: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static PAGE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Gives the page packed to `take`.
pub(super) fn pack<T>(page: &[u8], take: impl FnOnce(&[u8]) -> T) -> Result<T, LakeError> {
    let error = |error| LakeError::from(ParquetError::External(Box::new(error)));
    let mut compressor = match COMPRESSOR.take() {
        Some(compressor) => compressor,
        None => Compressor::new(LEVEL).map_err(error)?,
    };
    let mut packed = PACKED.take();
    packed.clear();
    packed.reserve(compress_bound(page.len()));
    let result = compressor.compress_to_buffer(page, &mut packed);
    COMPRESSOR.set(Some(compressor));
    result.map_err(error)?;
    let taken = take(&packed);
    keep(&PACKED, packed);
    Ok(taken)
}

/// Empty room for a page: to be given back by [`give_room`].
pub(super) fn take_room() -> Vec<u8> {
    PAGE.take()
}

/// The room for the next page.
pub(super) fn give_room(mut page: Vec<u8>) {
    page.clear();
    keep(&PAGE, page);
}

fn keep(place: &'static std::thread::LocalKey<Cell<Vec<u8>>>, room: Vec<u8>) {
    if room.capacity() <= KEPT_BYTES {
        place.set(room);
    }
}
