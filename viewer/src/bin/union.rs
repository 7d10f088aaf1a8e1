//! The part of the viewer with the pages of files of repositories.

fn main() {
    covatlas_viewer::union();
}
