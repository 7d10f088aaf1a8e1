//! The part of the viewer with the landing page.

fn main() {
    covatlas_viewer::board();
}
