//! The part of the viewer where a lens is chosen.

fn main() {
    covatlas_viewer::picker();
}
