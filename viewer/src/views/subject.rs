//! Finds what a page of numbers is about.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    components::{loading, problem, same::Same},
    model::{owners::OwnerTable, subject::Subject},
    route::{BuildId, BuildRef, OwnerRef, OwnerView, Route},
    store::{Remote, use_manifest, use_owners},
    views::absent::{absent, no_such_owner},
};

/// What a page is about, by name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// One owner.
    Owner(OwnerRef),
    /// Everyone with a build.
    Build(BuildRef),
}

/// What the page is about, or what to show instead of it. `build` is the build of an owner.
#[hook]
pub(super) fn use_subject(target: &Target, build: Option<BuildId>) -> Result<Same<Subject>, Html> {
    let (manifest, owners) = (use_manifest(), use_owners());
    let deps = (manifest.clone(), owners.clone(), target.clone(), build);
    let found = use_memo(deps, |(manifest, owners, target, build)| {
        let (manifest, owners) = (manifest.ready()?, owners.ready()?);
        let table = Rc::new(OwnerTable::new(Rc::clone(owners), manifest.tiers));
        let subject = match target {
            Target::Owner(owner) => Subject::of_owner(&table, owner, build.as_ref()),
            Target::Build(build) => Subject::of_build(&table, build),
        };
        Some(subject.map(Same::new).ok_or(table))
    });
    match (&*found, manifest, owners) {
        (Some(Ok(subject)), ..) => Ok(subject.clone()),
        (Some(Err(table)), ..) => Err(match target {
            Target::Owner(owner) => no_such_owner(table, owner),
            Target::Build(build) => {
                absent(&Route::Build(build.clone(), OwnerView::default()).href())
            }
        }),
        (None, Remote::Failed(error), _) | (None, _, Remote::Failed(error)) => {
            Err(problem("the owners", &error))
        }
        _ => Err(loading("owners", 24)),
    }
}
