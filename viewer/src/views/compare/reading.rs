//! Where the reader is in a file, and what moves them.

use std::{cell::Cell, rc::Rc};

use covatlas_shared::compare::{CompareShard, FileDelta, FileVariant, State};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    components::{Nav, code_view::Goal, dom, same::Same, scroll::Scrolled, use_keys},
    model::{compare::Only, compared_lines::ComparedView},
    route::{ComparedFile, LineRange, Route},
};

/// Where the file is.
#[derive(Clone, PartialEq)]
pub(super) struct Found {
    pub(super) shard: Same<CompareShard>,
    /// Position of the file.
    pub(super) at: usize,
    /// The variant that is shown; `None` when no build has it now.
    pub(super) variant: Option<FileVariant>,
}

impl Found {
    pub(super) fn file(&self) -> FileDelta {
        self.shard.files.get(self.at).copied().unwrap_or_default()
    }
}

/// What the page shows.
#[derive(Clone, PartialEq)]
pub(super) struct Here {
    pub(super) nav: Nav,
    pub(super) file: ComparedFile,
    pub(super) found: Option<Found>,
    pub(super) view: Option<Same<ComparedView>>,
    pub(super) is_moment: bool,
}

impl Here {
    pub(super) fn only(&self) -> Only {
        Only::of(&self.file.only)
    }

    /// Changes the state of the page, not the history.
    pub(super) fn change(&self, f: impl FnOnce(&mut ComparedFile)) {
        let mut file = self.file.clone();
        f(&mut file);
        self.nav.replace.emit(Route::ComparedFile(file));
    }

    /// Opens another file of the repository.
    fn open(&self, at: usize) {
        let Some(found) = &self.found else { return };
        if let Some(row) = found.shard.files.get(at) {
            let file = ComparedFile {
                path: found.shard.path(row),
                lines: None,
                build: None,
                ..self.file.clone()
            };
            self.nav.push.emit(Route::ComparedFile(file));
        }
    }

    /// The next or previous file in which anything happened that is gone through.
    fn neighbour(&self, way: Way) -> Option<usize> {
        let Found { shard, at, .. } = self.found.as_ref()?;
        let is_wanted = |at: &usize| {
            let row = shard.files.get(*at);
            let row = row.filter(|row| row.delta.state != State::Removed);
            row.is_some_and(|row| self.only().holds(&row.delta))
        };
        match way {
            Way::Next => (at.saturating_add(1)..shard.files.len()).find(is_wanted),
            Way::Previous => (0..*at).rev().find(is_wanted),
        }
    }
}

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Next,
    Previous,
}

/// What a key or button does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Place(Way),
    File(Way),
    Copy,
}

/// What changes without the address.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Moves {
    pub(super) path: String,
    pub(super) goal: Option<Goal>,
    pub(super) message: Option<&'static str>,
}

/// What is kept from one drawing to the next.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) seen: Rc<Cell<(usize, usize)>>,
    pub(super) scrolled: Rc<Scrolled>,
    /// Set when another file was opened to go on with its first or last place.
    arriving: Cell<Option<Way>>,
    pub(super) clicked: Cell<bool>,
}

/// Everything that moves the reader.
#[hook]
pub(super) fn use_moves(here: &Rc<Here>) -> (UseStateHandle<Moves>, Rc<Kept>, Callback<Action>) {
    let moves = use_state_eq(Moves::default);
    let kept = use_memo((), |()| Kept::default());
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
                Action::File(way) => match here.neighbour(way) {
                    Some(file) => here.open(file),
                    None => say(&moves, "No more files."),
                },
                Action::Copy => {
                    let (href, moves) =
                        (Route::ComparedFile(here.file.clone()).href(), moves.clone());
                    spawn_local(async move {
                        let is_copied = dom::copy_address(href).await;
                        say(
                            &moves,
                            if is_copied { "Link copied." } else { "Not allowed to copy." },
                        );
                    });
                }
            }
        })
    };
    let by_key = act.clone();
    use_keys(Callback::from(move |key: String| {
        let action = match key.as_str() {
            "n" | "j" => Action::Place(Way::Next),
            "N" | "k" => Action::Place(Way::Previous),
            "]" => Action::File(Way::Next),
            "[" => Action::File(Way::Previous),
            "y" => Action::Copy,
            _ => return false,
        };
        by_key.emit(action);
        true
    }));
    // Selects the first or last place of a file that was opened to go on.
    let arrival = (Rc::clone(here), Rc::clone(&kept));
    use_effect_with(here.view.clone(), move |view| {
        let (here, kept) = arrival;
        if let (Some(view), Some(way), None) = (view, kept.arriving.get(), here.file.lines) {
            kept.arriving.set(None);
            let places = view.places(here.only());
            let place = if way == Way::Next { places.first() } else { places.last() };
            if let Some(lines) = place.map(|place| view.lines_of(place)) {
                here.change(|file| file.lines = Some(lines));
            }
        }
    });
    // Brings selected lines on screen.
    let place = (here.file.path.clone(), here.view.is_some(), here.file.lines);
    let selected = (Rc::clone(here), moves.clone(), Rc::clone(&kept));
    use_effect_with(place, move |(_, _, lines)| {
        let (here, moves, kept) = selected;
        let stays = kept.clicked.take() || kept.scrolled.is_known_here();
        if let (Some(view), Some(lines), false) = (&here.view, lines, stays) {
            bring(&here, &moves, view, *lines);
        }
    });
    (moves, kept, act)
}

/// Brings lines on screen.
fn bring(here: &Here, moves: &UseStateHandle<Moves>, view: &ComparedView, lines: LineRange) {
    let [row, last] = [lines.first(), lines.last()].map(|line| view.view.row_of(line));
    let turn = moves.goal.map_or(0, |goal| goal.turn.wrapping_add(1));
    let goal = Some(Goal { row, last, byte: 0, turn });
    moves.set(Moves { path: here.file.path.clone(), goal, message: None });
}

fn say(moves: &UseStateHandle<Moves>, message: &'static str) {
    moves.set(Moves { message: Some(message), ..(**moves).clone() });
}

/// Selects the next place in this file or opens the next file that has one; `false` in that case.
fn go_to_place(here: &Here, moves: &UseStateHandle<Moves>, seen: (usize, usize), way: Way) -> bool {
    let Some(view) = &here.view else { return true };
    let places = view.places(here.only());
    let at = here.file.lines.map(|lines| view.view.row_of(lines.first()));
    let at = at.filter(|row| (seen.0..=seen.1).contains(row));
    let found = match way {
        Way::Next => places.iter().find(|place| place.start > at.unwrap_or(seen.0)),
        Way::Previous => {
            let end = at.unwrap_or_else(|| seen.1.saturating_add(1));
            places.iter().rev().find(|place| place.start < end)
        }
    };
    if let Some(lines) = found.map(|place| view.lines_of(place)) {
        // Not left to the change of the address: the reader has been at this entry of the history.
        bring(here, moves, view, lines);
        here.change(|file| file.lines = Some(lines));
        return true;
    }
    let Some(file) = here.neighbour(way) else {
        say(moves, "No more places.");
        return true;
    };
    here.open(file);
    false
}
