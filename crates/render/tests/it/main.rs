//! What renders, against parsers, spreadsheets' readers and a real browser.

mod browser;
mod injection;
mod kitchen_sink;
mod pages;
mod payloads;
mod sheets;
