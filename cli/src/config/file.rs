//! One file: TOML to values of flags, each with its place.

use std::{collections::BTreeMap, fmt};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Arg, ArgAction, Command};
use toml::de::{DeTable, DeValue};

use super::{ConfigError, MAX_BYTES, apply};
use crate::collection::read_at_most;

/// A line of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: Utf8PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// What a file says about a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) place: Place,
    /// As they would stand on the command line; one unless the flag may be given several times.
    pub(super) values: Vec<String>,
}

/// A file: what it says by table (the words of a command) and key.
#[derive(Clone, Debug)]
pub(super) struct ConfigFile {
    pub(super) path: Utf8PathBuf,
    entries: BTreeMap<(Vec<String>, String), Entry>,
}

impl ConfigFile {
    /// Reads a file and checks its keys and values against the flags of `command`.
    pub(super) fn read(path: &Utf8Path, command: &Command) -> Result<Self, ConfigError> {
        let io = |source| ConfigError::Io { path: path.to_owned(), source };
        let bytes = read_at_most(path, MAX_BYTES).map_err(io)?;
        let text = String::from_utf8(bytes)
            .map_err(|err| io(std::io::Error::new(std::io::ErrorKind::InvalidData, err)))?;
        Self::parse(path, &text, command)
    }

    fn parse(path: &Utf8Path, text: &str, command: &Command) -> Result<Self, ConfigError> {
        let place = |at: usize| Place { path: path.to_owned(), line: line_of(text, at) };
        let table = DeTable::parse(text).map_err(|err| ConfigError::Syntax {
            place: place(err.span().map_or(0, |span| span.start)),
            message: err.message().to_owned(),
        })?;
        let mut reader = Reader { place: &place, root: command, entries: BTreeMap::new() };
        reader.table(table.get_ref(), &mut Vec::new(), command)?;
        Ok(Self { path: path.to_owned(), entries: reader.entries })
    }

    /// What the file says about a flag in one of its tables.
    pub(super) fn entry(&self, table: &[String], key: &str) -> Option<&Entry> {
        self.entries.get(&(table.to_vec(), key.to_owned()))
    }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

struct Reader<'a> {
    place: &'a dyn Fn(usize) -> Place,
    root: &'a Command,
    entries: BTreeMap<(Vec<String>, String), Entry>,
}

impl Reader<'_> {
    /// Reads the table of a command, which is `path` below the root.
    fn table(
        &mut self,
        table: &DeTable<'_>,
        path: &mut Vec<String>,
        command: &Command,
    ) -> Result<(), ConfigError> {
        for (key, value) in table {
            let place = (self.place)(key.span().start);
            let key = key.get_ref().as_ref();
            if let DeValue::Table(below) = value.get_ref() {
                let sub = apply::configurable(command).find(|sub| sub.get_name() == key);
                let sub = sub.ok_or_else(|| self.unknown(place, path, key, command))?;
                path.push(key.to_owned());
                self.table(below, path, sub)?;
                path.pop();
                continue;
            }
            let mut flags = apply::flags_below(command, key);
            flags.extend(self.root.get_arguments().filter(|arg| apply::key_of(arg) == Some(key)));
            if flags.is_empty() {
                return Err(self.unknown(place, path, key, command));
            }
            let mut values = Vec::new();
            for flag in flags {
                let checked = values_of(flag, value.get_ref());
                let checked = checked.and_then(|values| check(flag, &values).map(|()| values));
                values = checked.map_err(|message| ConfigError::Value {
                    place: place.clone(),
                    message: format!("`{}`: {message}", dotted(path, key)),
                })?;
            }
            self.entries.insert((path.clone(), key.to_owned()), Entry { place, values });
        }
        Ok(())
    }

    fn unknown(&self, place: Place, path: &[String], key: &str, command: &Command) -> ConfigError {
        let mut known = apply::keys_below(command);
        known.extend(apply::keys_below(self.root).into_iter().filter(|key| {
            self.root.get_arguments().any(|arg| apply::key_of(arg) == Some(key.as_str()))
        }));
        known.extend(apply::configurable(command).map(|sub| sub.get_name().to_owned()));
        let distance = |known: &&String| strsim::damerau_levenshtein(known, key);
        let nearest = known.iter().min_by_key(distance).filter(|near| distance(near) <= 3);
        let hint = match nearest {
            Some(nearest) => format!(": did you mean `{nearest}`?"),
            None => "; `covatlas config show` lists all keys".to_owned(),
        };
        ConfigError::UnknownKey { place, key: dotted(path, key), hint }
    }
}

fn dotted(path: &[String], key: &str) -> String {
    path.iter().fold(String::new(), |table, part| table + part + ".") + key
}

/// A value as the command line would have it.
fn values_of(flag: &Arg, value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let many = matches!(flag.get_action(), ArgAction::Append);
    match value {
        DeValue::Array(items) if many => {
            items.iter().map(|item| scalar(flag, item.get_ref())).collect()
        }
        DeValue::Array(items) if apply::is_list(flag) => {
            let items: Vec<String> =
                items.iter().map(|item| scalar(flag, item.get_ref())).collect::<Result<_, _>>()?;
            Ok(vec![items.join(",")])
        }
        value => scalar(flag, value).map(|value| vec![value]),
    }
}

fn scalar(flag: &Arg, value: &DeValue<'_>) -> Result<String, String> {
    let is_switch = apply::is_switch(flag);
    match value {
        DeValue::Boolean(value) if is_switch => Ok(value.to_string()),
        _ if is_switch => Err("true or false is expected".to_owned()),
        DeValue::String(text) => Ok(text.clone().into_owned()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().to_owned()),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        other => Err(format!("{} cannot stand here", other.type_str())),
    }
}

/// Whether the flag would take these values on the command line.
fn check(flag: &Arg, values: &[String]) -> Result<(), String> {
    let flag = apply::standing_alone(flag.clone());
    let key = flag.get_long().unwrap_or_default().to_owned();
    let args = values.iter().map(|value| format!("--{key}={value}"));
    let line: Vec<String> = std::iter::once(String::new()).chain(args).collect();
    let Err(err) = Command::new("check").arg(flag).try_get_matches_from(line) else {
        return Ok(());
    };
    let value = match err.get(clap::error::ContextKind::InvalidValue) {
        Some(value) => value.to_string(),
        None => values.join(" "),
    };
    let reason = match std::error::Error::source(&err) {
        Some(source) => source.to_string(),
        None => match err.get(clap::error::ContextKind::ValidValue) {
            Some(valid) => format!("choose one of {valid}"),
            None => err.kind().to_string(),
        },
    };
    Err(format!("`{value}` is not possible: {reason}"))
}
