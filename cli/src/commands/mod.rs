//! One file per command: from flags to library calls and back to what is printed.

mod baseline;
mod check;
mod clone_sources;
mod compare;
mod compile;
mod config;
#[cfg(feature = "s3")]
mod download;
mod export;
mod import;
mod inspect;
mod logins;
mod never;
mod pack;
mod packaging;
mod publish;
#[cfg(feature = "s3")]
mod publish_bucket;
#[cfg(feature = "registry")]
mod registry;
mod render;
mod run;
mod serve;
mod stats;
mod trend;
mod verify;
mod who;

use std::{
    io::{self, BufWriter, StdoutLock, Write as _},
    time::Instant,
};

use serde_json::{Map, Value};

use crate::{
    args::{Cli, Command, Global},
    collection::{Collection, CollectionLock, Wait},
    config::Invocation,
    db::{Database, DbError},
    problems::{Problems, Severity},
    selection::{Noise, Selection},
    stats::{Row, Table},
    timestamp::Timestamp,
    ui::{Outcome, Summary, Ui, UsageError, human_bytes},
};

/// Runs the command that the arguments name.
///
/// # Errors
/// Whatever stopped it; [`Ui::finish`] prints it.
pub(crate) fn run(invocation: &Invocation, ui: Ui) -> anyhow::Result<Outcome> {
    let Cli { global, command } = &invocation.cli;
    limit_threads(global)?;
    match command {
        #[cfg(feature = "s3")]
        Command::Download(args) => download::run(global, args, ui),
        Command::Import(args) => import::run(global, args),
        Command::Compile(args) => compile::run(global, args),
        Command::CloneSources(args) => clone_sources::run(global, args, ui),
        Command::Render(args) => render::run(global, args),
        Command::Run(args) => run::run(global, args, ui),
        Command::Serve(args) => serve::run(global, args, ui),
        Command::Pack(args) => pack::run(global, args),
        Command::Publish(args) => publish::run(global, args, ui),
        Command::Stats(args) => stats::run(global, args, ui),
        Command::Never(args) => never::run(global, args, ui),
        Command::Who(args) => who::run(global, args, ui),
        Command::Compare(args) => compare::run(global, args, ui),
        Command::Trend(args) => trend::run(args, ui),
        Command::Check(args) => check::run(global, args, ui),
        Command::Export(args) => export::run(global, args),
        Command::Inspect(args) => inspect::run(args, ui),
        Command::Verify(args) => verify::run(global, args),
        Command::Config(args) => config::run(invocation, args, ui),
        Command::Completions(args) => packaging::completions(args),
        Command::Man(args) => packaging::man(args, ui),
    }
}

/// Keeps what computes to as many threads as the flag says, and never more than one a core: what
/// waits for networks has its own.
fn limit_threads(global: &Global) -> anyhow::Result<()> {
    if let Some(n) = global.max_concurrency {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let n = usize::from(n).min(cores);
        rayon::ThreadPoolBuilder::new().num_threads(n).build_global()?;
    }
    Ok(())
}

/// The collection, locked for writing.
fn open_to_write(global: &Global) -> anyhow::Result<(Collection, CollectionLock)> {
    let collection = Collection::open(&global.collection)?;
    let lock = lock(global, &collection)?;
    Ok((collection, lock))
}

/// Runs `f` on the collection, locked for writing, which is made when it is missing. When `f` fails
/// before anything came into it, it is taken away again.
fn in_new_collection<T>(
    global: &Global,
    f: impl FnOnce(&Collection) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let made = Collection::missing_folders(&global.collection);
    let collection = Collection::create(&global.collection)?;
    let lock = lock(global, &collection)?;
    let result = f(&collection);
    if result.is_err() {
        collection.unmake(&made, lock);
    }
    result
}

fn lock(global: &Global, collection: &Collection) -> anyhow::Result<CollectionLock> {
    let wait = if global.wait { Wait::Yes } else { Wait::No };
    Ok(collection.lock(wait)?)
}

/// Fails when the database is that of a newer covatlas; one that cannot be used otherwise is left
/// to who uses it.
fn refuse_newer(collection: &Collection) -> Result<(), DbError> {
    match Database::open(&collection.database()) {
        Err(err @ DbError::Newer { .. }) => Err(err),
        _ => Ok(()),
    }
}

/// The collection's database, for reading.
fn open_database(global: &Global) -> anyhow::Result<Database> {
    let collection = Collection::open(&global.collection)?;
    Ok(Database::open(&collection.database())?)
}

/// What `--where` leaves without what `--hide` names, of which people are told.
fn selection(filters: &[String], hide: &[Noise], ui: Ui) -> Result<Selection, UsageError> {
    let selection = Selection::parse(filters).map_err(|err| UsageError::of(&err))?;
    let noise = Noise::texts(hide);
    if !noise.is_empty() {
        ui.say("hidden", &format!("{}; --hide= shows it", noise.join(", ")));
    }
    Ok(selection.without(hide))
}

/// Prints rows: one JSON object a line, or a table for people.
fn print_rows(rows: &[Row], ui: Ui) -> io::Result<()> {
    let mut out = if ui.json {
        RowPrinter::json()
    } else {
        let mut table = Table::default();
        for row in rows {
            table.measure(row);
        }
        RowPrinter::table(table)?
    };
    rows.iter().try_for_each(|row| out.print(row))?;
    out.finish()
}

/// Standard output, row by row.
struct RowPrinter {
    out: BufWriter<StdoutLock<'static>>,
    /// `None`: one JSON object a line.
    table: Option<Table>,
}

impl RowPrinter {
    fn json() -> Self {
        Self { out: BufWriter::new(io::stdout().lock()), table: None }
    }

    /// Prints the head of a table of which every row was measured, when there was any.
    fn table(table: Table) -> io::Result<Self> {
        let mut out = BufWriter::new(io::stdout().lock());
        out.write_all(table.head().as_bytes())?;
        Ok(Self { out, table: Some(table) })
    }

    fn print(&mut self, row: &Row) -> io::Result<()> {
        let Some(table) = &self.table else {
            serde_json::to_writer(&mut self.out, row)?;
            return self.out.write_all(b"\n");
        };
        self.out.write_all(table.line(row).as_bytes())
    }

    fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The time of day: the only place below which nobody asks the clock.
#[expect(clippy::disallowed_methods, reason = "commands hand the time down as an argument")]
fn now() -> Timestamp {
    Timestamp::from_system_time(std::time::SystemTime::now()).unwrap_or(Timestamp::EPOCH)
}

/// A summary with the counts that every step has.
fn summary(
    command: &'static str,
    done: usize,
    skipped: usize,
    problems: Problems,
    started: Instant,
) -> Summary {
    let problems: Vec<_> = problems.into_iter().collect();
    Summary {
        command,
        done,
        skipped,
        failed: problems.iter().filter(|p| p.severity == Severity::Loss).count(),
        problems,
        seconds: (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        counts: Map::new(),
        sentence: String::new(),
    }
}

impl Summary {
    /// Adds one of the step's own counts.
    #[must_use]
    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.counts.insert(key.to_owned(), value.into());
        self
    }

    /// Sets the sentence for people.
    #[must_use]
    fn saying(mut self, sentence: &str) -> Self {
        self.sentence = format!("{sentence} in {:.2} s", self.seconds);
        self
    }
}

/// `3 owners`, `1 owner`.
fn counted(n: usize, one: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {one}{plural}")
}
