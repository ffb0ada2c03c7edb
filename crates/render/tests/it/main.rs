//! What renders, against parsers, spreadsheets' readers and a real browser.

mod browser;
mod kitchen_sink;
mod pages;
