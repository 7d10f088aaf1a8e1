//! Where the reader is in a file, and what moves them.

use std::{cell::Cell, rc::Rc};

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
        source_find::{Match, find},
        tree::FileList,
    },
    route::{FileView, LineRange, OwnerRef, Route},
};

/// What the page shows.
#[derive(Clone, PartialEq)]
pub(super) struct Here {
    /// The address.
    pub(super) nav: Nav,
    /// The owner.
    pub(super) owner: OwnerRef,
    /// The file, and what of it.
    pub(super) view: FileView,
    /// What is shown, once it is here.
    pub(super) loaded: Option<Loaded>,
    /// All files of the build.
    pub(super) files: Same<FileList>,
    /// Position of the file.
    pub(super) file: usize,
}

impl Here {
    /// The address of the page in another state.
    pub(super) fn href(&self, view: FileView) -> String {
        Route::File(self.owner.clone(), view).href()
    }

    /// Changes the state of the page, not the history.
    fn change(&self, view: FileView) {
        self.nav.replace.emit(Route::File(self.owner.clone(), view));
    }

    /// Goes to another file of the build; what was selected or found stays behind.
    fn open(&self, file: usize) {
        if let Some(file) = self.files.get(file) {
            let view = FileView {
                path: file.path.to_string(),
                lines: None,
                find: String::new(),
                ..self.view.clone()
            };
            self.nav.push.emit(Route::File(self.owner.clone(), view));
        }
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
    fn to(&self, here: &Here, row: usize, byte: usize) -> Self {
        let turn = self.goal.map_or(0, |g| g.turn.wrapping_add(1));
        let goal = Some(Goal { row, byte, turn });
        Self { path: here.view.path.clone(), goal, message: None, ..self.clone() }
    }
}

/// Everything that moves the reader.
#[hook]
pub(super) fn use_reading(here: Here) -> Reading {
    let moves = use_state_eq(Moves::default);
    let seen = (*use_memo((), |()| Rc::new(Cell::new((0_usize, 0_usize))))).clone();
    let scrolled: Same<Scrolled> = use_memo((), |()| Scrolled::default()).into();
    // Set when another file was opened to go on with its first or last place.
    let arriving = use_mut_ref(|| None::<Way>);
    let clicked = use_mut_ref(|| false);
    let matches = use_matches(&here);
    let goal = moves.goal.filter(|_| moves.path == here.view.path);

    let act = {
        let (arriving, seen) = (Rc::clone(&arriving), Rc::clone(&seen));
        let (here, moves) = (here.clone(), moves.clone());
        Callback::from(move |action| {
            *arriving.borrow_mut() = None;
            match action {
                Action::Place(way) => {
                    if !go_to_place(&here, &moves, seen.get(), way) {
                        *arriving.borrow_mut() = Some(way);
                    }
                }
                Action::File(way) => match places::neighbour(&here.files, here.file, way, None) {
                    Some(file) => here.open(file),
                    None => say(&moves, "No more files."),
                },
                Action::Toggle(letter) => {
                    let hide = keys::toggled(&here.view.hide, letter);
                    here.change(FileView { hide, ..here.view.clone() });
                }
                Action::Who => {
                    here.change(FileView { who: !here.view.who, ..here.view.clone() });
                }
                Action::Find => dom::focus(FIELD),
            }
        })
    };
    let by_key = act.clone();
    use_keys(Callback::from(move |key: String| {
        let action = keys::action(&key);
        if let Some(action) = action {
            by_key.emit(action);
        }
        action.is_some()
    }));
    use_arrival(&here, arriving);
    use_selection(&here, &moves, &clicked, &scrolled);
    use_first_match(&here, &moves, &matches, &seen);
    let who = {
        let (here, clicked) = (here.clone(), Rc::clone(&clicked));
        Callback::from(move |line: u32| {
            *clicked.borrow_mut() = true;
            let lines = Some(LineRange::new(line, line));
            here.change(FileView { lines, who: true, ..here.view.clone() });
        })
    };
    let select = {
        let here = here.clone();
        Callback::from(move |(line, extend): (u32, bool)| {
            *clicked.borrow_mut() = true;
            let lines = selection(here.view.lines, line, extend);
            here.change(FileView { lines, ..here.view.clone() });
        })
    };
    let find = {
        let here = here.clone();
        Callback::from(move |find| here.change(FileView { find, ..here.view.clone() }))
    };
    let find_step = {
        let (moves, matches) = (moves.clone(), matches.clone());
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
        moves.set(moves.to(here, loaded.view.row_of(lines.first()), 0));
        here.change(FileView { lines: Some(lines), ..here.view.clone() });
        return true;
    }
    let Some(file) = places::neighbour(&here.files, here.file, way, Some(here.view.counts)) else {
        say(moves, "No more places that never ran.");
        return true;
    };
    here.open(file);
    false
}

fn say(moves: &UseStateHandle<Moves>, message: &'static str) {
    moves.set(Moves { message: Some(message), ..(**moves).clone() });
}

/// In a file that was opened to go on: selects its first or last place.
#[hook]
fn use_arrival(here: &Here, arriving: Rc<std::cell::RefCell<Option<Way>>>) {
    use_effect_with(here.clone(), move |here| {
        let Some(loaded) = &here.loaded else { return };
        let Some(way) = *arriving.borrow() else { return };
        if here.view.lines.is_some() {
            return;
        }
        *arriving.borrow_mut() = None;
        let place = match way {
            Way::Next => Some(0),
            Way::Previous => loaded.view.places().len().checked_sub(1),
        };
        if let Some(lines) = place.and_then(|p| places::lines_of(&loaded.view, p)) {
            here.change(FileView { lines: Some(lines), ..here.view.clone() });
        }
    });
}

/// Brings selected lines on screen, unless they are there, or the reader comes back to where they
/// have been.
#[hook]
fn use_selection(
    here: &Here,
    moves: &UseStateHandle<Moves>,
    clicked: &Rc<std::cell::RefCell<bool>>,
    scrolled: &Same<Scrolled>,
) {
    let first = here.view.lines.map(LineRange::first);
    let FileView { path, view, who, .. } = &here.view;
    let place = (path.clone(), view.clone(), here.loaded.is_some(), first, *who);
    let (here, moves, clicked) = (here.clone(), moves.clone(), Rc::clone(clicked));
    let scrolled = scrolled.clone();
    use_effect_with(place, move |(_, _, _, first, who)| {
        let was_clicked = std::mem::take(&mut *clicked.borrow_mut());
        // On a small screen the panel that a click opens takes the place of lines.
        let stays = if was_clicked { !who } else { scrolled.is_known_here() };
        if let (Some(loaded), Some(first), false) = (&here.loaded, first, stays) {
            moves.set(moves.to(&here, loaded.view.row_of(*first), 0));
        }
    });
}

/// Goes to the first match behind the top of the screen when another text is looked for.
#[hook]
fn use_first_match(
    here: &Here,
    moves: &UseStateHandle<Moves>,
    matches: &Same<Vec<Match>>,
    seen: &Rc<Cell<(usize, usize)>>,
) {
    let (here, moves, seen) = (here.clone(), moves.clone(), Rc::clone(seen));
    use_effect_with(matches.clone(), move |matches| {
        let at = matches.partition_point(|m| m.line <= seen.get().0);
        if matches.is_empty() {
            moves.set(Moves { current: None, ..(*moves).clone() });
        } else {
            go_to_match(&here, &moves, matches, if at < matches.len() { at } else { 0 });
        }
    });
}

fn go_to_match(here: &Here, moves: &UseStateHandle<Moves>, matches: &[Match], at: usize) {
    if let Some(found) = matches.get(at) {
        let next = moves.to(here, found.line, found.bytes.end);
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
