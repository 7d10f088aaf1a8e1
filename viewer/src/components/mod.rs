//! The parts that pages are built of. They draw what they are given and load nothing.

pub mod bits;
pub mod cvg;
pub mod dialog;
pub mod dom;
pub mod icon;
pub mod keys;
pub mod nav;
pub mod state;
pub mod topbar;
pub mod virtual_list;

pub use bits::{Chip, Crumb, Crumbs, KindBadge, Name, NamespaceName, Seg, SegChoice, Tag};
pub use cvg::{Cvg, bar};
pub use dialog::Dialog;
pub use icon::Icon;
pub use keys::{RowCursor, use_keys, use_row_cursor};
pub use nav::{Nav, use_nav};
pub use state::{Loading, Notice, NoticeKind, Problem};
pub use topbar::TopBar;
pub use virtual_list::{RenderRow, ScrollTo, VirtualList};
