//! Puts the files of the built viewer (`viewer/dist`) into the program.
//!
//! Without a built viewer the program still builds; `render` then asks for `--viewer DIR`.
#![expect(clippy::expect_used, reason = "a build script fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a build script has no dependencies")]

use std::{env, fmt::Write as _, fs, path::Path};

fn main() {
    let manifest = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let dist = Path::new(&manifest).join("../viewer/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut code = String::from("static EMBEDDED_VIEWER: &[(&str, &[u8])] = &[\n");
    let mut names: Vec<String> = fs::read_dir(&dist)
        .map(|dir| dir.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    names.sort();
    for name in names.iter().filter(|name| dist.join(name).is_file()) {
        let path = dist.join(name);
        writeln!(code, "    ({name:?}, include_bytes!({:?})),", path.display().to_string())
            .expect("writing to a string");
    }
    code.push_str("];\n");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("embedded_viewer.rs"), code).expect("the output folder exists");
}
