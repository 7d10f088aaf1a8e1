//! The filters of a lens, taken apart into names and put together again.

use covatlas_shared::field::Field;

use crate::lens::filter::FIELDS;

/// One filter of a lens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LensFilter {
    /// One of these names, at least one; none is empty.
    Names(Field, Vec<String>),
    /// A filter that is no set of names: it stays as it is.
    Text(String),
}

/// All filters of a lens.
///
/// Invariant: at most one [`LensFilter::Names`] for each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LensFilters(Vec<LensFilter>);

/// Characters that mean something in a glob, at least somewhere.
const SPECIAL: &[char] = &['*', '?', '[', ']', '{', '}', '\\', ',', '!'];

impl LensFilters {
    /// Takes the filters of an address apart.
    pub fn read(texts: &[String]) -> Self {
        let mut own = Self::default();
        for text in texts {
            let filter = match names_of(text) {
                Some((field, names)) if own.names(field).is_empty() => {
                    LensFilter::Names(field, names)
                }
                _ => LensFilter::Text(text.clone()),
            };
            own.0.push(filter);
        }
        own
    }

    /// The filters for an address.
    pub fn texts(&self) -> Vec<String> {
        let text = |filter: &LensFilter| match filter {
            LensFilter::Names(field, names) => format!("{}={}", field.name(), glob_of(names)),
            LensFilter::Text(text) => text.clone(),
        };
        self.0.iter().map(text).collect()
    }

    /// The filters, in order.
    pub fn all(&self) -> &[LensFilter] {
        &self.0
    }

    /// The names that are chosen of a field.
    pub fn names(&self, field: Field) -> &[String] {
        let of_field =
            |filter: &LensFilter| matches!(filter, LensFilter::Names(f, _) if *f == field);
        match self.0.iter().find(|filter| of_field(filter)) {
            Some(LensFilter::Names(_, names)) => names,
            _ => &[],
        }
    }

    /// Whether a name is chosen.
    pub fn holds(&self, field: Field, name: &str) -> bool {
        self.names(field).iter().any(|own| own == name)
    }

    /// Chooses a name, or no longer when it is chosen. An empty one cannot be.
    pub fn toggle(&mut self, field: Field, name: &str) {
        if name.is_empty() {
            return;
        }
        for filter in &mut self.0 {
            let LensFilter::Names(own, names) = filter else { continue };
            if *own == field {
                let n = names.len();
                names.retain(|own| own != name);
                if names.len() == n {
                    names.push(name.to_owned());
                }
                self.0.retain(|f| !matches!(f, LensFilter::Names(_, names) if names.is_empty()));
                return;
            }
        }
        self.0.push(LensFilter::Names(field, vec![name.to_owned()]));
    }

    /// Adds a filter as text.
    pub fn add_text(&mut self, text: &str) {
        let mut texts = self.texts();
        if !texts.iter().any(|own| own == text) {
            texts.push(text.to_owned());
            *self = Self::read(&texts);
        }
    }

    /// Takes away a filter that stays as it is.
    pub fn remove_text(&mut self, text: &str) {
        self.0.retain(|filter| !matches!(filter, LensFilter::Text(own) if own == text));
    }
}

/// The filters of a lens that lets through only what also has one of these names, none of which is
/// empty.
pub fn narrowed(texts: &[String], field: Field, names: &[String]) -> Vec<String> {
    let mut filters = LensFilters::read(texts);
    let chosen = filters.names(field);
    if chosen.is_empty() || names.iter().all(|name| chosen.contains(name)) {
        filters.0.retain(|f| !matches!(f, LensFilter::Names(own, _) if *own == field));
        filters.0.push(LensFilter::Names(field, names.to_vec()));
        return filters.texts();
    }
    let mut texts = texts.to_vec();
    texts.push(format!("{}={}", field.name(), glob_of(names)));
    texts
}

/// A glob that matches these names and nothing else.
fn glob_of(names: &[String]) -> String {
    let escaped = |name: &String| {
        let mut out = String::with_capacity(name.len());
        for c in name.chars() {
            if SPECIAL.contains(&c) {
                out.push('\\');
            }
            out.push(c);
        }
        out
    };
    let all: Vec<String> = names.iter().map(escaped).collect();
    match all.as_slice() {
        [one] => one.clone(),
        all => format!("{{{}}}", all.join(",")),
    }
}

/// The field and the names that a filter lets through; `None` when it is no set of names.
fn names_of(text: &str) -> Option<(Field, Vec<String>)> {
    let (name, glob) = text.split_once('=')?;
    let field = Field::of(name).filter(|field| FIELDS.contains(field))?;
    let (mut names, mut is_open, mut is_closed) = (vec![String::new()], false, false);
    let mut chars = glob.chars();
    while let Some(c) = chars.next() {
        let is_first = !is_open && names.iter().all(String::is_empty);
        let literal = match c {
            _ if is_closed => return None,
            '\\' => chars.next()?,
            '{' if is_first => {
                is_open = true;
                continue;
            }
            ',' if is_open => {
                names.push(String::new());
                continue;
            }
            '}' if is_open => {
                is_closed = true;
                continue;
            }
            '*' | '?' | '[' | '{' | '}' => return None,
            c => c,
        };
        names.last_mut()?.push(literal);
    }
    let is_whole = is_open == is_closed && !names.iter().any(String::is_empty);
    is_whole.then_some((field, names))
}

#[cfg(test)]
mod tests {
    use covatlas_shared::glob::Glob;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn sets_of_names_are_taken_apart_and_all_else_stays() {
        for (text, names) in [
            ("namespace=shop", &["shop"][..]),
            ("pod={a,b}", &["a", "b"]),
            ("key={a/Job/b/c,d/Pod/e/f}", &["a/Job/b/c", "d/Pod/e/f"]),
            (r"image=a\*\{b\,c\}", &["a*{b,c}"]),
            (r"label={k=\},x\\}", &["k=}", r"x\"]),
            ("node=a,b", &["a,b"]),
            ("node={a}", &["a"]),
        ] {
            let filters = LensFilters::read(&owned(&[text]));
            let field = Field::of(text.split_once('=').unwrap().0).unwrap();
            assert_eq!(filters.names(field), names, "{text}");
        }
        for text in [
            "namespace=openshift-*",
            "pod=a?",
            "pod={a,b*}",
            "pod={a,{b,c}}",
            "pod={a,b",
            "pod=a}",
            "pod={a}b",
            "pod=b{a}",
            "pod={a,}",
            "pod=",
            "pod=[ab]",
            r"pod=a\",
            "path=x",
            "x",
            "",
        ] {
            let filters = LensFilters::read(&owned(&[text]));
            assert_eq!(filters.all(), [LensFilter::Text(text.to_owned())]);
            assert_eq!(filters.texts(), [text]);
        }
    }

    #[test]
    fn a_second_filter_on_a_field_stays_because_both_must_match() {
        let texts = owned(&["namespace={a,b}", "namespace=b", "pod=x*"]);
        let mut filters = LensFilters::read(&texts);
        assert_eq!(filters.texts(), texts);
        assert!(filters.holds(Field::Namespace, "a") && !filters.holds(Field::Pod, "x*"));
        filters.toggle(Field::Namespace, "a");
        filters.toggle(Field::Namespace, "b");
        filters.toggle(Field::Node, "n,1");
        filters.toggle(Field::Node, "");
        assert_eq!(filters.texts(), ["namespace=b", "pod=x*", r"node=n\,1"]);
        filters.remove_text("pod=x*");
        filters.add_text("kind={Job,Pod}");
        filters.add_text("kind={Job,Pod}");
        assert_eq!(filters.texts(), ["namespace=b", r"node=n\,1", "kind={Job,Pod}"]);
        assert_eq!(filters.names(Field::Kind), ["Job", "Pod"]);
    }

    #[test]
    fn a_narrower_lens_lets_nothing_through_that_the_wider_one_keeps_out() {
        let narrow = |texts: &[&str], names: &[&str]| {
            narrowed(&owned(texts), Field::Namespace, &owned(names))
        };
        assert_eq!(narrow(&[], &["a"]), ["namespace=a"]);
        assert_eq!(narrow(&["namespace={a,b}", "kind=Job"], &["a"]), ["kind=Job", "namespace=a"]);
        assert_eq!(narrow(&["namespace=b"], &["a", "b"]), ["namespace=b", "namespace={a,b}"]);
        assert_eq!(narrow(&["namespace=a*"], &["b"]), ["namespace=a*", "namespace=b"]);
    }

    /// Names as nobody should give them.
    fn name() -> impl Strategy<Value = String> {
        prop_oneof![r"[a-c*?\[\]{}\\,!/^-]{1,6}", "\\PC{1,8}", "[a-z]{1,3}(/[a-z*]{1,3}){0,3}"]
    }

    proptest! {
        #[test]
        fn a_glob_of_names_matches_them_and_nothing_else(
            names in vec(name(), 1..5),
            others in vec(name(), 0..20),
        ) {
            let text = glob_of(&names);
            let glob = Glob::parse(&text).unwrap();
            for name in &names {
                prop_assert!(glob.matches(name), "{} {}", text, name);
            }
            for other in others.iter().chain([&String::new(), &text]) {
                prop_assert_eq!(glob.matches(other), names.contains(other), "{} {}", text, other);
            }
        }

        #[test]
        fn what_is_put_together_is_taken_apart_again(mut names in vec(name(), 1..5)) {
            names.dedup();
            let text = format!("pod={}", glob_of(&names));
            let filters = LensFilters::read(std::slice::from_ref(&text));
            prop_assert_eq!(filters.names(Field::Pod), names);
            prop_assert_eq!(filters.texts(), [text]);
        }

        #[test]
        fn what_is_taken_apart_means_what_it_meant(
            glob in r"[ab*{},\\/\[]{0,8}",
            texts in vec(r"[ab{},\\/]{0,4}", 0..20),
        ) {
            let before = format!("pod={glob}");
            let filters = LensFilters::read(std::slice::from_ref(&before));
            let names = filters.names(Field::Pod);
            if !names.is_empty() {
                let glob = Glob::parse(&glob).unwrap();
                for text in texts.iter().chain(names) {
                    prop_assert_eq!(glob.matches(text), names.contains(text), "{}", text);
                }
            }
        }
    }
}
