//! Where the reader is in a file, and what moves them.

use std::{cell::Cell, rc::Rc};

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{
    find::FIELD,
    keys::{self, Action},
    load::Loaded,
    places::{self, Way},
};
use crate::{
    components::{Nav, code_view::Goal, dom, same::Same, scroll::Scrolled, use_keys},
    model::{
        search::short_repo,
        source_find::{Match, find},
        tree::FileList,
    },
    route::{BuildId, Counts, FileListView, FileView, LineRange, OwnerRef, Route},
};

/// Whose files are read.
#[derive(Clone, PartialEq)]
pub(super) enum Whose {
    /// An owner's with one of its builds.
    Owner(OwnerRef),
    /// A repository's, over all builds.
    Repo(String),
}

impl Whose {
    /// The page of a file.
    pub(super) fn route(&self, view: FileView) -> Route {
        match self {
            Self::Owner(owner) => Route::File(owner.clone(), view),
            Self::Repo(repo) => Route::RepoFile(repo.clone(), view),
        }
    }

    /// The name of the page one level up.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Owner(owner) => &owner.name,
            Self::Repo(repo) => short_repo(repo),
        }
    }
}

/// What the page shows.
#[derive(Clone, PartialEq)]
pub(super) struct Here {
    /// The address.
    pub(super) nav: Nav,
    /// Whose file it is.
    pub(super) whose: Whose,
    /// The build that is shown.
    pub(super) build: Option<BuildId>,
    /// The file, and what of it.
    pub(super) view: FileView,
    /// What is shown, once it is here.
    pub(super) loaded: Option<Loaded>,
    /// All files of the build.
    pub(super) files: Same<FileList>,
    /// Position of the file.
    pub(super) file: usize,
    /// Positions of the files as one follows the other: those listed beside the file, else all by
    /// path.
    pub(super) order: Same<Vec<usize>>,
}

impl Here {
    /// The address of the page in another state.
    pub(super) fn href(&self, view: FileView) -> String {
        self.whose.route(view).href()
    }

    /// Changes the state of the page, not the history.
    fn change(&self, f: &dyn Fn(&mut FileView)) {
        let mut view = self.view.clone();
        f(&mut view);
        self.nav.replace.emit(self.whose.route(view));
    }

    /// The page of another file of the build; what was selected or found stays behind.
    pub(super) fn other(&self, path: &str) -> FileView {
        let (lines, find) = (None, String::new());
        FileView { path: path.to_owned(), lines, find, ..self.view.clone() }
    }

    /// Goes to another file of the build.
    fn open(&self, file: usize) {
        if let Some(file) = self.files.get(file) {
            self.nav.push.emit(self.whose.route(self.other(&file.path)));
        }
    }

    /// The page without what the list beside the file does not depend on.
    pub(super) fn beside(&self) -> Self {
        Self { view: self.other(""), loaded: None, file: usize::MAX, ..self.clone() }
    }

    /// A callback that changes which files are listed, and how.
    pub(super) fn on_list<T: Clone + 'static>(
        self: &Rc<Self>,
        f: fn(&mut FileListView, T),
    ) -> Callback<T> {
        let here = Rc::clone(self);
        Callback::from(move |value: T| here.change(&|view| f(&mut view.list, value.clone())))
    }

    /// The next or previous file; with `counts` only one with code that never ran.
    fn neighbour(&self, way: Way, counts: Option<Counts>) -> Option<usize> {
        places::neighbour((&self.files, &self.order), self.file, way, counts)
    }
}

/// Where the reader is, and what can be done.
#[derive(Clone, PartialEq)]
pub(super) struct Reading {
    /// Where to scroll to.
    pub(super) goal: Option<Goal>,
    /// Where the text stands that is looked for.
    pub(super) matches: Same<Vec<Match>>,
    /// The match that the reader stands on.
    pub(super) current: Option<usize>,
    /// The rows on screen.
    pub(super) seen: Rc<Cell<(usize, usize)>>,
    /// How far files were scrolled.
    pub(super) scrolled: Same<Scrolled>,
    /// Said when there is nowhere to go.
    pub(super) message: Option<&'static str>,
    /// Does what a key or button does.
    pub(super) act: Callback<Action>,
    /// Selects a line, or up to it.
    pub(super) select: Callback<(u32, bool)>,
    /// Shows who ran a line.
    pub(super) who: Callback<u32>,
    /// Looks for a text.
    pub(super) find: Callback<String>,
    /// Goes to another match.
    pub(super) find_step: Callback<Way>,
}

/// What is kept from one drawing to the next and draws nothing by itself.
#[derive(Default)]
struct Kept {
    seen: Rc<Cell<(usize, usize)>>,
    scrolled: Rc<Scrolled>,
    /// Set when another file was opened to go on with its first or last place.
    arriving: Cell<Option<Way>>,
    /// Whether the last selection was a click.
    clicked: Cell<bool>,
}

/// What changes without the address.
#[derive(Clone, Default, PartialEq)]
struct Moves {
    /// The file that `goal` is in.
    path: String,
    goal: Option<Goal>,
    current: Option<usize>,
    message: Option<&'static str>,
}

impl Moves {
    fn to(&self, here: &Here, rows: [usize; 2], byte: usize) -> Self {
        let turn = self.goal.map_or(0, |g| g.turn.wrapping_add(1));
        let [row, last] = rows;
        let goal = Some(Goal { row, last, byte, turn });
        Self { path: here.view.path.clone(), goal, message: None, ..self.clone() }
    }
}

/// Everything that moves the reader.
#[hook]
pub(super) fn use_reading(here: &Rc<Here>) -> Reading {
    let moves = use_state_eq(Moves::default);
    let kept = use_memo((), |()| Kept::default());
    let matches = use_matches(here);
    let goal = moves.goal.filter(|_| moves.path == here.view.path);

    let act = {
        let (here, moves, kept) = (Rc::clone(here), moves.clone(), Rc::clone(&kept));
        Callback::from(move |action| {
            kept.arriving.set(None);
            match action {
                Action::Place(way) => {
                    if !go_to_place(&here, &moves, kept.seen.get(), way) {
                        kept.arriving.set(Some(way));
                    }
                }
                Action::File(way) => match here.neighbour(way, None) {
                    Some(file) => here.open(file),
                    None => say(&moves, "No more files."),
                },
                Action::Toggle(letter) => {
                    let hide = keys::toggled(&here.view.hide, letter);
                    here.change(&|view| view.hide.clone_from(&hide));
                }
                Action::Who => here.change(&|view| view.who = !view.who),
                Action::Copy => copy_link(&here, &moves),
                Action::Find => dom::focus(FIELD),
            }
        })
    };
    let (by_key, mode) = (act.clone(), here.view.mode);
    use_keys(Callback::from(move |key: String| {
        let action = keys::action(&key, mode);
        if let Some(action) = action {
            by_key.emit(action);
        }
        action.is_some()
    }));
    use_arrival(here, &kept);
    use_selection(here, &moves, &kept);
    use_first_match(here, &moves, &matches, &kept);
    let who = {
        let (here, kept) = (Rc::clone(here), Rc::clone(&kept));
        Callback::from(move |line: u32| {
            kept.clicked.set(true);
            here.change(&|view| {
                view.lines = Some(LineRange::new(line, line));
                view.who = true;
            });
        })
    };
    let select = {
        let (here, kept) = (Rc::clone(here), Rc::clone(&kept));
        Callback::from(move |(line, extend): (u32, bool)| {
            kept.clicked.set(true);
            here.change(&|view| view.lines = selection(view.lines, line, extend));
        })
    };
    let find = {
        let here = Rc::clone(here);
        Callback::from(move |find: String| here.change(&|view| view.find.clone_from(&find)))
    };
    let find_step = {
        let (here, moves, matches) = (Rc::clone(here), moves.clone(), matches.clone());
        Callback::from(move |way| {
            let n = matches.len();
            let next = match (moves.current, way) {
                (None, _) => 0,
                (Some(at), Way::Next) => at.saturating_add(1),
                (Some(at), Way::Previous) => at.checked_sub(1).unwrap_or(n.saturating_sub(1)),
            };
            go_to_match(&here, &moves, &matches, if next < n { next } else { 0 });
        })
    };
    let (current, message) = (moves.current, moves.message);
    let (seen, scrolled) = (Rc::clone(&kept.seen), Rc::clone(&kept.scrolled).into());
    Reading { goal, matches, current, seen, scrolled, message, act, select, who, find, find_step }
}

#[hook]
fn use_matches(here: &Here) -> Same<Vec<Match>> {
    let text = here.loaded.as_ref().map(|l| Same::from(Rc::clone(l.view.text())));
    let matches = use_memo((text, here.view.find.clone()), |(text, needle)| {
        text.as_ref().map(|t| find(t.lines(), needle)).unwrap_or_default()
    });
    matches.into()
}

/// Selects the next place in this file or opens the next file that has one; `false` in that case.
fn go_to_place(here: &Here, moves: &UseStateHandle<Moves>, seen: (usize, usize), way: Way) -> bool {
    let Some(loaded) = &here.loaded else { return true };
    if let Some(place) = places::step(&loaded.view, here.view.lines, seen, way)
        && let Some(lines) = places::lines_of(&loaded.view, place)
    {
        moves.set(moves.to(here, rows_of(loaded, lines), 0));
        here.change(&|view| view.lines = Some(lines));
        return true;
    }
    let Some(file) = here.neighbour(way, Some(here.view.counts)) else {
        say(moves, "No more places that never ran.");
        return true;
    };
    here.open(file);
    false
}

/// The first and the last row of lines.
fn rows_of(loaded: &Loaded, lines: LineRange) -> [usize; 2] {
    [lines.first(), lines.last()].map(|line| loaded.view.row_of(line))
}

fn say(moves: &UseStateHandle<Moves>, message: &'static str) {
    moves.set(Moves { message: Some(message), ..(**moves).clone() });
}

/// Copies a link that stays with the build, so that its lines stay what they are.
fn copy_link(here: &Here, moves: &UseStateHandle<Moves>) {
    let href = here.href(FileView { build: here.build.clone(), ..here.view.clone() });
    let moves = moves.clone();
    spawn_local(async move {
        let is_copied = dom::copy_address(href).await;
        say(&moves, if is_copied { "Link copied." } else { "Not allowed to copy." });
    });
}

/// In a file that was opened to go on: selects its first or last place.
#[hook]
fn use_arrival(here: &Rc<Here>, kept: &Rc<Kept>) {
    let kept = Rc::clone(kept);
    use_effect_with(Same::from(Rc::clone(here)), move |here| {
        let Some(loaded) = &here.loaded else { return };
        let Some(way) = kept.arriving.get() else { return };
        if here.view.lines.is_some() {
            return;
        }
        kept.arriving.set(None);
        let place = match way {
            Way::Next => Some(0),
            Way::Previous => loaded.view.places().len().checked_sub(1),
        };
        if let Some(lines) = place.and_then(|p| places::lines_of(&loaded.view, p)) {
            here.change(&|view| view.lines = Some(lines));
        }
    });
}

/// Brings selected lines on screen, unless they are there, or the reader comes back to where they
/// have been.
#[hook]
fn use_selection(here: &Rc<Here>, moves: &UseStateHandle<Moves>, kept: &Rc<Kept>) {
    let FileView { path, view, who, .. } = &here.view;
    let entry = here.nav.entry.clone();
    let place = (entry, path.clone(), view.clone(), here.loaded.is_some(), here.view.lines, *who);
    let (here, moves, kept) = (Rc::clone(here), moves.clone(), Rc::clone(kept));
    use_effect_with(place, move |(_, _, _, _, lines, who)| {
        let was_clicked = kept.clicked.take();
        // On a small screen the panel that a click opens takes the place of lines.
        let stays = if was_clicked { !who } else { kept.scrolled.is_known_here() };
        if let (Some(loaded), Some(lines), false) = (&here.loaded, lines, stays) {
            moves.set(moves.to(&here, rows_of(loaded, *lines), 0));
        }
    });
}

/// Goes to the first match behind the top of the screen when another text is looked for.
#[hook]
fn use_first_match(
    here: &Rc<Here>,
    moves: &UseStateHandle<Moves>,
    matches: &Same<Vec<Match>>,
    kept: &Rc<Kept>,
) {
    let (here, moves, kept) = (Rc::clone(here), moves.clone(), Rc::clone(kept));
    use_effect_with(matches.clone(), move |matches| {
        let at = matches.partition_point(|m| m.line <= kept.seen.get().0);
        if matches.is_empty() {
            moves.set(Moves { current: None, ..(*moves).clone() });
        } else {
            go_to_match(&here, &moves, matches, if at < matches.len() { at } else { 0 });
        }
    });
}

fn go_to_match(here: &Here, moves: &UseStateHandle<Moves>, matches: &[Match], at: usize) {
    if let Some(found) = matches.get(at) {
        let next = moves.to(here, [found.line; 2], found.bytes.end);
        moves.set(Moves { current: Some(at), ..next });
    }
}

/// The selection after a click on a line: from it on, or up to it; nothing when it was all.
fn selection(old: Option<LineRange>, line: u32, extend: bool) -> Option<LineRange> {
    match old.filter(|_| extend) {
        Some(old) if line < old.first() => Some(LineRange::new(line, old.last())),
        Some(old) => Some(LineRange::new(old.first(), line)),
        None if old == Some(LineRange::new(line, line)) => None,
        None => Some(LineRange::new(line, line)),
    }
}
