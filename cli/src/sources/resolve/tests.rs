use super::super::anchor::unit_at;
use super::super::tree::fake;
use super::*;

const API: &str = "package api\n\nfunc T() {\n\treturn\n}\n";

fn named(repo: &str) -> Vec<Named> {
    vec![Named { kind: EvidenceKind::Info, repo: repo.to_owned(), commit: Some("c0ffee0".into()) }]
}

/// Paths without functions, so that every existing file fits.
fn resolve(checkouts: &[Checkout], named: &[Named], paths: &[&str]) -> Vec<Resolved> {
    let file = |path: &&'static str| BuildFile { path, module: "", funcs: &[] };
    let paths: Vec<&'static str> =
        paths.iter().map(|path| &*Box::leak((*path).to_owned().into_boxed_str())).collect();
    let files: Vec<BuildFile<'_>> = paths.iter().map(file).collect();
    Resolver::new(checkouts).resolve(&Build { named, owners: &[], files: &files })
}

/// `repo: path rule` of each result.
fn lines(results: &[Resolved]) -> Vec<String> {
    let line = |result: &Resolved| match &result.place {
        Some(place) => format!("{}: {} {}", place.repo, place.path, result.resolution),
        None => result.resolution.to_string(),
    };
    results.iter().map(line).collect()
}

fn repo(name: &str, files: &[&str]) -> Checkout {
    let module = format!("module {name}\n");
    let mut all: Vec<(&str, &str)> = files.iter().map(|path| (*path, "package p\n")).collect();
    all.push(("go.mod", &module));
    fake::checkout(name, "c0ffee0", &all)
}

#[test]
fn the_path_rules() {
    let o_r = "github.com/o/r";
    let table: &[(&[&str], Checkout, &[&str])] = &[
        (
            &["github.com/o/r/cmd/x/main.go"],
            repo(o_r, &["cmd/x/main.go"]),
            &["github.com/o/r: cmd/x/main.go exact"],
        ),
        (
            &["/workspace/main.go", "github.com/o/r/pkg/a/a.go"],
            repo(o_r, &["main.go", "pkg/a/a.go"]),
            &["github.com/o/r: main.go rewritten", "github.com/o/r: pkg/a/a.go exact"],
        ),
        (&["/workspace/main.go"], repo(o_r, &["main.go"]), &["github.com/o/r: main.go rewritten"]),
        (
            &["/go/src/github.com/o/r/cmd/x/main.go", "github.com/o/r/pkg/gofoo/a.go"],
            repo(o_r, &["cmd/x/main.go", "pkg/gofoo/a.go"]),
            &["github.com/o/r: cmd/x/main.go gopath", "github.com/o/r: pkg/gofoo/a.go exact"],
        ),
        (
            &["/go/src/github.com/old/r/cmd/x/main.go"],
            repo("github.com/new/r", &["cmd/x/main.go"]),
            &["github.com/new/r: cmd/x/main.go migrated"],
        ),
        (
            &["github.com/coreos/prometheus-operator/cmd/operator/main.go"],
            repo("github.com/prometheus-operator/prometheus-operator", &["cmd/operator/main.go"]),
            &["github.com/prometheus-operator/prometheus-operator: cmd/operator/main.go migrated"],
        ),
        (
            &["github.com/o/r/v2/a.go"],
            repo("github.com/o/r/v2", &["a.go"]),
            &["github.com/o/r/v2: a.go exact"],
        ),
        (&["github.com/o/rest/a.go"], repo(o_r, &["a.go", "est/a.go"]), &["unresolved"]),
        (
            &["github.com/o/r/pkg/workspace/w.go"],
            repo(o_r, &["pkg/workspace/w.go", "w.go"]),
            &["github.com/o/r: pkg/workspace/w.go exact"],
        ),
        (
            &["command-line-arguments/main.go", "/build/src/main.go"],
            repo(o_r, &["cmd/x/main.go", "cmd/x/notmain.go"]),
            &["github.com/o/r: cmd/x/main.go suffix", "github.com/o/r: cmd/x/main.go suffix"],
        ),
        (
            &["command-line-arguments/main.go", "/build/src/main.go"],
            repo(o_r, &["cmd/x/main.go", "cmd/y/main.go"]),
            &["unresolved", "unresolved"],
        ),
        (
            &["/build/src/cmd/y/main.go"],
            repo(o_r, &["cmd/x/main.go", "cmd/y/main.go"]),
            &["github.com/o/r: cmd/y/main.go suffix"],
        ),
        (
            &["github.com/o/r/../../secret", "github.com/o/r/a\0.go", "github.com/o/r/./a.go", ""],
            repo(o_r, &["a.go"]),
            &["unresolved", "unresolved", "unresolved", "unresolved"],
        ),
        (
            &["github.com/o/r/vendor/x.io/y/z.go", "x.io/y/z.go"],
            repo(o_r, &["vendor/x.io/y/z.go"]),
            &[
                "github.com/o/r: vendor/x.io/y/z.go rewritten",
                "github.com/o/r: vendor/x.io/y/z.go rewritten",
            ],
        ),
        (&["_/workspace/main.go"], repo(o_r, &["main.go"]), &["github.com/o/r: main.go rewritten"]),
    ];
    for (paths, checkout, want) in table {
        let evidence = named(&checkout.repo);
        let found = resolve(std::slice::from_ref(checkout), &evidence, paths);
        assert_eq!(lines(&found), *want, "{paths:?}");
    }
}

fn kubernetes() -> Checkout {
    fake::checkout(
        "github.com/kubernetes/kubernetes",
        "c0ffee0",
        &[
            ("go.work", "go 1.26\n\nuse (\n\t.\n\t./staging/src/k8s.io/api // x\n)\n"),
            ("go.mod", "module k8s.io/kubernetes\n"),
            ("staging/src/k8s.io/api/go.mod", "module k8s.io/api\n"),
            ("staging/src/k8s.io/api/core/v1/types.go", "package v1\n"),
            ("vendor/k8s.io/api", "->../../staging/src/k8s.io/api"),
            ("cmd/kubelet/kubelet.go", "package main\n"),
            ("main.go", "package main\n"),
        ],
    )
}

#[test]
fn members_of_a_workspace() {
    let evidence = named("github.com/kubernetes/kubernetes");
    let paths = [
        "k8s.io/api/core/v1/types.go",
        "k8s.io/kubernetes/cmd/kubelet/kubelet.go",
        "/workspace/main.go",
    ];
    let found = resolve(&[kubernetes()], &evidence, &paths);
    let want = [
        "github.com/kubernetes/kubernetes: staging/src/k8s.io/api/core/v1/types.go exact",
        "github.com/kubernetes/kubernetes: cmd/kubelet/kubelet.go exact",
        "github.com/kubernetes/kubernetes: main.go rewritten",
    ];
    assert_eq!(lines(&found), want);
}

#[test]
fn a_nested_module_wins_over_the_root() {
    let checkout = fake::checkout(
        "github.com/o/r",
        "c0ffee0",
        &[
            ("go.mod", "module github.com/o/r\n"),
            ("api/go.mod", "module github.com/o/r/api\n"),
            ("api/t.go", "package api\n"),
            ("api/v3/go.mod", "module github.com/o/r/sub/v3\n"),
            ("api/v3/t.go", "package api\n"),
            ("client/v3/t.go", "package client\n"),
        ],
    );
    let paths =
        ["github.com/o/r/api/t.go", "github.com/o/r/sub/v3/t.go", "github.com/o/r/client/v3/t.go"];
    let found = resolve(&[checkout], &named("github.com/o/r"), &paths);
    let want = [
        "github.com/o/r: api/t.go exact",
        "github.com/o/r: api/v3/t.go exact",
        "github.com/o/r: client/v3/t.go exact",
    ];
    assert_eq!(lines(&found), want);
}

#[test]
fn a_repository_without_go_mod_is_its_address() {
    let checkout = fake::checkout("github.com/o/r", "c0ffee0", &[("a/b.go", "package a\n")]);
    let found = resolve(&[checkout], &named("github.com/o/r"), &["github.com/o/r/a/b.go"]);
    assert_eq!(lines(&found), ["github.com/o/r: a/b.go exact"]);
}

#[test]
fn the_repository_of_the_module_when_the_image_says_another() {
    let plugins = "github.com/containernetworking/plugins";
    let checkouts = [
        repo("github.com/k8snetworkplumbingwg/multus-cni", &["cmd/main.go"]),
        repo(plugins, &["plugins/main/bridge/bridge.go"]),
    ];
    let evidence = named("github.com/k8snetworkplumbingwg/multus-cni");
    let path = "github.com/containernetworking/plugins/plugins/main/bridge/bridge.go";
    let found = resolve(&checkouts, &evidence, &[path]);
    assert_eq!(lines(&found), [format!("{plugins}: plugins/main/bridge/bridge.go exact")]);
    assert_eq!(found[0].place.as_ref().unwrap().evidence, EvidenceKind::Module);
}

#[test]
fn a_vendored_copy_in_the_named_repository_wins_over_the_original() {
    let checkouts = [
        repo("github.com/o/r", &["vendor/github.com/d/d/d.go"]),
        repo("github.com/d/d", &["d.go"]),
    ];
    let found = resolve(&checkouts, &named("github.com/o/r"), &["github.com/d/d/d.go"]);
    assert_eq!(lines(&found), ["github.com/o/r: vendor/github.com/d/d/d.go rewritten"]);
    // Nobody builds from the copies of a repository that the image does not name.
    let found = resolve(&checkouts[..1], &[], &["github.com/d/d/d.go"]);
    assert_eq!(lines(&found), ["unresolved"]);
}

#[test]
fn links_are_rejected_with_a_reason() {
    let files = [("go.mod", "module github.com/o/r\n"), ("a.go", "->/etc/passwd")];
    let checkout = fake::checkout("github.com/o/r", "c0ffee0", &files);
    let found = resolve(&[checkout], &named("github.com/o/r"), &["github.com/o/r/a.go"]);
    assert_eq!(lines(&found), ["unresolved"]);
    assert_eq!(found[0].reason.as_deref(), Some("`a.go` is a symbolic link in github.com/o/r"));
}

#[test]
fn the_standard_library_and_the_go_command() {
    let files = [
        ("src/go.mod", "module std\n"),
        ("src/cmd/go.mod", "module cmd\n"),
        ("src/go/ast/ast.go", "package ast\n"),
        ("src/cmd/compile/main.go", "package main\n"),
        ("src/vendor/golang.org/x/net/a.go", "package net\n"),
        ("src/cmd/vendor/golang.org/x/sys/b.go", "package sys\n"),
    ];
    let checkout = fake::checkout("github.com/golang/go", "c0ffee0", &files);
    let paths = [
        "go/ast/ast.go",
        "cmd/compile/main.go",
        "vendor/golang.org/x/net/a.go",
        "cmd/vendor/golang.org/x/sys/b.go",
        "golang.org/x/sys/b.go",
        "golang.org/x/net/none.go",
    ];
    let found = resolve(&[checkout], &named("github.com/golang/go"), &paths);
    let go = |path: &str| format!("github.com/golang/go: {path} rewritten");
    let want = [
        go("src/go/ast/ast.go"),
        go("src/cmd/compile/main.go"),
        go("src/vendor/golang.org/x/net/a.go"),
        go("src/cmd/vendor/golang.org/x/sys/b.go"),
        go("src/cmd/vendor/golang.org/x/sys/b.go"),
        "unresolved".to_owned(),
    ];
    assert_eq!(lines(&found), want);
}

/// Resolves files with one function `T`, whose body starts on line 3 of `API`.
fn resolve_api(
    checkouts: &[Checkout],
    named: &[Named],
    owners: &[&str],
    paths: &[(&str, &str)],
) -> Vec<Resolved> {
    let units = [unit_at(3, 10, 5, 2)];
    let funcs = [FuncUnits { name: "T", literal: false, units: &units }];
    let files: Vec<_> =
        paths.iter().map(|(path, module)| BuildFile { path, module, funcs: &funcs }).collect();
    Resolver::new(checkouts).resolve(&Build { named, owners, files: &files })
}

#[test]
fn a_text_that_does_not_fit_is_a_mismatch() {
    let files = [("go.mod", "module github.com/o/r\n"), ("a.go", "package a\n\n\nfunc T() {\n}\n")];
    let checkout = fake::checkout("github.com/o/r", "c0ffee0", &files);
    let evidence = named("github.com/o/r");
    let found = resolve_api(&[checkout], &evidence, &[], &[("github.com/o/r/a.go", "")]);
    assert_eq!(lines(&found), ["github.com/o/r: a.go mismatch"]);
    assert_eq!(
        found[0].reason.as_deref(),
        Some("func `T`: a unit reaches column 10 of line 3, which has 0 bytes")
    );
}

#[test]
fn the_fitting_commit_of_two_wins() {
    let old = [("go.mod", "module github.com/o/r\n"), ("a.go", "package a\n")];
    let new = [("go.mod", "module github.com/o/r\n"), ("a.go", API)];
    let checkouts = [
        fake::checkout("github.com/o/r", "aaaaaaa", &old),
        fake::checkout("github.com/o/r", "bbbbbbb", &new),
    ];
    let found = resolve_api(&checkouts, &[], &[], &[("github.com/o/r/a.go", "")]);
    assert_eq!(lines(&found), ["github.com/o/r: a.go exact"]);
    assert_eq!(found[0].place.as_ref().unwrap().wanted, "bbbbbbb");
}

#[test]
fn of_two_main_files_the_fitting_one() {
    let files = [
        ("go.mod", "module github.com/o/r\n"),
        ("cmd/x/main.go", "package main\n\nfunc main() {\n}\n"),
        ("cmd/y/main.go", API),
        ("main.go", "package main\n"),
    ];
    let checkout = fake::checkout("github.com/o/r", "c0ffee0", &files);
    let evidence = named("github.com/o/r");
    let paths = [("/build/src/main.go", ""), ("/workspace/main.go", "")];
    let found = resolve_api(&[checkout], &evidence, &[], &paths);
    // A text in its expected place that does not fit gives way to one that does.
    let want = ["github.com/o/r: cmd/y/main.go suffix", "github.com/o/r: cmd/y/main.go suffix"];
    assert_eq!(lines(&found), want);
}

#[test]
fn an_owner_name_alone_must_prove_itself() {
    let fits = [("go.mod", "module github.com/x/z\n"), ("a.go", API), ("b.go", API)];
    let other = [("go.mod", "module github.com/x/z\n"), ("a.go", API), ("b.go", "package z\n")];
    let paths = [("mod.io/z/a.go", "mod.io/z"), ("mod.io/z/b.go", "mod.io/z")];
    let run = |files: &[(&str, &str)], owners: &[&str]| {
        let checkout = fake::checkout("github.com/x/z", "c0ffee0", files);
        resolve_api(&[checkout], &[], owners, &paths)
    };
    assert_eq!(lines(&run(&other, &["z"])), ["unresolved", "unresolved"]);
    assert_eq!(lines(&run(&fits, &["y"])), ["unresolved", "unresolved"]);
    let found = run(&fits, &["z"]);
    assert_eq!(lines(&found), ["github.com/x/z: a.go rewritten", "github.com/x/z: b.go rewritten"]);
    assert_eq!(found[0].place.as_ref().unwrap().evidence, EvidenceKind::Guessed);
    let plain = repo("github.com/x/z", &["a.go"]);
    let files = [BuildFile { path: "mod.io/z/a.go", module: "mod.io/z", funcs: &[] }];
    let build = Build { named: &[], owners: &["z"], files: &files };
    assert_eq!(lines(&Resolver::new([&plain]).resolve(&build)), ["unresolved"]);
}

#[test]
fn the_mark_of_generated_code_is_found_on_the_way() {
    let text = "// Code generated by x. DO NOT EDIT.\n\npackage p\n";
    let files = [("go.mod", "module github.com/o/r\n"), ("a.go", text), ("b.go", "package p\n")];
    let checkout = fake::checkout("github.com/o/r", "c0ffee0", &files);
    let paths = ["github.com/o/r/a.go", "github.com/o/r/b.go", "github.com/q/zz_generated.go"];
    let found = resolve(&[checkout], &named("github.com/o/r"), &paths);
    assert_eq!(found.iter().map(|r| r.generated).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn a_shortened_commit_in_the_evidence_names_its_checkout() {
    let long = "c0ffee0000000000000000000000000000000000";
    let checkout = fake::checkout("github.com/o/r", long, &[("a.go", "package a\n")]);
    let found = resolve(&[checkout], &named("github.com/o/r"), &["github.com/o/r/a.go"]);
    assert_eq!(found[0].place.as_ref().unwrap().evidence, EvidenceKind::Info);
}
