//! covatlas: which code of a whole Kubernetes cluster of Go programs ran, where, and what never ran.
//!
//! The library behind the `covatlas` binary. The pipeline, in the order of the data:
//!
//! 1. [`collect`] brings coverage data into a [`collection`] (one folder per cluster run).
//! 2. [`compile`] decodes it (crate `covdata`), merges it with [`profile`], finds the [`owner`] of
//!    each process and the repository behind each [`image`], and writes [`db`].
//! 3. [`sources`] fetches the repositories and finds each file of each build in them.
//! 4. [`site`] writes the static site; [`serve`], [`pack`] and [`publish`] hand it on; [`stats`] answers
//!    questions, [`export`] writes what other tools read.
//!
//! [`verify`] checks all of it.
//!
//! [`args`] is the command line, [`config`] its defaults from files, [`commands`] has one file per
//! command, [`ui`] prints.

pub mod args;
pub mod collect;
pub mod collection;
mod commands;
pub mod compile;
pub mod config;
pub mod db;
pub mod export;
pub mod image;
pub mod inspect;
pub mod label;
#[cfg(feature = "s3")]
pub mod meter;
pub mod owner;
pub mod pack;
pub mod problems;
pub mod profile;
pub mod publish;
pub mod selection;
pub mod serve;
pub mod site;
pub mod sources;
pub mod stats;
pub mod timestamp;
pub mod ui;
pub mod verify;

#[cfg(test)]
#[path = "../covdata/tests/encode/mod.rs"]
mod encode;
#[cfg(test)]
mod sample;

use std::process::ExitCode;

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    let invocation = match config::Invocation::read(std::env::args_os().collect()) {
        Ok(invocation) => invocation,
        Err(config::Refused::Clap(err)) => err.exit(),
        Err(config::Refused::Config(global, err)) => {
            let ui = ui::Ui::new(&global);
            ui.start_logging(&global);
            return ui.finish(Err(ui::UsageError::of(&err).into()));
        }
    };
    let global = &invocation.cli.global;
    let ui = ui::Ui::new(global);
    ui.start_logging(global);
    ui.finish(commands::run(&invocation, ui))
}
