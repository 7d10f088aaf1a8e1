//! From the words of a command line, files and environment to what is to be done.

use std::ffi::OsString;

use camino::Utf8PathBuf;
use clap::{ArgMatches, Command, CommandFactory as _, FromArgMatches as _};

use super::{Config, ConfigError, Setting, apply, settings};
use crate::args::{Cli, Global};

/// A command line with everything that files and environment add to it.
#[derive(Debug)]
pub struct Invocation {
    /// The arguments.
    pub cli: Cli,
    /// What each flag of each command is, and where that is from.
    pub settings: Vec<Setting>,
    /// Where there could have been a configuration, and whether it is in force.
    pub places: Vec<(Utf8PathBuf, bool)>,
}

/// Why nothing is to be done.
#[derive(Debug)]
pub enum Refused {
    /// Help, the version or a mistake, which clap words best.
    Clap(clap::Error),
    /// The configuration cannot be used; the flags say how to print that.
    Config(Box<Global>, ConfigError),
}

impl From<clap::Error> for Refused {
    fn from(err: clap::Error) -> Self {
        Self::Clap(err)
    }
}

impl Invocation {
    /// Reads a command line, the program's name first.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn read(args: Vec<OsString>) -> Result<Self, Refused> {
        let args = without_cluster_word(args);
        let command = Cli::command();
        // What must be given may stand in a file, and which file that is the arguments say.
        let first = match relaxed(command.clone()).try_get_matches_from(&args) {
            Ok(first) => first,
            // The same mistake or help, in the words of the whole command line.
            Err(err) => return Err(command.try_get_matches_from(args).err().unwrap_or(err).into()),
        };
        let global = Global::from_arg_matches(&first)?;
        let refused = |err| Refused::Config(Box::new(global.clone()), err);
        let config = Config::read(global.config.as_deref(), &global.collection, &command);
        let config = config.map_err(refused)?;
        let command = config.apply(command, &words(&first));
        let matches = command.clone().try_get_matches_from(args)?;
        Ok(Self {
            cli: Cli::from_arg_matches(&matches)?,
            settings: settings::all(&config, &command, &matches),
            places: config.places().map(|(path, is_read)| (path.to_owned(), is_read)).collect(),
        })
    }
}

/// `covatlas cluster <command>` means `covatlas <command>`: so the older tool was called.
fn without_cluster_word(mut args: Vec<OsString>) -> Vec<OsString> {
    if args.get(1).is_some_and(|word| word == "cluster") {
        args.remove(1);
    }
    args
}

/// The command line without what must be given, and with all that a file could let it take.
fn relaxed(command: Command) -> Command {
    let relax = |arg: clap::Arg| apply::with_value(arg).required(false);
    command.mut_args(relax).mut_subcommands(relaxed)
}

/// The words of the command that was called, such as `export lcov`.
fn words(matches: &ArgMatches) -> Vec<String> {
    let next = matches.subcommand();
    next.map(|(name, below)| {
        let mut words = vec![name.to_owned()];
        words.extend(self::words(below));
        words
    })
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        args::{By, Combine, Command as What, LogFormat},
        problems::chain,
    };

    /// A folder with files, and what a command line in it comes to.
    fn read(files: &[(&str, &str)], line: &str) -> Result<Invocation, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs_err::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            fs_err::write(folder.path().join(name), text).unwrap();
        }
        let root = folder.path().to_str().unwrap();
        let line = line.replace("ROOT", root);
        let args = line.split_whitespace().map(OsString::from).collect();
        Invocation::read(args).map_err(|refused| match refused {
            Refused::Clap(err) => err.to_string(),
            Refused::Config(_, err) => chain(&err).replace(root, "ROOT"),
        })
    }

    #[test]
    fn the_older_tools_way_to_call_works() {
        let cli = read(&[], "covatlas cluster compile --cluster ci").unwrap().cli;
        assert!(matches!(cli.command, What::Compile(_)));
        assert_eq!(cli.global.collection, "ci");
    }

    #[test]
    fn a_file_gives_defaults_and_flags_win() {
        let file = "log-format = 'json'\nlimit = 7\n[stats]\nby = 'file'\nlimit = 9\n\
                    where = ['owner=etcd']\n[compile]\ncombine = 'sum'\nowners = 'o.json'\n";
        let files = [("run/covatlas.toml", file)];
        let stats = |line: &str| match read(&files, line).unwrap().cli {
            Cli { command: What::Stats(stats), global } => (stats, global),
            other => panic!("{other:?}"),
        };
        let (args, global) = stats("covatlas -C ROOT/run stats");
        assert_eq!((args.by, args.limit, global.log_format), (By::File, Some(9), LogFormat::Json));
        assert_eq!(args.filter, ["owner=etcd"]);
        let line = "covatlas stats --collection ROOT/run --by pod --limit 1 --where kind=Job";
        let (args, _) = stats(line);
        assert_eq!((args.by, args.limit), (By::Pod, Some(1)));
        assert_eq!(args.filter, ["kind=Job"], "flags replace, they do not add");
        let never = read(&files, "covatlas -C ROOT/run never").unwrap().cli.command;
        assert!(matches!(never, What::Never(never) if never.limit == Some(7)));
        let run = read(&files, "covatlas -C ROOT/run run").unwrap().cli.command;
        let What::Run(run) = run else { panic!("{run:?}") };
        assert_eq!(run.compile.combine, Combine::Sum, "`run` takes what its steps take");
        let owners = run.compile.owners.unwrap();
        assert!(owners.ends_with("run/o.json"), "relative to the file: {owners}");
    }

    #[test]
    fn switches_that_a_file_turns_on_can_be_turned_off() {
        let files = [("covatlas.toml", "[import]\ncopy = true\n[check]\nfail-under = 60.5\n")];
        let copy = |line: &str| match read(&files, line).unwrap().cli.command {
            What::Import(import) => import.how.copy,
            other => panic!("{other:?}"),
        };
        assert!(copy("covatlas -C ROOT import x"));
        assert!(!copy("covatlas -C ROOT import --copy=false x"));
        assert!(copy("covatlas -C ROOT import x --copy"));
        let What::Check(check) = read(&files, "covatlas -C ROOT check").unwrap().cli.command else {
            panic!()
        };
        assert_eq!(check.fail_under.to_string(), "60.5", "a file gives what must be given, too");
        assert!(read(&[], "covatlas -C ROOT check").unwrap_err().contains("--fail-under"));
    }

    #[test]
    fn a_named_file_replaces_the_others() {
        let files =
            [("covatlas.toml", "limit = 1"), ("other.toml", "[never]\nwhere = ['kind=Job']")];
        let read = |line: &str| match read(&files, line).unwrap().cli.command {
            What::Never(never) => (never.limit, never.filter.len()),
            other => panic!("{other:?}"),
        };
        assert_eq!(read("covatlas -C ROOT never"), (Some(1), 0));
        assert_eq!(read("covatlas -C ROOT never --config ROOT/other.toml"), (None, 1));
    }

    #[test]
    fn mistakes_name_file_line_and_the_nearest_key() {
        let err =
            |text: &str| read(&[("covatlas.toml", text)], "covatlas -C ROOT stats").unwrap_err();
        let table = [
            (
                "\n\ncolour = 'never'",
                "ROOT/covatlas.toml:3: unknown key `colour`: did you mean `color`?",
            ),
            (
                "[compile]\ncombin = 'max'",
                "ROOT/covatlas.toml:2: unknown key `compile.combin`: did you mean `combine`?",
            ),
            ("[compil]\n", "ROOT/covatlas.toml:1: unknown key `compil`: did you mean `compile`?"),
            (
                "[never]\nby = 'file'",
                "ROOT/covatlas.toml:2: unknown key `never.by`; `covatlas config show` lists all keys",
            ),
            (
                "[export.lcov]\npath = 'repo'",
                "ROOT/covatlas.toml:2: unknown key `export.lcov.path`: did you mean `paths`?",
            ),
            (
                "collection = 'x'",
                "ROOT/covatlas.toml:1: unknown key `collection`; `covatlas config show` lists all keys",
            ),
            (
                "[compile]\ncombine = 'mean'",
                "ROOT/covatlas.toml:2: `compile.combine`: `mean` is not possible: choose one of max, sum",
            ),
            (
                "limit = -1",
                "ROOT/covatlas.toml:1: `limit`: `-1` is not possible: invalid digit found in string",
            ),
            ("title = ['a', 'b']", "ROOT/covatlas.toml:1: `title`: array cannot stand here"),
            ("json = 'yes'", "ROOT/covatlas.toml:1: `json`: true or false is expected"),
            (
                "[check]\nfail-under = 101",
                "ROOT/covatlas.toml:2: `check.fail-under`: `101` is not possible: write a percentage from 0 to 100 with at most 9 decimals, such as 72.5",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(err(text), expected, "{text}");
        }
        assert!(err("a = 1\n[x").starts_with("ROOT/covatlas.toml:2: "), "{}", err("a = 1\n[x"));
        let missing = read(&[], "covatlas stats --config ROOT/none.toml").unwrap_err();
        let start = "cannot read the configuration `ROOT/none.toml`: ";
        assert!(missing.starts_with(start) && missing.contains("No such file"), "{missing}");
    }
}
