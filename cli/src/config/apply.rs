//! What files and environment say, as defaults of clap's flags.

use std::any::TypeId;

use camino::Utf8PathBuf;
use clap::{
    Arg, ArgAction, Command, ValueHint,
    builder::{BoolishValueParser, Resettable},
    value_parser,
};

use super::{Config, file::Entry};

/// Flags that a file cannot set: they say which file is read, or are questions of the moment.
const NOT_IN_FILES: [&str; 4] = ["collection", "config", "help", "version"];
/// Commands of which `run` is made.
const STEPS: [&str; 4] = ["import", "compile", "clone-sources", "render"];
/// The command that is made of others.
const RUN: &str = "run";

/// The key of a flag; `None` for what a file cannot set.
pub(super) fn key_of(arg: &Arg) -> Option<&str> {
    arg.get_long().filter(|key| !NOT_IN_FILES.contains(key) && !arg.is_hide_set())
}

/// The commands that have tables.
pub(super) fn configurable(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|sub| !keys_below(sub).is_empty())
}

/// The keys of a command and those below it, each once and sorted.
pub(super) fn keys_below(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(key_of).map(str::to_owned);
    let mut keys: Vec<String> = own.chain(command.get_subcommands().flat_map(keys_below)).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// The flags of this name of a command and those below it.
pub(super) fn flags_below<'a>(command: &'a Command, key: &str) -> Vec<&'a Arg> {
    let own = command.get_arguments().filter(|arg| key_of(arg) == Some(key));
    own.chain(command.get_subcommands().flat_map(|sub| flags_below(sub, key))).collect()
}

/// Whether a flag is there or not, without a value.
pub(super) fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
        || arg.get_value_parser().type_id() == TypeId::of::<bool>()
}

/// Whether a flag takes one value that is a list with commas.
pub(super) fn is_list(arg: &Arg) -> bool {
    let names = arg.get_value_names().unwrap_or_default();
    names.iter().any(|name| name.contains(','))
}

/// The flag without its relations to others; switches and what counts them take a value.
pub(super) fn standing_alone(arg: Arg) -> Arg {
    let arg = match arg.get_action() {
        ArgAction::Count => arg.action(ArgAction::Set).value_parser(value_parser!(u8)),
        _ => with_value(arg),
    };
    arg.required(false).requires(Resettable::Reset).conflicts_with(Resettable::Reset)
}

/// A switch that a file turned on can be turned off again: `--copy=false`.
pub(super) fn with_value(arg: Arg) -> Arg {
    if !matches!(arg.get_action(), ArgAction::SetTrue) {
        return arg;
    }
    arg.action(ArgAction::Set)
        .num_args(0..=1)
        .require_equals(true)
        .default_value("false")
        .default_missing_value("true")
        .value_name("BOOL")
        .hide_possible_values(true)
        .value_parser(BoolishValueParser::new())
}

/// The environment variable of a flag, such as `COVATLAS_COMPILE_COMBINE`; none for flags that may
/// be given several times.
pub(super) fn environment_name(root: &Command, path: &[String], arg: &Arg) -> Option<String> {
    let key = key_of(arg)?;
    if matches!(arg.get_action(), ArgAction::Append | ArgAction::Count) {
        return None;
    }
    let step = step_of(root, path, key);
    let words = step.as_deref().unwrap_or(path).iter().map(String::as_str).chain([key]);
    let name = words.fold("COVATLAS".to_owned(), |name, word| name + "_" + word);
    Some(name.replace('-', "_").to_uppercase())
}

/// The step of `run` that a flag of `run` is one of.
pub(super) fn step_of(root: &Command, path: &[String], key: &str) -> Option<Vec<String>> {
    let has_flag =
        |sub: &&Command| STEPS.contains(&sub.get_name()) && !flags_below(sub, key).is_empty();
    let is_run = path.iter().eq([RUN]);
    let step = root.get_subcommands().find(has_flag).filter(|_| is_run)?;
    Some(vec![step.get_name().to_owned()])
}

/// The tables that may say something about a flag of a command, the strongest first.
fn tables(root: &Command, path: &[String], key: &str) -> Vec<Vec<String>> {
    let above = (0..path.len()).rev().filter_map(|n| path.get(..n)).map(<[String]>::to_vec);
    let step = step_of(root, path, key);
    std::iter::once(path.to_vec()).chain(step).chain(above).collect()
}

impl Config {
    /// What the strongest file says about a flag.
    pub(super) fn entry(&self, root: &Command, path: &[String], key: &str) -> Option<&Entry> {
        let tables = tables(root, path, key);
        self.files.iter().find_map(|file| tables.iter().find_map(|table| file.entry(table, key)))
    }

    /// Whether a file says something about a flag in this very table.
    pub(super) fn has(&self, table: &[String], key: &str) -> bool {
        self.files.iter().any(|file| file.entry(table, key).is_some())
    }

    /// The command line with the files' values as its defaults, and environment variables. Flags
    /// that all commands have are those of the command of the words `invoked`.
    pub fn apply(&self, command: Command, invoked: &[String]) -> Command {
        let root = command.clone();
        let command = command.mut_args(|arg| {
            let environment = environment_name(&root, &[], &arg);
            let entry = key_of(&arg).and_then(|key| self.entry(&root, invoked, key));
            with_default(arg, environment, entry)
        });
        command.mut_subcommands(|sub| self.apply_below(&root, sub, &[]))
    }

    fn apply_below(&self, root: &Command, command: Command, above: &[String]) -> Command {
        let path: Vec<String> =
            above.iter().cloned().chain([command.get_name().to_owned()]).collect();
        let command = command.mut_args(|arg| {
            let environment = environment_name(root, &path, &arg);
            let entry = key_of(&arg).and_then(|key| self.entry(root, &path, key));
            with_default(arg, environment, entry)
        });
        command.mut_subcommands(|sub| self.apply_below(root, sub, &path))
    }
}

fn with_default(mut arg: Arg, environment: Option<String>, entry: Option<&Entry>) -> Arg {
    if let Some(name) = environment.filter(|_| arg.get_env().is_none()) {
        arg = arg.env(name).hide_env(true);
        if matches!(arg.get_action(), ArgAction::SetTrue) {
            arg = arg.value_parser(BoolishValueParser::new());
        }
    }
    let Some(entry) = entry else { return arg };
    let values = values_for(&arg, entry);
    with_value(arg).required(false).default_values(values)
}

/// Lets shells complete paths where paths are expected.
pub fn with_path_hints(command: Command) -> Command {
    let hint = |arg: Arg| if is_path(&arg) { arg.value_hint(ValueHint::AnyPath) } else { arg };
    command.mut_args(hint).mut_subcommands(with_path_hints)
}

fn is_path(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<Utf8PathBuf>()
}

/// The values of an entry for a flag: paths are relative to the file that names them.
pub(super) fn values_for(arg: &Arg, entry: &Entry) -> Vec<String> {
    let folder = entry.place.path.parent().filter(|_| is_path(arg));
    let value = |value: &String| match folder {
        Some(folder) => folder.join(value).into_string(),
        None => value.clone(),
    };
    entry.values.iter().map(value).collect()
}
