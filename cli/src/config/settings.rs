//! What is in force, and where it is from.

use std::any::TypeId;

use camino::Utf8PathBuf;
use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource};

use super::{Config, apply, file::Place};

/// One flag of one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The words of the command; empty for flags that all commands have.
    pub command: Vec<String>,
    /// The flag's long name.
    pub key: String,
    /// As they would stand on the command line; empty when nothing is set.
    pub values: Vec<String>,
    /// How a file would say it.
    pub shape: Shape,
    /// Where the values are from.
    pub source: Source,
}

/// How the value of a flag is written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// True, false or a number.
    Plain,
    /// A text in quotes.
    Text,
    /// A list of texts.
    Texts,
}

/// Where a value is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The command line.
    CommandLine,
    /// An environment variable.
    Environment(String),
    /// A file.
    File(Place),
    /// covatlas itself.
    Default,
}

/// All flags of all commands that a file can set, in the order of `--help`.
pub(super) fn all(config: &Config, command: &Command, matches: &ArgMatches) -> Vec<Setting> {
    let context = Context { config, root: command, matches };
    let mut settings = Vec::new();
    context.collect(command, &mut Vec::new(), &mut settings);
    settings
}

struct Context<'a> {
    config: &'a Config,
    root: &'a Command,
    matches: &'a ArgMatches,
}

impl Context<'_> {
    fn collect(&self, command: &Command, path: &mut Vec<String>, settings: &mut Vec<Setting>) {
        let is_shown = |arg: &&Arg| {
            apply::key_of(arg).is_some_and(|key| {
                // What `run` has of its steps stands there.
                apply::step_of(self.root, path, key).is_none() || self.config.has(path, key)
            })
        };
        let own = command.get_arguments().filter(is_shown);
        settings.extend(own.map(|arg| self.setting(arg, path)));
        for below in apply::configurable(command) {
            path.push(below.get_name().to_owned());
            self.collect(below, path, settings);
            path.pop();
        }
    }

    fn setting(&self, arg: &Arg, path: &[String]) -> Setting {
        let key = apply::key_of(arg).unwrap_or_default();
        let (values, source) = self.value(arg, path, key);
        Setting {
            command: path.to_vec(),
            key: key.to_owned(),
            shape: shape(arg, &values),
            values,
            source,
        }
    }

    fn value(&self, arg: &Arg, path: &[String], key: &str) -> (Vec<String>, Source) {
        let text = |value: &std::ffi::OsStr| value.to_string_lossy().into_owned();
        let is_given = |arg: &Arg| {
            self.matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
        };
        if path.is_empty() && is_given(arg) {
            let values = self.matches.get_raw(arg.get_id().as_str()).unwrap_or_default();
            let count = || self.matches.get_count(arg.get_id().as_str()).to_string();
            let values = match arg.get_action() {
                ArgAction::Count => vec![count()],
                _ if values.len() == 0 => vec!["true".to_owned()],
                _ => values.map(text).collect(),
            };
            return (values, Source::CommandLine);
        }
        let name = arg.get_env().map(text);
        if let Some((name, value)) = name.and_then(|n| Some((n.clone(), std::env::var_os(n)?))) {
            return (vec![text(&value)], Source::Environment(name));
        }
        if let Some(entry) = self.config.entry(self.root, path, key) {
            return (apply::values_for(arg, entry), Source::File(entry.place.clone()));
        }
        let defaults: Vec<String> = arg.get_default_values().iter().map(|v| text(v)).collect();
        let defaults = match arg.get_action() {
            ArgAction::SetTrue => vec!["false".to_owned()],
            ArgAction::Count => vec!["0".to_owned()],
            _ => defaults,
        };
        (defaults, Source::Default)
    }
}

fn shape(arg: &Arg, values: &[String]) -> Shape {
    let of = arg.get_value_parser().type_id();
    let is_text = of == TypeId::of::<String>() || of == TypeId::of::<Utf8PathBuf>();
    let is_number = |value: &String| value.parse::<serde_json::Number>().is_ok();
    match arg.get_action() {
        ArgAction::Append => Shape::Texts,
        _ if apply::is_switch(arg) || (!is_text && values.iter().all(is_number)) => Shape::Plain,
        _ => Shape::Text,
    }
}
