//! What changed, as a list: filtered, sorted, and as a file.

mod csv;
mod order;

use std::rc::Rc;

use covatlas_shared::{
    compare::{CompareShard, Delta, FileDelta, State},
    stats::Coverage,
};

pub use order::{Column, Only, clicked, order_of};

use super::{
    find_words::words_of,
    format,
    funcs::parts,
    haystack::Haystack,
    sorting::{sort_by_keys, sorted_positions},
};
use crate::route::{CompareQuery, ComparedFile, LineRange, OwnerRef, OwnerView, Route};

/// What a row stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// An owner with one of its binaries.
    #[default]
    Owners,
    /// A file.
    Files,
    /// A func.
    Funcs,
}

/// A row's place: shard, and position in it.
type Place = (usize, usize);

/// The rows of one level.
#[derive(Debug, Default)]
pub struct CompareList {
    level: Level,
    shards: Vec<Rc<CompareShard>>,
    rows: Vec<Place>,
    /// Names and paths in lower case.
    lower: Haystack,
}

/// A row as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompareRow {
    /// The owner's kind; empty for others.
    pub kind: String,
    /// What stands before the name, dimmed: a directory or a receiver.
    pub head: String,
    /// The name.
    pub name: String,
    /// Where it is: namespace, repository, or file with its line.
    pub place: String,
    /// What changed.
    pub delta: Delta,
    /// Its page; `None` for what is gone.
    pub to: Option<Route>,
}

impl Level {
    /// The level with this name in addresses.
    pub fn of(name: &str) -> Self {
        match name {
            "files" => Self::Files,
            "functions" => Self::Funcs,
            _ => Self::Owners,
        }
    }

    /// The noun for one of it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Owners => "owner",
            Self::Files => "file",
            Self::Funcs => "function",
        }
    }
}

/// What lies between both percentages, in hundredths; `None` where one is not known.
pub fn points(delta: &Delta) -> Option<i64> {
    let [before, after] = [delta.before, delta.after].map(Coverage::hundredths);
    Some(i64::from(after?) - i64::from(before?))
}

/// Whether any statement of it was compared: else nothing is known of what was gained and lost.
pub fn is_compared(delta: &Delta) -> bool {
    delta.state == State::Same || delta.gained + delta.lost + delta.uncovered + delta.kept > 0
}

impl CompareList {
    /// The rows of a level. Owners are in the overview; files and funcs in all shards.
    pub fn new(level: Level, shards: Vec<Rc<CompareShard>>) -> Self {
        let mut list = Self { level, shards, ..Self::default() };
        for (at, shard) in list.shards.iter().enumerate() {
            let n = match level {
                Level::Owners => shard.owners.len(),
                Level::Files => shard.files.len(),
                Level::Funcs => shard.funcs.len(),
            };
            list.rows.extend((0..n).map(|row| (at, row)));
        }
        let mut lower = Haystack::default();
        for place in &list.rows {
            lower.add(&list.texts(*place).join("\n").to_ascii_lowercase());
            lower.end_row();
        }
        list.lower = lower;
        list
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn delta(&self, (shard, at): Place) -> Delta {
        let delta = self.shards.get(shard).and_then(|shard| match self.level {
            Level::Owners => shard.owners.get(at).map(|row| row.delta),
            Level::Files => shard.files.get(at).map(|row| row.delta),
            Level::Funcs => shard.funcs.get(at).map(|row| row.delta),
        });
        delta.unwrap_or_default()
    }

    /// What the filter looks through: names and places.
    fn texts(&self, (shard, at): Place) -> Vec<String> {
        let Some(shard) = self.shards.get(shard) else { return Vec::new() };
        let text = |idx| shard.strings.get(idx).to_owned();
        let of_file =
            |file: &FileDelta| vec![shard.path(file), text(file.repo_path), text(file.repo)];
        match self.level {
            Level::Owners => shard.owners.get(at).map(|owner| {
                [owner.name, owner.namespace, owner.kind, owner.binary].map(text).to_vec()
            }),
            Level::Files => shard.files.get(at).map(of_file),
            Level::Funcs => shard.funcs.get(at).and_then(|func| {
                let file = shard.files.get(usize::try_from(func.file).ok()?)?;
                let mut texts = of_file(file);
                texts.push(text(func.name));
                Some(texts)
            }),
        }
        .unwrap_or_default()
    }

    /// Positions of the rows that a query leaves, in its order; those that are alike by what was
    /// lost, then by what was gained.
    pub fn filter(&self, query: &CompareQuery) -> Vec<usize> {
        let (words, only) = (words_of(&query.q), Only::of(&query.only));
        let deltas: Vec<Delta> = self.rows.iter().map(|place| self.delta(*place)).collect();
        let is_shown = |at: &usize| {
            deltas.get(*at).is_some_and(|delta| only.holds(delta))
                && words.iter().all(|word| self.lower.holds(*at, word))
        };
        let mut shown: Vec<usize> = (0..self.rows.len()).filter(is_shown).collect();
        let (column, descending) = order_of(query);
        if column == Column::Name {
            let names: Vec<[String; 2]> = shown.iter().map(|at| self.name(*at)).collect();
            let mut order =
                sorted_positions(shown.len(), &mut |a, b| names.get(a).cmp(&names.get(b)));
            if descending {
                order.reverse();
            }
            return order.into_iter().filter_map(|at| shown.get(at).copied()).collect();
        }
        let mut sort = |column: Column, descending: bool| {
            let turned = |key: u64| if descending { u64::MAX - key } else { key };
            let keys: Vec<u64> = deltas.iter().map(|delta| turned(column.key(delta))).collect();
            sort_by_keys(&mut shown, &keys);
        };
        sort(Column::Gained, true);
        sort(Column::Lost, true);
        sort(column, descending);
        shown
    }

    fn name(&self, at: usize) -> [String; 2] {
        let row = self.row(at).unwrap_or_default();
        match self.level {
            // A path is one name.
            Level::Files => [format!("{}{}", row.head, row.name), String::new()],
            _ => [row.name, row.place],
        }
    }

    /// A row as it is shown.
    pub fn row(&self, at: usize) -> Option<CompareRow> {
        let place = *self.rows.get(at)?;
        let shard = self.shards.get(place.0)?;
        let text = |idx| shard.strings.get(idx).to_owned();
        let delta = self.delta(place);
        Some(match self.level {
            Level::Owners => {
                let owner = shard.owners.get(place.1)?;
                let named = OwnerRef {
                    cluster: String::new(),
                    namespace: text(owner.namespace),
                    kind: text(owner.kind),
                    name: text(owner.name),
                    binary: text(owner.binary),
                };
                let (name, place) = (named.name.clone(), named.namespace.clone());
                CompareRow {
                    kind: named.kind.clone(),
                    // One owner may have several binaries.
                    head: String::new(),
                    name,
                    place,
                    delta,
                    to: (delta.state != State::Removed)
                        .then(|| Route::Owner(named, OwnerView::default())),
                }
            }
            Level::Files => {
                let file = shard.files.get(place.1)?;
                let (head, name) = split(&shown_path(shard, file));
                let to = file_route(shard, place.1, None);
                CompareRow {
                    head,
                    name,
                    place: text(file.repo),
                    delta,
                    to,
                    ..CompareRow::default()
                }
            }
            Level::Funcs => {
                let func = shard.funcs.get(place.1)?;
                let at = usize::try_from(func.file).ok()?;
                let (head, name) = parts(shard.strings.get(func.name));
                let path = shown_path(shard, shard.files.get(at)?);
                let is_gone = delta.state == State::Removed;
                let to = file_route(shard, at, Some(func.line)).filter(|_| !is_gone);
                let place = format!("{path}:{}", func.line);
                CompareRow { head, name, place, delta, to, ..CompareRow::default() }
            }
        })
    }
}

/// The page of a file, at a line; `None` for one that no build has now.
pub fn file_route(shard: &CompareShard, at: usize, line: Option<u32>) -> Option<Route> {
    let file = shard.files.get(at)?;
    (file.delta.state != State::Removed).then(|| {
        Route::ComparedFile(ComparedFile {
            path: shard.path(file),
            lines: line.map(|line| LineRange::new(line, line)),
            repo: Some(shard.strings.get(file.repo).to_owned()),
            ..ComparedFile::default()
        })
    })
}

/// The path in the repository, or as built when that is not known.
pub fn shown_path(shard: &CompareShard, file: &FileDelta) -> String {
    let repo_path = shard.strings.get(file.repo_path);
    if repo_path.is_empty() { shard.path(file) } else { repo_path.to_owned() }
}

/// The directory with its `/`, and the last part.
fn split(path: &str) -> (String, String) {
    let slash = path.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    let (dir, base) = path.split_at(slash);
    (dir.to_owned(), base.to_owned())
}

/// `+4,838`, `−12`, or a dash for nothing.
pub fn signed(sign: char, n: u64) -> String {
    if n == 0 { "–".to_owned() } else { format!("{sign}{}", format::number(n)) }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
