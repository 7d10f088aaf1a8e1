//! What every command has: help with examples that can be run, and stderr for machines.

use covatlas_tests::binary::{Finished, covatlas};
use covatlas_tests::{Collection, fixtures};
use serde_json::Value;

use crate::packaging::commands;

/// The words of every command.
fn all_commands() -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for command in commands(&[]) {
        let below = commands(&[&command]);
        all.push(vec![command.clone()]);
        all.extend(below.into_iter().map(|sub| vec![command.clone(), sub]));
    }
    all
}

/// The command lines that a command's help shows.
fn examples(words: &[String]) -> Vec<String> {
    let args = words.iter().map(String::as_str).chain(["--help"]);
    let help = covatlas(args).exits(0).text();
    let Some((_, examples)) = help.split_once("Examples:\n") else { return Vec::new() };
    let lines = examples.lines().take_while(|line| line.starts_with("  "));
    lines.map(|line| line.trim().to_owned()).filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn every_command_has_examples_of_itself() {
    for words in all_commands() {
        let examples = examples(&words);
        let own = |line: &&String| {
            let mut line = line.split_whitespace();
            let line: Vec<&str> = line.by_ref().collect();
            line.first() == Some(&"covatlas")
                && words.iter().all(|word| line.contains(&word.as_str()))
        };
        assert!(examples.iter().any(|line| own(&line)), "{words:?}: {examples:?}");
    }
    assert!(examples(&[]).len() > 2);
}

#[test]
fn examples_are_command_lines_that_are_understood() {
    // `--help` behind everything else: what stands before it is read first.
    for words in all_commands().into_iter().chain([Vec::new()]) {
        for line in examples(&words).iter().filter(|line| line.starts_with("covatlas")) {
            let line = line.split(['|', '>']).next().unwrap().replace(['"', '\''], "");
            let args = line.split_whitespace().skip(1).chain(["--help"]);
            covatlas(args).exits(0).prints("Usage: covatlas");
        }
    }
}

/// Asserts that stderr is events and nothing else; gives their levels and messages.
#[track_caller]
fn events(run: &Finished) -> Vec<(String, String)> {
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|err| panic!("{err}: {line}"));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&event["level"]), text(&event["fields"]["message"]))
    };
    run.stderr.lines().map(event).collect()
}

#[test]
fn stderr_is_events_when_machines_read_it() {
    let collection = Collection::new();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let json = |args: &[&str]| collection.run([args, &["--log-format", "json"]].concat());
    let data = fixtures::data();
    let images = fixtures::images();
    let site = collection.beside("site.tar.gz");
    let (baseline, dir) = (collection.path(), collection.beside("man"));
    let runs: &[(&[&str], i32)] = &[
        (&["compile"], 1),
        (&["import", data.to_str().unwrap()], 0),
        (&["stats"], 1),
        (&["compile", "--images", &images], 3),
        (&["clone-sources", "--timeout", "1"], 0),
        (&["render", "--viewer", &viewer], 0),
        (&["pack", "-o", site.to_str().unwrap()], 0),
        (&["stats", "--hide", "kind=Job"], 0),
        (&["stats", "--where", "owner=nobody"], 1),
        (&["stats", "--sort", "nothing"], 2),
        (&["never", "--limit", "1"], 0),
        (&["who", "nowhere.go:1"], 1),
        (&["check", "--fail-under", "100"], 4),
        (&["compare", baseline.to_str().unwrap()], 0),
        (&["trend", baseline.to_str().unwrap()], 0),
        (&["export", "lcov", "--paths", "repo"], 0),
        (&["inspect", data.to_str().unwrap()], 3),
        (&["verify"], 3),
        (&["config", "show"], 0),
        (&["man", "--output-dir", dir.to_str().unwrap()], 0),
        (&["man", "nothing"], 2),
    ];
    for (args, status) in runs {
        let run = json(args).exits(*status);
        let events = events(&run);
        let has = |level: &str| events.iter().any(|event| event.0 == level);
        assert_eq!(has("ERROR"), matches!(status, 1 | 2), "{args:?}: {events:?}");
        assert!(*status != 3 || has("WARN"), "{args:?}: {events:?}");
    }
    // Everything that people are told is there, with its parts.
    let loud = json(&["compile", "--update", "*"]).exits(3);
    let plain = collection.run(["compile", "--update", "*"]).exits(3);
    let lost = loud.stderr.lines().find(|line| line.contains("\"loss\"")).unwrap();
    let lost: Value = serde_json::from_str(lost).unwrap();
    let item = lost["fields"]["item"].as_str().unwrap();
    plain.says(&[&format!("lost: {item}: {}", lost["fields"]["message"].as_str().unwrap())]);
    assert!(events(&loud).iter().any(|(level, text)| level == "INFO" && text.contains("owners")));
    let quiet = json(&["compile", "--update", "*", "-q"]).exits(3);
    assert_eq!(events(&quiet).len(), 1, "the loss alone: {}", quiet.stderr);
}
