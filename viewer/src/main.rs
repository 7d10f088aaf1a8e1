//! The program that Trunk builds: mounts the viewer.

fn main() {
    covatlas_viewer::run();
}
