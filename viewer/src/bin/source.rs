//! The part of the viewer with pages of files.

fn main() {
    covatlas_viewer::source();
}
