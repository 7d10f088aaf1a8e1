//! The part of the viewer with the pages of repositories.

fn main() {
    covatlas_viewer::repo();
}
