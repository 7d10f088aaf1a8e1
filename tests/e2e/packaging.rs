//! `completions` and `man`: what packages ship.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use covatlas_tests::binary::covatlas;
use covatlas_tests::tools;

/// The commands that `--help` lists below some words.
pub fn commands(words: &[&str]) -> Vec<String> {
    let help = covatlas(words.iter().chain(&["--help"])).exits(0).text();
    let Some((_, list)) = help.split_once("Commands:\n") else { return Vec::new() };
    let lines = list.lines().take_while(|line| line.starts_with("  "));
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect()
}

/// The long flags that `--help` lists.
fn flags(words: &[&str]) -> BTreeSet<String> {
    let help = covatlas(words.iter().chain(&["--help"])).exits(0).text();
    let lines = help.lines().filter(|line| line.trim_start().starts_with('-'));
    let words = lines.flat_map(|line| line.split([' ', ',', '[', '=', '.']));
    words.filter(|word| word.starts_with("--")).map(str::to_owned).collect()
}

#[test]
fn there_is_a_manual_page_for_every_command_with_every_flag() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("share/man/man1");
    covatlas(["man", "--output-dir", out.to_str().unwrap()]).exits(0).prints_nothing();
    let pages: BTreeSet<String> = fs::read_dir(&out)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut expected = BTreeSet::from(["covatlas.1".to_owned()]);
    for command in commands(&[]) {
        for below in commands(&[&command]) {
            expected.insert(format!("covatlas-{command}-{below}.1"));
        }
        let page = format!("covatlas-{command}.1");
        let text = fs::read_to_string(out.join(&page)).unwrap();
        let title = format!(".TH covatlas-{command} 1  \"covatlas ");
        assert!(text.contains(&title), "{}", &text[..200]);
        let plain = text.replace("\\-", "-");
        for flag in flags(&[&command]) {
            assert!(plain.contains(&flag), "{page} lacks {flag}");
        }
        expected.insert(page);
    }
    assert_eq!(pages, expected);
    assert!(expected.len() > 20, "{expected:?}");

    let one = covatlas(["man", "export", "lcov"]).exits(0).stdout;
    assert_eq!(fs::read(out.join("covatlas-export-lcov.1")).unwrap(), one);
    assert_eq!(fs::read(out.join("covatlas.1")).unwrap(), covatlas(["man"]).exits(0).stdout);
    covatlas(["man", "exprot"]).exits(2).prints_nothing().says(&["no command `exprot`"]);
}

/// What bash offers for a line.
fn completed(script: &str, line: &str) -> Vec<String> {
    let words: Vec<String> = line.split(' ').map(|word| format!("'{word}'")).collect();
    let program = format!(
        "{script}\nCOMP_WORDS=({words})\nCOMP_CWORD={last}\n_covatlas covatlas {current} {before}\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words = words.join(" "),
        last = words.len() - 1,
        current = words[words.len() - 1],
        before = words[words.len() - 2],
    );
    let output = Command::new("bash").args(["--norc", "-c", &program]).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_flags_and_values() {
    if !tools::has("bash_completes_commands_flags_and_values", "bash") {
        return;
    }
    let script = covatlas(["completions", "bash"]).exits(0).text();
    assert_eq!(completed(&script, "covatlas cl"), ["clone-sources"]);
    assert_eq!(completed(&script, "covatlas export lc"), ["lcov"]);
    assert_eq!(completed(&script, "covatlas stats --b"), ["--by"]);
    assert_eq!(completed(&script, "covatlas stats --by na"), ["namespace"]);
    let all: BTreeSet<String> = completed(&script, "covatlas stats --").into_iter().collect();
    assert!(flags(&["stats"]).is_subset(&all), "{all:?}");
}

#[test]
fn every_shell_has_a_script() {
    let scripts: BTreeSet<String> = ["bash", "zsh", "fish", "elvish", "powershell"]
        .map(|shell| covatlas(["completions", shell]).exits(0).text())
        .into_iter()
        .collect();
    assert_eq!(scripts.len(), 5);
    assert!(scripts.iter().all(|script| script.contains("clone-sources")));
    covatlas(["completions", "cmd"]).exits(2).prints_nothing();
}
