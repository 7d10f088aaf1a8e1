//! Choosing a lens: its filters as sets of names that can be put on and off, and the names that a
//! site has to offer.

mod choices;
mod filters;
mod links;

pub use choices::{Choice, Group, groups, n_owners, offered};
pub use filters::{LensFilter, LensFilters, narrowed};
pub use links::{of_owner, of_query};
