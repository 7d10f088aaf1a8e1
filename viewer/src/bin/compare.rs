//! The part of the viewer with the pages that compare.

fn main() {
    covatlas_viewer::compare();
}
