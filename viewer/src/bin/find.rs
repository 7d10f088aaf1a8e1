//! The part of the viewer with the search and with what never ran.

fn main() {
    covatlas_viewer::find();
}
