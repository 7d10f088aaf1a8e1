//! Several collections in one, told apart by labels.

use covatlas_tests::row::Row;
use covatlas_tests::{Collection, files, fixtures};
use serde_json::Value;

/// The numbers of a collection without what only one run has: paths and times of collecting.
fn numbers(rows: &[Row]) -> Vec<(String, (u64, u64))> {
    let key =
        |row: &Row| row.texts(["namespace", "owner_kind", "owner", "binary", "build"]).join(" ");
    rows.iter().map(|row| (key(row), row.coverage())).collect()
}

#[test]
fn clusters_and_jobs_are_united_and_told_apart_by_labels() {
    let single = |cluster: &str, job: &str| {
        let one = Collection::new();
        let data = fixtures::data();
        let (label, data) = (format!("job={job}"), data.to_str().unwrap());
        one.run(["import", "--cluster-name", cluster, "--label", &label, data]).exits(0);
        one.run(["compile", "--keep-going"]).exits(0);
        one
    };
    let (aws, gcp) = (single("east", "e2e-aws"), single("west", "e2e-gcp"));
    let all = Collection::new();
    for (one, night) in [(&aws, "night=1"), (&gcp, "night=2")] {
        let path = one.path();
        all.run(["import", "--label", night, path.to_str().unwrap()]).exits(0);
    }
    all.run(["compile", "--keep-going"]).exits(0);

    let stats = |filter: &[&str]| {
        all.run([&["stats", "--by", "owner", "--json"], filter].concat()).exits(0).rows()
    };
    let (own, both) = (aws.stats("owner"), stats(&[]));
    assert_eq!(both.len(), 2 * own.len(), "owners of two clusters are two");
    for filter in ["label=job=e2e-aws", "label=night=1", "label=job=*aws", "cluster=east"] {
        assert_eq!(numbers(&stats(&["--where", filter])), numbers(&own), "{filter}");
    }
    assert_eq!(numbers(&stats(&["--hide", "label=job=e2e-g*"])), numbers(&own));
    assert_eq!(stats(&["--where", "label=job=*"]).len(), both.len());
    // Any set of owners, by their whole keys.
    let key = |row: &Row| row.texts(["namespace", "owner_kind", "owner", "binary"]).join("/");
    let [first, last] = [both.first(), both.last()].map(|row| key(row.unwrap()));
    let chosen = stats(&["--where", &format!("key={{{first},{last}}}")]);
    assert!(chosen.len() > 2 && chosen.iter().all(|row| [&first, &last].contains(&&key(row))));
    let [whole, part] = [&all, &aws].map(|c| c.stats("collection").remove(0).coverage());
    assert_eq!(whole, part, "each statement counts once");
    let nobody = all.run(["stats", "--where", "label=job=e2e-azure"]).exits(1);
    nobody.says(&["nothing matches label=job=e2e-azure", "job=e2e-aws"]);

    // Only what has the label is decoded again.
    let again = all.run(["compile", "--keep-going", "--update", "label=night=2", "--json"]);
    let again = again.exits(0).json();
    let is_of_a_part = |n: &Value| n.as_u64().is_some_and(|n| n > 0);
    assert!(is_of_a_part(&again["builds_decoded"]), "{again}");

    // The page has them to filter by.
    let viewer = fixtures::plain_viewer(&all.beside("viewer"));
    all.run(["render", "--viewer", &viewer]).exits(0);
    assert!(files::list(&all.at("site")).len() > 10);
}

#[test]
fn a_label_that_is_none_is_refused_before_anything_happens() {
    let collection = Collection::new();
    let data = fixtures::data();
    let import =
        |label: &str| collection.run(["import", "--label", label, data.to_str().unwrap()]).exits(2);
    import("job").says(&["`job` is no label", "KEY=VALUE"]);
    import("a b=c").says(&["cannot be the key of a label"]);
    assert!(!collection.path().exists());
    let unknown = collection.run(["stats", "--where", "job=e2e-aws"]).exits(2);
    unknown.says(&["unknown field `job`", "label=KEY=VALUE"]);
}
