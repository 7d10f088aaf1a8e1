//! The lens of an address: `lens=FIELD=GLOB`, as often as it has filters. It belongs to no page but to
//! all, so that every link keeps it.

use std::cell::RefCell;

use super::text::Params;

thread_local! {
    /// The lens of the address bar.
    static CURRENT: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The filters of the lens of an address, in order.
pub fn of_hash(hash: &str) -> Vec<String> {
    let query = hash.split_once('?').map_or("", |(_, query)| query);
    Params::parse(query).all("lens")
}

/// The filters of the lens that links keep.
pub fn current() -> Vec<String> {
    CURRENT.with(|own| own.borrow().clone())
}

/// Makes links keep these filters from now on.
pub(crate) fn keep(filters: Vec<String>) {
    CURRENT.with(|own| own.replace(filters));
}

/// An address with these filters in place of those that it has, and all else as it stands.
pub fn under(hash: &str, filters: &[String]) -> String {
    let (path, query) = hash.split_once('?').unwrap_or((hash, ""));
    let path = if path.is_empty() { "#/" } else { path };
    let mut params = Params::default();
    write(&mut params, filters);
    let own = params.text();
    let kept = query.split('&').filter(|param| !param.is_empty() && !param.starts_with("lens="));
    let own = own.strip_prefix('?');
    let all: Vec<&str> = kept.chain(own).collect();
    if all.is_empty() { path.to_owned() } else { format!("{path}?{}", all.join("&")) }
}

/// Adds a lens to the parameters of a link.
pub(super) fn write(params: &mut Params, filters: &[String]) {
    params.add_all("lens", filters);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::Route;

    #[test]
    fn links_keep_the_lens_whatever_page_they_lead_to() {
        let filters = ["namespace=a&b*".to_owned(), "pod={x,y}".to_owned()];
        for page in ["#/", "#/never?q=x", "#/b/api/0011aabb?view=flat"] {
            let plain = Route::parse(page).href();
            keep(filters.to_vec());
            let href = Route::parse(page).href();
            keep(Vec::new());
            assert_eq!(of_hash(&href), filters, "{href}");
            assert_eq!(Route::parse(&href), Route::parse(page));
            assert_eq!((Route::parse(&href).href(), plain.as_str()), (plain.clone(), page));
            assert!(of_hash(page).is_empty());
        }
    }

    #[test]
    fn another_lens_leaves_the_rest_of_an_address_as_it_stands() {
        let one = ["pod=a&b".to_owned()];
        for (hash, under_one, plain) in [
            ("", "#/?lens=pod%3Da%26b", "#/"),
            ("#/?lens=x&ns=a%20b&lens=y", "#/?ns=a%20b&lens=pod%3Da%26b", "#/?ns=a%20b"),
            ("#/o/a/b/c/d?", "#/o/a/b/c/d?lens=pod%3Da%26b", "#/o/a/b/c/d"),
        ] {
            assert_eq!(under(hash, &one), under_one);
            assert_eq!(under(hash, &[]), plain);
            assert_eq!(of_hash(&under(hash, &one)), one);
        }
        let route = Route::parse("#/never?q=x");
        assert_eq!(route.href_under(&one), under(&route.href(), &one));
    }

    #[test]
    fn the_form_of_a_lens_in_an_address_is_frozen() {
        keep(vec!["namespace=shop".to_owned(), "key={a/Job/b/c,d/*}".to_owned()]);
        let href = Route::parse("#/").href();
        keep(Vec::new());
        assert_eq!(href, "#/?lens=namespace%3Dshop&lens=key%3D%7Ba/Job/b/c,d/%2A%7D");
    }
}
