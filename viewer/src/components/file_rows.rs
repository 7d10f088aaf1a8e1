//! What rows of files and directories have in common on the pages that list them.

use yew::prelude::*;

use super::{tag, warning_tag};
use crate::model::{
    format::{amount, number},
    tree::FileStat,
};

/// A directory by name, path and how many files it holds; a click opens or closes it, or goes to
/// `href` elsewhere.
pub fn dir_cell(
    (name, path, n_files): (&str, &str, usize),
    href: String,
    on_toggle: Callback<()>,
) -> Html {
    let onclick = Callback::from(move |event: MouseEvent| {
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            on_toggle.emit(());
        }
    });
    html! {
        <>
            <a class="dir cut" {href} {onclick} title={path.to_owned()}>
                <i class="open"></i><bdi class="cut">{name.to_owned()}</bdi>
            </a>
            <span class="dim">{n_files}</span>
        </>
    }
}

/// A file by the name that its row shows, its directory dimmed, and what is special about it.
pub fn file_cell(name: &str, file: Option<&FileStat>, is_flat: bool, href: String) -> Html {
    let path = file.map_or("", |f| &f.path).to_owned();
    let base = name.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    let (dir, base) = name.split_at(base);
    html! {
        <>
            if !is_flat {
                <i class="open leaf"></i>
            }
            <a class="path" {href} title={path}><bdi>{dir}</bdi><bdi>{base}</bdi></a>
            if file.is_some_and(|f| f.is_generated) {
                {tag("generated", "A tool wrote this file")}
            }
            if file.is_some_and(|f| f.has_no_text) {
                {warning_tag("no source", "The text was not found or does not fit")}
            }
        </>
    }
}

/// Leaves out what tools wrote, or lists it again; nothing when there is none.
pub fn generated(n_files: usize, is_hidden: bool, onclick: Callback<MouseEvent>) -> Html {
    if n_files == 0 {
        return Html::default();
    }
    let n = number(amount(n_files));
    html! {
        <button class="chip" aria-pressed={is_hidden.to_string()} {onclick}
            title="Files that tools wrote; a click leaves them out or lists them, and sums follow">
            <b>{n}</b>{if is_hidden { "generated hidden" } else { "generated" }}
        </button>
    }
}

/// The directories that are turned around, with `path` put in or taken out.
pub fn toggled(dirs: &[String], path: &str) -> Vec<String> {
    let mut toggled: Vec<String> = dirs.iter().filter(|dir| *dir != path).cloned().collect();
    if toggled.len() == dirs.len() {
        toggled.push(path.to_owned());
    }
    toggled
}
