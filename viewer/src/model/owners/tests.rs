use covatlas_shared::codec::StringsBuilder;

use super::*;
use crate::route::{Route, SortBy};

/// `namespace kind name binary build covered/statements`, one owner and build per line.
fn table(lines: &str) -> OwnerTable {
    let mut s = StringsBuilder::default();
    let mut rows = Vec::new();
    for line in lines.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let f: Vec<&str> = line.split(' ').collect();
        let (covered, statements) = f[5].split_once('/').unwrap();
        let coverage =
            Coverage::new(statements.parse().unwrap(), covered.parse().unwrap()).unwrap();
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
    let builds = (0..4).map(|i| build(&mut s, i)).collect();
    OwnerTable::new(Rc::new(OwnersShard { strings: s.finish(), builds, rows }), Tiers::default())
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
    let owners = table.filter(&table.sorted(&order(&query.sort)), &query);
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

#[test]
fn the_band_counts_owners_and_shares() {
    let table = cluster();
    let Answers { tiers, namespaces: shares, lowest } = Answers::of(&table);
    assert_eq!(tiers, [1, 2, 1, 1, 0]);
    assert_eq!(shares[0], NamespaceShare { namespace: "etcd".into(), uncovered: 70 });
    assert_eq!(shares[1], NamespaceShare { namespace: "ovn".into(), uncovered: 70 });
    assert_eq!(lowest, [3, 1, 2], "control, etcd, node");
    let kinds: Vec<String> =
        table.choices(Facet::Kind).iter().map(|c| format!("{} {}", c.value, c.n_owners)).collect();
    assert_eq!(kinds, ["DaemonSet 1", "Deployment 1", "Host 1", "Pod 1", "StaticPod 1"]);
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
