//! The parts that pages are built of. They draw what they are given and load nothing.

pub mod bits;
pub mod code;
pub mod code_view;
pub mod columns;
pub mod cvg;
pub mod dialog;
pub mod dom;
pub mod drawn;
pub mod file_rows;
pub mod filter;
pub mod icon;
pub mod keys;
pub mod look;
pub mod minimap;
pub mod nav;
mod printing;
pub mod same;
pub mod scroll;
pub mod state;
pub mod title;
pub mod topbar;
pub mod virtual_list;

pub use bits::{
    chip, crumbs, kind_badge, modes, name, namespace_name, repo_link, repo_name, seg, tag,
    warning_tag,
};
pub use columns::columns_head;
pub use cvg::{bar, cvg, tier_class, two_classes};
pub use dialog::Dialog;
pub use filter::filter;
pub use icon::{IconName, icon};
pub use keys::{RowCursor, use_keys, use_row_cursor};
pub use nav::{Nav, use_nav};
pub use state::{NoticeKind, loading, notice, problem};
pub use topbar::{TopBar, top_bar};
pub use virtual_list::{RenderRow, ScrollTo, VirtualList};
