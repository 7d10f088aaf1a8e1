//! What the page decides, without a browser: filter, sort, windows, numbers as text.

pub mod build_links;
pub mod compare;
pub mod compared_lines;
pub mod csv;
pub mod find_words;
pub mod format;
pub mod funcs;
pub mod golang;
pub mod haystack;
pub mod lens_choice;
pub mod never;
pub mod owners;
pub mod repo;
pub mod repo_link;
pub mod runners;
pub mod search;
pub mod sorting;
pub mod source_find;
pub mod source_pieces;
pub mod source_text;
pub mod source_view;
pub mod stat;
pub mod subject;
pub mod tree;
pub mod window;
