//! Documents of prose, tables and charts, and one renderer a medium.
//!
//! A [`Document`](document::Document) says where each text comes from, and each renderer escapes
//! for its own medium, because log content is hostile. The same document gives the same bytes.
//!
//! This crate must not know traffic, money, SQL or files.

pub mod chart;
pub mod document;
pub mod escape;
pub mod html;
pub mod layout;
pub mod markdown;
pub mod numbers;
pub mod sheet;
pub mod text;
