//! The part of the viewer that computes what any set of processes ran.

fn main() {
    covatlas_viewer::lens();
}
