//! `covatlas completions` and `covatlas man`.

use std::io::{self, Write as _};

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use super::counted;
use crate::{
    args::{self, Cli},
    collection::write_atomic,
    config::with_path_hints,
    problems::Problems,
    ui::{Outcome, Ui, UsageError},
};

pub(super) fn completions(args: &args::Completions) -> anyhow::Result<Outcome> {
    let mut command = with_path_hints(Cli::command());
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "covatlas", &mut script);
    to_stdout(&script)
}

pub(super) fn man(args: &args::Man, ui: Ui) -> anyhow::Result<Outcome> {
    let mut command = Cli::command();
    command.build();
    let Some(dir) = &args.output_dir else {
        let mut found = &command;
        for word in &args.words {
            let below = found.find_subcommand(word);
            found = below.ok_or_else(|| UsageError::new(format!("no command `{word}`")))?;
        }
        return to_stdout(&page(found)?.1);
    };
    fs_err::create_dir_all(dir)?;
    let mut pages = Vec::new();
    collect(&command, &mut pages)?;
    for (name, text) in &pages {
        write_atomic(&dir.join(name), text)?;
    }
    ui.say("man", &format!("{} in {dir}", counted(pages.len(), "page")));
    Ok(Outcome::Data { problems: Problems::new() })
}

/// The pages of a command and all below it: name of the file and contents.
fn collect(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> anyhow::Result<()> {
    pages.push(page(command)?);
    let shown = |sub: &&Command| !sub.is_hide_set() && sub.get_name() != "help";
    command.get_subcommands().filter(shown).try_for_each(|sub| collect(sub, pages))
}

fn page(command: &Command) -> anyhow::Result<(String, Vec<u8>)> {
    let man = Man::new(command.clone()).source(concat!("covatlas ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    man.render(&mut text).context("cannot make a manual page")?;
    Ok((man.get_filename(), text))
}

fn to_stdout(text: &[u8]) -> anyhow::Result<Outcome> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.flush()?;
    Ok(Outcome::Data { problems: Problems::new() })
}
