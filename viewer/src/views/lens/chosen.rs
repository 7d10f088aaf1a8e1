//! What is chosen, each of it removable.

use covatlas_shared::field::Field;
use yew::prelude::*;

use super::Chooses;
use crate::{
    components::{NoticeKind, chip, dom, notice},
    model::{format, lens_choice::LensFilter},
};

/// The chips, and what is wrong with them.
pub(super) fn chosen(chooses: &Chooses, passing: Option<&Result<usize, String>>) -> Html {
    let filters = &chooses.state.filters;
    if filters.all().is_empty() {
        return html! {
            <p class="pad mut">
                {"Choose whose numbers every page shows: of several names of one kind any, of several kinds all must fit."}
            </p>
        };
    }
    html! {
        <>
            <div class="pad row wrap chosen" role="group" aria-label="Chosen">
                { for filters.all().iter().flat_map(|filter| chips(chooses, filter)) }
            </div>
            if let Some(Err(why)) = passing {
                {notice(NoticeKind::Bad, html! { <>{why}{": remove it to go on."}</> })}
            }
        </>
    }
}

fn chips(chooses: &Chooses, filter: &LensFilter) -> Vec<Html> {
    match filter {
        LensFilter::Names(field, names) => {
            names.iter().map(|n| chip_of(chooses, *field, n)).collect()
        }
        LensFilter::Text(text) => {
            let (chooses, own) = (chooses.clone(), text.clone());
            let on_remove = Callback::from(move |()| {
                let mut filters = chooses.state.filters.clone();
                filters.remove_text(&own);
                chooses.filters(filters);
                dom::focus("#ask");
            });
            let (label, value) = text.split_once('=').unwrap_or(("", text));
            let label = Field::of(label).map_or(label, |field| titles(field).0);
            vec![chip(label, value, &on_remove)]
        }
    }
}

fn chip_of(chooses: &Chooses, field: Field, value: &str) -> Html {
    let (chooses, own) = (chooses.clone(), value.to_owned());
    let on_remove = Callback::from(move |()| {
        let mut filters = chooses.state.filters.clone();
        filters.toggle(field, &own);
        chooses.filters(filters);
        dom::focus("#ask");
    });
    let shown = match field {
        Field::Namespace => {
            let (prefix, rest) = format::namespace(value);
            format!("{prefix}{rest}")
        }
        Field::Kind => format::kind(value).1.to_owned(),
        _ => value.to_owned(),
    };
    chip(titles(field).0, &shown, &on_remove)
}

/// What a field is called: one of it, and several.
pub(super) fn titles(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::Namespace => ("Namespace", "Namespaces"),
        Field::Key => ("Owner", "Owners"),
        Field::Kind => ("Kind", "Kinds"),
        Field::Node => ("Node", "Nodes"),
        Field::Pod => ("Pod", "Pods"),
        Field::Label => ("Label", "Labels"),
        Field::Image => ("Image", "Images"),
        Field::Container => ("Container", "Containers"),
        Field::Binary => ("Binary", "Binaries"),
        Field::Cluster => ("Cluster", "Clusters"),
        other => (other.name(), other.name()),
    }
}
