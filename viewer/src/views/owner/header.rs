//! Who and what the page is about, and the owner's other builds.

use covatlas_shared::owners::OwnerRow;
use yew::prelude::*;

use crate::{
    components::{
        crumbs,
        icon::{IconName, icon},
        kind_badge, name, repo_name, tag,
    },
    model::{
        format::{amount, commit, count, namespace},
        lens_choice::of_owner,
        subject::Subject,
    },
    route::{BuildId, BuildRef, DashboardQuery, OwnerView, Route, lens},
    views::subject::Target,
};

/// The header.
pub(super) fn header(subject: &Subject, target: &Target, view: &OwnerView) -> Html {
    let table = &subject.table;
    let own = subject.own.as_ref();
    let binary = table.text(subject.build.binary);
    let title = own.map_or(binary, |own| table.text(own.name));
    let repo = table.text(subject.build.repo);
    html! {
        <div class="pad">
            {crumbs(&steps(subject, title))}
            <div class="row wrap">
                if let Some(own) = own {
                    {kind_badge(table.text(own.kind))}
                }
                <h1 class="cut" title={title.to_owned()}>{name(title)}</h1>
                <span class="mut cut">
                    if own.is_some() {
                        {"binary "}<bdi>{binary}</bdi>
                    } else {
                        {"every owner with this build"}
                    }
                    if !repo.is_empty() {
                        {" · "}{repo_name(repo)}
                    }
                </span>
                if own.is_some_and(|own| table.text(own.evidence) == "pattern") {
                    {tag("guessed from name", "The owner was guessed from the name of its pods")}
                }
                <span class="push row wrap">
                    {builds(subject, target, view)}
                    { for own.map(|own| owner_lens(subject, own, target, view)) }
                </span>
            </div>
        </div>
    }
}

/// From the dashboard over the namespace to the owner, or to the binary.
fn steps(subject: &Subject, name: &str) -> Vec<(String, Option<Route>)> {
    let home = Route::Dashboard(DashboardQuery::default());
    let mut steps = vec![("Owners".to_owned(), Some(home))];
    if let Some(own) = &subject.own {
        let ns = subject.table.text(own.namespace);
        let (prefix, rest) = namespace(ns);
        let query = DashboardQuery { namespaces: vec![ns.to_owned()], ..DashboardQuery::default() };
        steps.push((format!("{prefix}{rest}"), Some(Route::Dashboard(query))));
    }
    steps.push((name.to_owned(), None));
    steps
}

/// The builds of the owner as a switch, or the one build; then the way to its repository.
fn builds(subject: &Subject, target: &Target, view: &OwnerView) -> Html {
    let many = subject.siblings.len() > 1;
    let button = |(i, row): (usize, &OwnerRow)| build_link(subject, target, view, i == 0, row);
    html! {
        <>
            <span class="mut">{"Build"}</span>
            if many {
                <span class="seg wrap" role="group" aria-label="Build">
                    { for subject.siblings.iter().enumerate().map(button) }
                </span>
            } else {
                <span class="mono" title={subject.build.hash.clone()}>{ build_name(subject, subject.own.as_ref()) }</span>
            }
            if subject.own.is_some() {
                { everyone_link(subject) }
            }
        </>
    }
}

fn build_link(
    subject: &Subject,
    target: &Target,
    view: &OwnerView,
    is_newest: bool,
    row: &OwnerRow,
) -> Html {
    let id = subject.table.build_id(row);
    let is_shown = subject.own.as_ref().is_some_and(|own| own.build == row.build);
    let view = OwnerView { build: id.filter(|_| !is_newest), ..view.clone() };
    let href = match target {
        Target::Owner(owner) => Route::Owner(owner.clone(), view).href(),
        Target::Build(build) => Route::Build(build.clone(), view).href(),
    };
    let pods = match row.pods.len() {
        0 => String::new(),
        n => count(amount(n), "pod"),
    };
    let newest = if is_newest { " newest" } else { "" };
    html! {
        <a class="btn" {href} aria-current={is_shown.then_some("true")}>
            <span class="mono">{ switch_name(subject, row) }</span>
            <span>{newest}</span>
            if !pods.is_empty() {
                <span class="hide-s">{pods}</span>
            }
        </a>
    }
}

/// Start of the build's hash, after the commit where there is room: several builds may be made of
/// one commit.
fn switch_name(subject: &Subject, row: &OwnerRow) -> Html {
    let build = subject.table.build(row).unwrap_or(&subject.build);
    let hash: String = build.hash.chars().take(8).collect();
    let commit = commit(subject.table.text(build.commit));
    html! {
        <>
            if !commit.is_empty() {
                <span class="hide-s">{commit}{" · "}</span>
            }
            {hash}
        </>
    }
}

/// The commit, or the start of the build's hash where the commit is unknown.
fn build_name(subject: &Subject, row: Option<&OwnerRow>) -> String {
    let build = row.and_then(|r| subject.table.build(r)).unwrap_or(&subject.build);
    match subject.table.text(build.commit) {
        "" => build.hash.chars().take(8).collect(),
        known => commit(known).to_owned(),
    }
}

/// The same page with nothing but what this owner ran.
fn owner_lens(subject: &Subject, own: &OwnerRow, target: &Target, view: &OwnerView) -> Html {
    let Target::Owner(owner) = target else { return Html::default() };
    let filters = of_owner(&lens::current(), &subject.table, own);
    if filters == lens::current() {
        return Html::default();
    }
    let href = Route::Owner(owner.clone(), view.clone()).href_under(&filters);
    html! {
        <a class="btn bare" {href} title="Every page shows what this owner alone ran">
            {icon(IconName::Lens)}<span class="hide-s">{"Lens on this owner"}</span>
        </a>
    }
}

/// The way to the page of the build over all its owners.
fn everyone_link(subject: &Subject) -> Html {
    let Some(id) = BuildId::of_hash(&subject.build.hash) else { return Html::default() };
    let binary = subject.table.text(subject.build.binary).to_owned();
    let route = Route::Build(BuildRef { binary, build: id }, OwnerView::default());
    html! {
        <a class="btn bare sq" href={route.href()} aria-label="This build over all its owners"
            title="This build over all its owners">{icon(IconName::Link)}</a>
    }
}
