//! The lenses that pages offer: what they lead to is narrower than the lens that they are under.

use covatlas_shared::{field::Field, owners::OwnerRow};

use super::narrowed;
use crate::{
    model::owners::{Facet, OwnerTable},
    route::DashboardQuery,
};

/// The filters of the lens that is under `filters` on one owner.
pub fn of_owner(filters: &[String], table: &OwnerTable, row: &OwnerRow) -> Vec<String> {
    let filters = narrowed(filters, Field::Key, &[table.shard().key(row)]);
    match table.owner_ref(row).cluster {
        cluster if cluster.is_empty() => filters,
        cluster => narrowed(&filters, Field::Cluster, &[cluster]),
    }
}

/// The filters of the dashboard as a lens under `filters`, and what is none of processes, which goes
/// on as a filter; `None` when there is nothing to make a lens of.
pub fn of_query(
    filters: &[String],
    query: &DashboardQuery,
) -> Option<(Vec<String>, DashboardQuery)> {
    let fields = [
        (Facet::Namespace, Field::Namespace),
        (Facet::Kind, Field::Kind),
        (Facet::Container, Field::Container),
        (Facet::Label, Field::Label),
    ];
    let (mut lens, mut rest) = (None, query.clone());
    for (facet, field) in fields {
        let chosen = facet.chosen(query);
        // An empty name stands for "unknown".
        if chosen.is_empty() || chosen.iter().any(String::is_empty) {
            continue;
        }
        lens = Some(narrowed(lens.as_deref().unwrap_or(filters), field, &chosen));
        for name in &chosen {
            facet.toggle(&mut rest, name);
        }
    }
    lens.map(|lens| (lens, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::Route;

    #[test]
    fn filters_become_a_lens_and_what_processes_do_not_have_stays() {
        let lens_of = |hash: &str| match Route::parse(hash) {
            Route::Dashboard(query) => {
                let (lens, rest) = of_query(&["node=a".to_owned()], &query)?;
                Some(Route::Dashboard(rest).href_under(&lens))
            }
            _ => None,
        };
        assert_eq!(lens_of("#/?q=x&tier=1&repo=a/b&container="), None);
        let all = "#/?q=x&ns=a&ns=b*&kind=Job&container=c&container=&label=k=v&sort=name";
        let rest = r"#/?q=x&container=c&container=&sort=name";
        let lens =
            r"&lens=node%3Da&lens=namespace%3D%7Ba,b%5C%2A%7D&lens=kind%3DJob&lens=label%3Dk%3Dv";
        assert_eq!(lens_of(all).unwrap(), format!("{rest}{lens}"));
    }
}
