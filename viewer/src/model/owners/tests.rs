use covatlas_shared::{
    codec::StringsBuilder,
    manifest::{Manifest, Quiet, Totals},
    owners::Run,
};

use super::*;
use crate::route::{DashboardQuery, Route, SortBy};

/// `namespace kind name binary build covered/statements`, one owner and build per line.
fn table(lines: &str) -> OwnerTable {
    let mut s = StringsBuilder::default();
    let mut rows = Vec::new();
    for line in lines.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let f: Vec<&str> = line.split(' ').collect();
        let (covered, statements) = f[5].split_once('/').unwrap();
        let coverage =
            Coverage::new(statements.parse().unwrap(), covered.parse().unwrap()).unwrap();
        let labels =
            if f[0] == "ovn" { vec!["job=aws".into(), format!("job={}", f[1])] } else { vec![] };
        rows.push(OwnerRow {
            cluster: s.add("east"),
            namespace: s.add(f[0]),
            kind: s.add(f[1]),
            name: s.add(f[2]),
            binary: s.add(f[3]),
            evidence: 0,
            build: f[4].parse().unwrap(),
            coverage,
            funcs: Coverage::default(),
            processes: 1,
            containers: vec![s.add(&format!("c-{}", f[2]))],
            pods: vec![],
            hosts: vec![],
            images: vec![],
            labels: labels.iter().map(|label| s.add(label)).collect(),
            // Of one owner only the first row has it.
            trend: match f[2] {
                "kubelet" => vec![Some(1000), None, Some(6000)],
                "control" => vec![Some(500), Some(500), Some(500)],
                "node" => vec![None, Some(9000), Some(3000)],
                "etcd" if f[4] == "1" => vec![None, None, Some(1250)],
                _ => vec![],
            },
            first_seen: None,
            last_seen: None,
            counts: String::new(),
        });
    }
    let build = |s: &mut StringsBuilder, i: u32| Build {
        hash: format!("{i:032x}"),
        binary: 0,
        module: 0,
        repo: s.add(&format!("github.com/o/r{i}")),
        commit: s.add(&format!("c0ffee{i}")),
        coverage: Coverage::default(),
        funcs: Coverage::default(),
        files: 0,
        stats: String::new(),
        counts: String::new(),
        lens: String::new(),
    };
    let runs = ["mon", "tue", "wed"].map(|name| Run { name: name.into(), time: None }).into();
    let builds = (0..4).map(|i| build(&mut s, i)).collect();
    OwnerTable::new(
        Rc::new(OwnersShard { strings: s.finish(), builds, rows, runs }),
        Tiers::default(),
    )
}

fn cluster() -> OwnerTable {
    table(
        "_host_ Host kubelet kubelet 0 60/100
         etcd StaticPod etcd etcd 1 10/80
         etcd StaticPod etcd etcd 2 70/80
         ovn DaemonSet node ovnkube 3 30/100
         ovn Deployment control ovnkube 3 5/100
         zero Pod guard guard 0 0/0",
    )
}

fn names(table: &OwnerTable, query: &str) -> Vec<String> {
    let Route::Dashboard(query) = Route::parse(query) else { panic!("not the dashboard") };
    let owners = table.passing(&query).shown(&table.sorted(&order(&query.sort)));
    owners.iter().map(|&o| table.text(table.newest(o).unwrap().name).to_owned()).collect()
}

#[test]
fn builds_of_one_owner_are_one_line_and_the_newest_counts() {
    let table = cluster();
    assert_eq!(table.len(), 5);
    assert_eq!(table.rows(1).len(), 2);
    assert_eq!(table.newest(1).unwrap().coverage.covered(), 10);
    assert_eq!(table.owner_ref(table.newest(1).unwrap()).cluster, "", "there is only one cluster");
}

#[test]
fn default_order_is_uncovered_first() {
    assert_eq!(names(&cluster(), "#/"), ["control", "etcd", "node", "kubelet", "guard"]);
}

#[test]
fn sorting_keeps_a_second_column_and_puts_unknown_last() {
    let table = cluster();
    assert_eq!(
        names(&table, "#/?sort=namespace,-uncovered"),
        ["kubelet", "etcd", "control", "node", "guard"]
    );
    assert_eq!(names(&table, "#/?sort=coverage"), ["control", "etcd", "node", "kubelet", "guard"]);
    assert_eq!(names(&table, "#/?sort=-coverage"), ["kubelet", "node", "etcd", "control", "guard"]);
}

#[test]
fn what_fell_most_since_the_run_before_comes_first() {
    let table = cluster();
    let change = |name: &str| {
        let owner = (0..table.len()).find(|o| table.text(table.newest(*o).unwrap().name) == name);
        Trend::of(table.newest(owner.unwrap()).unwrap()).map(|trend| trend.change)
    };
    assert_eq!(change("kubelet"), Some(Some(5000)), "the run where it was not there is left out");
    assert_eq!(change("control"), Some(Some(0)));
    assert_eq!(change("node"), Some(Some(-6000)));
    assert_eq!(change("etcd"), Some(None), "there is nothing to compare with");
    assert_eq!(change("guard"), None);
    assert_eq!(names(&table, "#/?sort=trend"), ["node", "control", "kubelet", "etcd", "guard"]);
    assert_eq!(names(&table, "#/?sort=-trend"), ["kubelet", "control", "node", "etcd", "guard"]);
}

#[test]
fn filters_combine_and_words_match_every_text_column() {
    let table = cluster();
    assert_eq!(names(&table, "#/?q=OVN"), ["control", "node"]);
    assert_eq!(names(&table, "#/?q=ovn+daemon"), Vec::<String>::new());
    assert_eq!(names(&table, "#/?q=ovn%20daemon"), ["node"]);
    assert_eq!(names(&table, "#/?q=host"), ["kubelet"]);
    assert_eq!(names(&table, "#/?q=c0ffee2"), ["etcd"], "an older build's commit finds its owner");
    assert_eq!(names(&table, "#/?q=kubeletkubelet"), Vec::<String>::new());
    assert_eq!(names(&table, "#/?ns=ovn&ns=etcd&tier=1"), ["control", "etcd"]);
    assert_eq!(names(&table, "#/?kind=Pod&tier=0"), ["guard"]);
    assert_eq!(names(&table, "#/?label=job%3Daws"), ["control", "node"]);
    assert_eq!(names(&table, "#/?label=job%3DDaemonSet&q=job=aws"), ["node"]);
    assert_eq!(names(&table, "#/?label="), ["etcd", "kubelet", "guard"], "those without any");
    assert_eq!(names(&table, "#/?container=c-node&container=c-guard&kind=DaemonSet"), ["node"]);
    assert_eq!(names(&table, "#/?repo=github.com/o/r3&tier=2"), ["node"]);
}

#[test]
fn clicking_a_heading_leads_or_turns_round() {
    let text = |sort: &[SortBy]| {
        let sign = |s: &SortBy| if s.descending { "-" } else { "+" };
        sort.iter().flat_map(|s| [sign(s), s.column.as_str()]).collect::<String>()
    };
    let by_name = toggled(&order(&[]), Column::Owner);
    assert_eq!(text(&by_name), "+owner-uncovered");
    let turned = toggled(&order(&by_name), Column::Owner);
    assert_eq!(text(&turned), "-owner-uncovered");
    assert_eq!(text(&toggled(&order(&turned), Column::Pods)), "-pods-owner");
    assert_eq!(text(&toggled(&order(&[]), Column::Uncovered)), "+uncovered+namespace");
    let back = toggled(&order(&toggled(&order(&[]), Column::Uncovered)), Column::Uncovered);
    assert_eq!(text(&back), "", "the default order is not written into the address");
}

fn query(hash: &str) -> DashboardQuery {
    let Route::Dashboard(query) = Route::parse(hash) else { panic!("not the dashboard") };
    query
}

fn choices(table: &OwnerTable, hash: &str, facet: Facet) -> Vec<String> {
    let choices = table.choices(&table.passing(&query(hash)), facet);
    choices.iter().map(|c| format!("{} {}", c.value, c.n_owners)).collect()
}

#[test]
fn a_menu_counts_what_its_choice_would_show() {
    let table = cluster();
    let all = ["DaemonSet 1", "Deployment 1", "Host 1", "Pod 1", "StaticPod 1"];
    assert_eq!(choices(&table, "#/", Facet::Kind), all);
    assert_eq!(choices(&table, "#/?kind=Host", Facet::Kind), all, "its own filter does not count");
    assert_eq!(choices(&table, "#/?ns=ovn", Facet::Kind), ["DaemonSet 1", "Deployment 1"]);
    assert_eq!(
        choices(&table, "#/?ns=ovn&kind=Deployment", Facet::Kind),
        choices(&table, "#/?ns=ovn", Facet::Kind)
    );
    assert_eq!(choices(&table, "#/?q=ovn", Facet::Tier), ["1 1", "2 1"]);
    assert_eq!(
        choices(&table, "#/?tier=1&tier=0", Facet::Container),
        ["c-control 1", "c-etcd 1", "c-guard 1"]
    );
    assert_eq!(choices(&table, "#/?q=nobody", Facet::Repo), [""; 0]);
}

#[test]
fn noise_is_hidden_until_it_is_asked_for() {
    let hide = ["kind=Pod", "container=c-etcd"].map(str::to_owned);
    let table = cluster().hiding(&hide);
    assert_eq!(names(&table, "#/"), ["control", "node", "kubelet"]);
    assert_eq!(names(&table, "#/?noise=1&tier=0&tier=1"), ["control", "etcd", "guard"]);
    let hidden = |hash| table.passing(&query(hash)).n_hidden();
    assert_eq!((hidden("#/"), hidden("#/?kind=Pod"), hidden("#/?noise=1")), (2, 1, 0));
    assert_eq!(table.n_noise(&[0, 1, 2]), 1);
    assert_eq!(choices(&table, "#/", Facet::Tier), ["1 1", "2 1", "3 1"]);
    let quiet = answers(&table, "#/");
    assert_eq!((quiet.n_shown, quiet.n_owners), (3, 5));
    assert_eq!(quiet.ran, Numbers::Once(coverage(190, 91)), "the manifest knows it without noise");
    assert_eq!(shares(&quiet), ["ovn 69", "_host_ 40"]);
    assert_eq!(quiet.size.pods, 0, "the manifest does not know the size");
    assert_eq!(answers(&table, "#/?noise=1").ran, Numbers::Once(coverage(281, 161)));
    assert_eq!(answers(&table, "#/?ns=ovn").ran, Numbers::Once(coverage(100, 31)));
    assert_eq!(
        answers(&table, "#/?kind=Host&kind=Deployment").ran,
        Numbers::AddedUp(coverage(200, 65))
    );
    assert_eq!(names(&cluster().hiding(&["path=*".to_owned()]), "#/").len(), 5);
}

fn coverage(statements: u64, covered: u64) -> Coverage {
    Coverage::new(statements, covered).unwrap()
}

/// Exact numbers that no sum gives, so that a test tells them apart.
fn manifest() -> Manifest {
    let namespace = |(name, c): (&str, Coverage)| (name.to_owned(), c);
    let namespaces = [
        ("_host_", coverage(100, 60)),
        ("etcd", coverage(85, 72)),
        ("ovn", coverage(100, 31)),
        ("zero", coverage(0, 0)),
    ];
    Manifest {
        totals: Totals {
            coverage: coverage(281, 161),
            owners: 5,
            binaries: 4,
            builds: 4,
            pods: 9,
            hosts: 3,
            repos: 7,
            ..Totals::default()
        },
        namespaces: namespaces.map(namespace).to_vec(),
        quiet: Quiet {
            coverage: coverage(190, 91),
            namespaces: namespaces[..1]
                .iter()
                .chain(&namespaces[2..3])
                .copied()
                .map(namespace)
                .collect(),
        },
        ..Manifest::default()
    }
}

fn answers(table: &OwnerTable, hash: &str) -> Answers {
    let passing = table.passing(&query(hash));
    Answers::of(table, &manifest(), &passing)
}

fn shares(answers: &Answers) -> Vec<String> {
    let mark = if answers.namespaces.is_once() { "" } else { "~" };
    answers
        .namespaces
        .get()
        .iter()
        .map(|s| format!("{mark}{} {}", s.namespace, s.uncovered))
        .collect()
}

#[test]
fn the_band_of_the_whole_has_the_numbers_of_the_manifest() {
    let whole = answers(&cluster(), "#/");
    assert!(whole.is_whole());
    assert_eq!(whole.ran, Numbers::Once(coverage(281, 161)));
    assert_eq!(whole.tiers, [1, 2, 1, 1, 0]);
    assert_eq!(shares(&whole), ["ovn 69", "_host_ 40", "etcd 13"]);
    assert_eq!(whole.lowest, [3, 1, 2], "control, etcd, node");
    assert_eq!((whole.size.owners, whole.size.pods, whole.size.repos), (5, 9, 7));
    // A filter that everything passes changes nothing.
    assert_eq!(answers(&cluster(), "#/?tier=0&tier=1&tier=2&tier=3"), whole);
}

#[test]
fn the_band_of_a_whole_namespace_counts_each_statement_once() {
    let ovn = answers(&cluster(), "#/?ns=ovn");
    assert_eq!((ovn.n_shown, ovn.n_owners), (2, 5));
    assert_eq!(ovn.ran, Numbers::Once(coverage(100, 31)));
    assert_eq!(shares(&ovn), ["ovn 69"]);
    assert_eq!(ovn.tiers, [0, 1, 1, 0, 0]);
    assert_eq!(ovn.lowest, [3, 2]);
    let size = Size { owners: 2, binaries: 1, builds: 1, pods: 0, hosts: 0, repos: 1 };
    assert_eq!(ovn.size, size);
    // Of two namespaces nobody knows what they share, but each has its own numbers.
    let two = answers(&cluster(), "#/?ns=ovn&ns=etcd");
    assert_eq!(two.ran, Numbers::AddedUp(coverage(280, 45)));
    assert_eq!(shares(&two), ["ovn 69", "etcd 13"]);
}

#[test]
fn the_band_of_other_owners_adds_up_their_newest_builds_and_says_so() {
    let low = answers(&cluster(), "#/?tier=1");
    assert_eq!(low.ran, Numbers::AddedUp(coverage(180, 15)));
    assert_eq!(shares(&low), ["~ovn 95", "~etcd 70"], "of ovn one owner is not shown");
    assert_eq!(
        low.tiers,
        [1, 2, 1, 1, 0],
        "the tiers that the filter leaves out can be chosen too"
    );
    assert_eq!(low.lowest, [3, 1]);
    assert_eq!((low.size.owners, low.size.builds, low.size.repos), (2, 3, 3));
    let none = answers(&cluster(), "#/?q=nobody");
    assert_eq!((none.n_shown, none.ran), (0, Numbers::AddedUp(Coverage::default())));
    assert_eq!((none.size, none.lowest), (Size::default(), vec![]));
}

#[test]
fn a_link_to_an_owner_that_moved_finds_its_nearest_name() {
    let table = cluster();
    let Route::Owner(gone, _) = Route::parse("#/o/ovn-new/Deployment/contrl/ovnkube") else {
        panic!("not an owner")
    };
    assert!(find(&table, &gone).is_none());
    assert_eq!(nearest(&table, &gone, 1), [3]);
    let there = table.owner_ref(table.newest(3).unwrap());
    assert_eq!(find(&table, &there).unwrap().len(), 1);
}
