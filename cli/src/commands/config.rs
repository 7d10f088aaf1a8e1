//! `covatlas config`.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::{
    args::{self, ConfigCommand},
    config::{Invocation, Setting, Shape, Source},
    problems::Problems,
    stats::Row,
    ui::{Outcome, Ui},
};

pub(super) fn run(invocation: &Invocation, args: &args::Config, ui: Ui) -> anyhow::Result<Outcome> {
    let ConfigCommand::Show = args.command;
    let mut out = io::BufWriter::new(io::stdout().lock());
    if ui.json {
        for setting in &invocation.settings {
            writeln!(out, "{}", serde_json::to_string(&row(setting))?)?;
        }
    } else {
        print(invocation, &mut out)?;
    }
    out.flush()?;
    Ok(Outcome::Data { problems: Problems::new() })
}

fn row(setting: &Setting) -> Row {
    let command = (!setting.command.is_empty()).then(|| setting.command.join(" "));
    let (source, place) = match &setting.source {
        Source::CommandLine => ("command-line", None),
        Source::Environment(name) => ("environment", Some(name.clone())),
        Source::File(place) => ("file", Some(place.to_string())),
        Source::Default => ("default", None),
    };
    Row::default()
        .with("command", command)
        .with("key", setting.key.clone())
        .with("value", value(setting))
        .with("source", source)
        .with("place", place)
}

/// The value as JSON, of which every form here is also TOML; null when nothing is set.
fn value(setting: &Setting) -> Value {
    match (setting.shape, setting.values.first()) {
        (Shape::Texts, _) => json!(setting.values),
        (_, None) => Value::Null,
        (Shape::Plain, Some(text)) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        (Shape::Text, Some(text)) => json!(text),
    }
}

/// A file that says what is in force, with comments that say why.
fn print(invocation: &Invocation, out: &mut dyn Write) -> anyhow::Result<()> {
    for (path, is_read) in &invocation.places {
        writeln!(out, "# {path}{}", if *is_read { "" } else { " (not there)" })?;
    }
    let mut table: &[String] = &[];
    for setting in &invocation.settings {
        if setting.command != table {
            table = &setting.command;
            writeln!(out, "\n[{}]", table.join("."))?;
        }
        let line = match value(setting) {
            Value::Null => format!("# {} =", setting.key),
            value => format!("{} = {value}", setting.key),
        };
        let from = match &setting.source {
            Source::CommandLine => "command line".to_owned(),
            Source::Environment(name) => name.clone(),
            Source::File(place) => place.to_string(),
            Source::Default if setting.values.is_empty() => "not set".to_owned(),
            Source::Default => "default".to_owned(),
        };
        writeln!(out, "{line:<40} # {from}")?;
    }
    Ok(())
}
