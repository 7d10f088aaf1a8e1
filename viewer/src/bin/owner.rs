//! The part of the viewer with pages of owners and builds.

fn main() {
    covatlas_viewer::owner();
}
