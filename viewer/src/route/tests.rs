use proptest::{collection::vec, option, prelude::*};

use super::*;

fn owner(namespace: &str, kind: &str, name: &str, binary: &str) -> OwnerRef {
    let [namespace, kind, name, binary] = [namespace, kind, name, binary].map(str::to_owned);
    OwnerRef { cluster: String::new(), namespace, kind, name, binary }
}

fn sort(column: &str, descending: bool) -> SortBy {
    SortBy { column: column.to_owned(), descending }
}

fn id(text: &str) -> Option<BuildId> {
    BuildId::of_hash(text)
}

/// Links live in tickets: a row of this table may be added, never changed.
#[test]
fn addresses_are_frozen() {
    let strings = |s: &[&str]| s.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let mcd =
        owner("openshift-machine-config-operator", "DaemonSet", "machine-config-daemon", "mcd");
    let hostile = owner("a/b", "Pod?x=1", "<img src=x>", "50%#ü\u{202e} ");
    let file = |path: &str, lines: Option<(u32, u32)>, build| FileView {
        path: path.to_owned(),
        lines: lines.map(|(a, b)| LineRange::new(a, b)),
        build,
        ..FileView::default()
    };
    let table = [
        (Route::Dashboard(DashboardQuery::default()), "#/"),
        (
            Route::Dashboard(DashboardQuery {
                q: "kube api".into(),
                namespaces: strings(&["_host_", "openshift-etcd"]),
                kinds: strings(&["StaticPod"]),
                tiers: vec![1, 0],
                repos: strings(&["github.com/openshift/origin", ""]),
                sort: vec![sort("uncovered", true), sort("namespace", false)],
                ..DashboardQuery::default()
            }),
            "#/?q=kube%20api&ns=_host_&ns=openshift-etcd&kind=StaticPod&tier=1&tier=0\
             &repo=github.com/openshift/origin&repo=&sort=-uncovered,namespace",
        ),
        (
            Route::Owner(mcd.clone(), OwnerView::default()),
            "#/o/openshift-machine-config-operator/DaemonSet/machine-config-daemon/mcd",
        ),
        (
            Route::Owner(
                OwnerRef { cluster: "east 1".into(), ..mcd.clone() },
                OwnerView {
                    build: id("0123abcd"),
                    q: "drain".into(),
                    view: "flat".into(),
                    sort: vec![sort("path", false)],
                    ..OwnerView::default()
                },
            ),
            "#/o/openshift-machine-config-operator/DaemonSet/machine-config-daemon/mcd\
             ?q=drain&view=flat&sort=path&b=0123abcd&c=east%201",
        ),
        (
            Route::File(mcd.clone(), file("pkg/daemon/drain.go", Some((10, 20)), id("0123abcd"))),
            "#/o/openshift-machine-config-operator/DaemonSet/machine-config-daemon/mcd\
             /f/pkg/daemon/drain.go?l=10-20&b=0123abcd",
        ),
        (
            Route::File(mcd, file("/usr/lib/go/src/f/f/é .go", Some((7, 7)), None)),
            "#/o/openshift-machine-config-operator/DaemonSet/machine-config-daemon/mcd\
             /f//usr/lib/go/src/f/f/%C3%A9%20.go?l=7",
        ),
        (
            Route::Owner(hostile, OwnerView::default()),
            "#/o/a%2Fb/Pod%3Fx%3D1/%3Cimg%20src%3Dx%3E/50%25%23%C3%BC%E2%80%AE%20",
        ),
        (Route::Owner(owner("", "Host", "", ".."), OwnerView::default()), "#/o//Host//.."),
        (
            Route::Build(
                BuildRef { binary: "a/b".into(), build: id("00ff00ff").unwrap() },
                OwnerView::default(),
            ),
            "#/b/a%2Fb/00ff00ff",
        ),
        (Route::Repo("github.com/o/r".into(), RepoView::default()), "#/r/github.com%2Fo%2Fr"),
        (
            Route::RepoFile(
                "github.com/o/r".into(),
                FileView { path: "cmd/main.go".into(), ..FileView::default() },
            ),
            "#/r/github.com%2Fo%2Fr/f/cmd/main.go",
        ),
        (Route::Compare(CompareQuery::default()), "#/compare"),
    ];
    for (route, href) in table {
        assert_eq!(route.href(), href);
        assert_eq!(Route::parse(href), route);
    }
}

/// Like [`addresses_are_frozen`], for the filters of the dashboard that came later.
#[test]
fn addresses_of_dashboards_are_frozen() {
    let strings = |s: &[&str]| s.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let table = [
        (
            Route::Dashboard(DashboardQuery {
                kinds: strings(&["Pod"]),
                containers: strings(&["kube-proxy", ""]),
                tiers: vec![4],
                ..DashboardQuery::default()
            }),
            "#/?kind=Pod&container=kube-proxy&container=&tier=4",
        ),
        (
            Route::Dashboard(DashboardQuery {
                labels: strings(&["job=e2e-aws"]),
                ..DashboardQuery::default()
            }),
            "#/?label=job%3De2e-aws",
        ),
    ];
    for (route, href) in table {
        assert_eq!(route.href(), href);
        assert_eq!(Route::parse(href), route);
    }
}

/// Like [`addresses_are_frozen`], for the pages that list.
#[test]
fn addresses_of_lists_are_frozen() {
    let table = [
        (Route::Never(NeverQuery::default()), "#/never"),
        (
            Route::Never(NeverQuery {
                q: "drain".into(),
                repo: Some("github.com/o/r".into()),
                package: "x.io/m/pkg".into(),
                by: "files".into(),
                generated: true,
                all: true,
            }),
            "#/never?q=drain&repo=github.com/o/r&pkg=x.io/m/pkg&by=files&gen=1&all=1",
        ),
        (
            Route::Never(NeverQuery { repo: Some(String::new()), ..NeverQuery::default() }),
            "#/never?repo=",
        ),
        (Route::Search(SearchQuery::default()), "#/search"),
        (search("a&b=c", ""), "#/search?q=a%26b%3Dc"),
        (search("a b", "functions"), "#/search?q=a%20b&kind=functions"),
    ];
    for (route, href) in table {
        assert_eq!(route.href(), href);
        assert_eq!(Route::parse(href), route);
    }
}

/// Like [`addresses_are_frozen`], for the pages that compare.
#[test]
fn addresses_of_comparisons_are_frozen() {
    let repo = || Some("h.io/o/r".to_owned());
    let file = ComparedFile {
        path: "h.io/o/r/a/é.go".into(),
        lines: Some(LineRange::new(7, 9)),
        build: BuildId::of_hash("0123abcd"),
        repo: repo(),
        only: "lost".into(),
    };
    let list = CompareQuery {
        by: "files".into(),
        only: "lost".into(),
        repo: repo(),
        ..CompareQuery::default()
    };
    assert_eq!(Route::ComparedFile(file.clone()).up(), Some(Route::Compare(list.clone())));
    let query = CompareQuery {
        q: "drain x".into(),
        all: true,
        sort: vec![sort("gained", true)],
        ..list.clone()
    };
    let table = [
        (Route::Compare(list), "#/compare?by=files&only=lost&repo=h.io/o/r"),
        (
            Route::Compare(query),
            "#/compare?q=drain%20x&by=files&only=lost&repo=h.io/o/r&all=1&sort=-gained",
        ),
        (
            Route::ComparedFile(file),
            "#/compare/f/h.io/o/r/a/%C3%A9.go?l=7-9&b=0123abcd&only=lost&repo=h.io/o/r",
        ),
        (
            Route::ComparedFile(ComparedFile {
                path: "/main.go".into(),
                ..ComparedFile::default()
            }),
            "#/compare/f//main.go",
        ),
    ];
    for (route, href) in table {
        assert_eq!(route.href(), href);
        assert_eq!(Route::parse(href), route);
    }
    assert!(matches!(Route::parse("#/compare/f/"), Route::Unknown(_)));
}

/// Like [`addresses_are_frozen`], for the states of the pages of numbers and of text.
#[test]
fn addresses_of_repositories_are_frozen() {
    let table = [
        (
            Route::Repo(
                "h.io/o/r".into(),
                RepoView {
                    list: FileListView {
                        q: "api".into(),
                        sort: vec![sort("owners", true)],
                        ..FileListView::default()
                    },
                    view: "flat".into(),
                    toggled: vec!["a b/".into()],
                    unbuilt: true,
                },
            ),
            "#/r/h.io%2Fo%2Fr?q=api&sort=-owners&view=flat&dir=a%20b/&unbuilt=1",
        ),
        (
            Route::RepoFile(
                "h.io/o/r".into(),
                FileView {
                    path: "a b/x.go".into(),
                    lines: Some(LineRange::new(3, 5)),
                    build: id("0123abcd"),
                    ..FileView::default()
                },
            ),
            "#/r/h.io%2Fo%2Fr/f/a%20b/x.go?l=3-5&b=0123abcd",
        ),
    ];
    for (route, href) in table {
        assert_eq!(route.href(), href);
        assert_eq!(Route::parse(href), route);
    }
}

#[test]
fn addresses_of_views_are_frozen() {
    let strings = |s: &[&str]| s.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let table = [
        (
            Route::Build(
                BuildRef { binary: "mcd".into(), build: id("00ff00ff").unwrap() },
                OwnerView {
                    toggled: strings(&["x.io/m/pkg/", "x.io/m/a b/"]),
                    scope: "x.io/m/a.go".into(),
                    funcs: "run".into(),
                    funcs_sort: vec![sort("here", true)],
                    ..OwnerView::default()
                },
            ),
            "#/b/mcd/00ff00ff?dir=x.io/m/pkg/&dir=x.io/m/a%20b/&in=x.io/m/a.go&fq=run&fsort=-here",
        ),
        (
            Route::Owner(
                owner("n", "Pod", "p", "b"),
                OwnerView { q: "api".into(), written: true, ..OwnerView::default() },
            ),
            "#/o/n/Pod/p/b?q=api&written=1",
        ),
        (
            Route::File(
                owner("n", "Pod", "p", "b"),
                FileView {
                    counts: Counts::Anywhere,
                    find: "a b".into(),
                    hide: "rp".into(),
                    view: "units".into(),
                    ..FileView { path: "x.go".into(), ..FileView::default() }
                },
            ),
            "#/o/n/Pod/p/b/f/x.go?counts=anywhere&find=a%20b&hide=rp&view=units",
        ),
        (
            Route::File(
                owner("n", "Pod", "p", "b"),
                FileView {
                    path: "x.go".into(),
                    lines: Some(LineRange::new(108, 108)),
                    who: true,
                    ..FileView::default()
                },
            ),
            "#/o/n/Pod/p/b/f/x.go?l=108&who=1",
        ),
        (
            Route::File(
                owner("n", "Pod", "p", "b"),
                FileView {
                    path: "x.go".into(),
                    lines: Some(LineRange::new(3, 5)),
                    mode: Mode::Split,
                    list: FileListView {
                        q: "pkg api".into(),
                        written: true,
                        sort: vec![sort("name", false)],
                    },
                    ..FileView::default()
                },
            ),
            "#/o/n/Pod/p/b/f/x.go?l=3-5&mode=split&q=pkg%20api&written=1&sort=name",
        ),
    ];
    for (route, href) in table {
        assert_eq!(route.href(), href);
        assert_eq!(Route::parse(href), route);
    }
}

#[test]
fn what_people_type_and_chat_programs_cut_is_understood() {
    let dashboard = Route::Dashboard(DashboardQuery::default());
    for hash in ["", "#", "#/", "/", "#/?", "#/?q=", "#?utm=1", "#/?tier=9&tier=x&sort=,-,A1"] {
        assert_eq!(Route::parse(hash), dashboard, "{hash}");
    }
    let unknown = [
        "#/x",
        "#/o/a/b/c",
        "#/o/a/b/c/d/",
        "#/o/a/b/c/d/f/",
        "#/b/x/12",
        "#/r/",
        "#/never/x",
        "#main",
    ];
    for hash in unknown {
        let route = Route::parse(hash);
        assert_eq!(route, Route::Unknown(hash.trim_start_matches('#').to_owned()), "{hash}");
        assert_eq!(route.href(), hash);
    }
    // A broken escape or build id loses itself, not the page.
    let Route::File(owner, view) = Route::parse("#/o/n/Pod/100%/b/f/x.go?l=20-10&b=XYZ") else {
        panic!("not a file");
    };
    assert_eq!(owner.name, "100%");
    assert_eq!((view.lines, view.build), (Some(LineRange::new(10, 20)), None));
}

#[test]
fn up_leads_from_file_to_owner_to_dashboard() {
    let file = Route::parse("#/o/n/Pod/p/b/f/x.go?l=3&b=0123abcd");
    let owner = file.up().unwrap();
    assert_eq!(owner.href(), "#/o/n/Pod/p/b?b=0123abcd");
    // The list beside a file is narrowed and ordered as it is.
    let split = Route::parse("#/o/n/Pod/p/b/f/x.go?l=3&mode=split&q=x&written=1&sort=-here");
    assert_eq!(split.up().unwrap().href(), "#/o/n/Pod/p/b?q=x&written=1&sort=-here");
    let dashboard = owner.up().unwrap();
    assert_eq!((dashboard.href(), dashboard.up()), ("#/".to_owned(), None));
}

fn search(q: &str, kind: &str) -> Route {
    Route::Search(SearchQuery { q: q.to_owned(), kind: kind.to_owned() })
}

fn sorts() -> impl Strategy<Value = Vec<SortBy>> {
    vec(
        ("[a-z]{1,9}", any::<bool>())
            .prop_map(|(column, descending)| SortBy { column, descending }),
        0..3,
    )
}

fn owners() -> impl Strategy<Value = OwnerRef> {
    [".*", ".*", ".*", ".*", ".*"].prop_map(|[cluster, namespace, kind, name, binary]| OwnerRef {
        cluster,
        namespace,
        kind,
        name,
        binary,
    })
}

fn builds() -> impl Strategy<Value = Option<BuildId>> {
    option::of("[0-9a-f]{8}".prop_map(|hash| id(&hash).unwrap()))
}

fn owner_views() -> impl Strategy<Value = OwnerView> {
    let texts = [".*", ".*", ".*", ".*"];
    (texts, vec(".*", 0..3), sorts(), sorts(), any::<bool>()).prop_map(
        |([q, view, scope, funcs], toggled, sort, funcs_sort, written)| OwnerView {
            build: None,
            q,
            written,
            view,
            sort,
            toggled,
            scope,
            funcs,
            funcs_sort,
        },
    )
}

fn list() -> impl Strategy<Value = FileListView> {
    (".*", any::<bool>(), sorts()).prop_map(|(q, written, sort)| FileListView { q, written, sort })
}

fn file_views() -> impl Strategy<Value = FileView> {
    let lines = option::of((any::<u32>(), any::<u32>()).prop_map(|(a, b)| LineRange::new(a, b)));
    let file = (".+", lines, builds(), [".*", ".*", ".*"], any::<[bool; 3]>(), list());
    file.prop_map(|(path, lines, build, [find, hide, view], [anywhere, who, split], list)| {
        let counts = if anywhere { Counts::Anywhere } else { Counts::Here };
        let mode = if split { Mode::Split } else { Mode::Source };
        FileView { path, lines, build, counts, find, hide, view, who, mode, list }
    })
}

fn routes() -> impl Strategy<Value = Route> {
    let lists = || std::array::from_fn::<_, 5, _>(|_| vec(".*", 0..3));
    let dashboard = (".*", lists(), vec(0_u8..5, 0..3), any::<[bool; 2]>(), sorts()).prop_map(
        |(q, [namespaces, kinds, containers, repos, labels], tiers, [noise, trust], sort)| {
            Route::Dashboard(DashboardQuery {
                q,
                namespaces,
                kinds,
                containers,
                tiers,
                repos,
                labels,
                noise,
                trust,
                sort,
            })
        },
    );
    let owner = (owners(), builds(), owner_views())
        .prop_map(|(owner, build, view)| Route::Owner(owner, OwnerView { build, ..view }));
    let file = (owners(), file_views()).prop_map(|(owner, view)| Route::File(owner, view));
    let others = prop_oneof![
        (".*", "[0-9a-f]{8}", owner_views()).prop_map(|(binary, b, view)| Route::Build(
            BuildRef { binary, build: id(&b).unwrap() },
            view
        )),
        (".+", list(), ".*", vec(".*", 0..3), any::<bool>()).prop_map(
            |(repo, list, view, toggled, unbuilt)| {
                Route::Repo(repo, RepoView { list, view, toggled, unbuilt })
            }
        ),
        (".*", file_views()).prop_map(|(repo, view)| Route::RepoFile(repo, view)),
        [".*", ".*"].prop_map(|[q, kind]| search(&q, &kind)),
        ([".*", ".*", ".*"], option::of(".*"), any::<[bool; 2]>()).prop_map(
            |([q, package, by], repo, [generated, all])| {
                Route::Never(NeverQuery { q, repo, package, by, generated, all })
            }
        ),
    ];
    prop_oneof![dashboard, owner, file, others]
}

proptest! {
    #[test]
    fn every_route_comes_back(route in routes()) {
        let href = route.href();
        prop_assert!(href.starts_with("#/") && href.is_ascii());
        prop_assert_eq!(Route::parse(&href), route);
    }

    #[test]
    fn any_text_is_some_route_and_keeps_its_meaning(hash in ".*") {
        let route = Route::parse(&hash);
        prop_assert_eq!(Route::parse(&route.href()), route);
    }
}
