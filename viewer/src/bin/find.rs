//! The part of the viewer with the search.

fn main() {
    covatlas_viewer::find();
}
