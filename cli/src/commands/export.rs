//! `covatlas export`.

use std::io::{self, BufWriter, Write as _};

use camino::Utf8Path;

use crate::{
    args::{self, By, ExportFormat, ExportHow, ExportTextfmt, Global},
    collection::{Collection, Output},
    db::Database,
    export::{
        from_dirs, write_cobertura, write_csv, write_json, write_lcov, write_parquet, write_profile,
    },
    problems::Problems,
    selection::Selection,
    sources::{Repositories, TextSource},
    stats::{Data, Exported, export, query},
    ui::{Outcome, UsageError},
};

pub(super) fn run(global: &Global, args: &args::Export) -> anyhow::Result<Outcome> {
    let problems = match &args.format {
        ExportFormat::Textfmt(args) if !args.dirs.is_empty() => straight(args)?,
        ExportFormat::Textfmt(args) => textfmt(global, &args.how)?,
        ExportFormat::Lcov(how) => with_lines(global, how, write_lcov)?,
        ExportFormat::Cobertura(how) => with_lines(global, how, write_cobertura)?,
        ExportFormat::Json(how) => table(global, how, Table::Json)?,
        ExportFormat::Csv(how) => table(global, how, Table::Csv)?,
        ExportFormat::Parquet(how) => table(global, how, Table::Parquet)?,
    };
    Ok(Outcome::Data { problems })
}

fn straight(args: &ExportTextfmt) -> anyhow::Result<Problems> {
    let combine = match args.combine.unwrap_or_default() {
        args::Combine::Max => covdata::Combine::Max,
        args::Combine::Sum => covdata::Combine::Sum,
    };
    to_output(args.how.output.as_deref(), |out| from_dirs(&args.dirs, combine, out))
}

fn textfmt(global: &Global, how: &ExportHow) -> anyhow::Result<Problems> {
    let (_, db, selection) = open(global, how)?;
    let exported = export(&db, &selection, how.paths)?;
    to_output(how.output.as_deref(), |out| Ok(write_profile(&exported, out)?))?;
    Ok(exported.problems)
}

/// Writes what some format says of files and their lines.
type WriteLines = fn(&Exported, &dyn TextSource, &mut dyn io::Write) -> io::Result<()>;

fn with_lines(global: &Global, how: &ExportHow, write: WriteLines) -> anyhow::Result<Problems> {
    let (collection, db, selection) = open(global, how)?;
    let exported = export(&db, &selection, how.paths)?;
    let texts = Repositories::new(&collection);
    to_output(how.output.as_deref(), |out| Ok(write(&exported, &texts, out)?))?;
    Ok(exported.problems)
}

/// The formats that are rows.
#[derive(Clone, Copy)]
enum Table {
    Csv,
    Json,
    Parquet,
}

fn table(global: &Global, how: &ExportHow, table: Table) -> anyhow::Result<Problems> {
    let (_, db, selection) = open(global, how)?;
    let data = Data::read(&db)?;
    let files = query(&data, By::File, &selection)?;
    to_output(how.output.as_deref(), |out| match table {
        Table::Csv => Ok(write_csv(&files, out)?),
        Table::Parquet => Ok(write_parquet(&files, out)?),
        Table::Json => Ok(write_json(&files, &query(&data, By::Func, &selection)?, out)?),
    })?;
    Ok(Problems::new())
}

fn open(global: &Global, how: &ExportHow) -> anyhow::Result<(Collection, Database, Selection)> {
    let selection = Selection::parse(&how.filter).map_err(|err| UsageError::of(&err))?;
    let collection = Collection::open(&global.collection)?;
    let db = Database::open(&collection.database())?;
    Ok((collection, db, selection))
}

/// Lets `write` write to a file, which appears when it is complete, or to stdout.
fn to_output<T>(
    path: Option<&Utf8Path>,
    write: impl FnOnce(&mut dyn io::Write) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let Some(path) = path else {
        let mut out = BufWriter::new(io::stdout().lock());
        let done = write(&mut out)?;
        out.flush()?;
        return Ok(done);
    };
    let mut out = BufWriter::new(Output::create(path)?);
    let done = write(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.commit()?;
    Ok(done)
}
