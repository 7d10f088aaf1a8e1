use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

type Builder = tar::Builder<GzEncoder<Vec<u8>>>;

fn archive(build: impl FnOnce(&mut Builder)) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    build(&mut builder);
    builder.into_inner().unwrap().finish().unwrap()
}

/// Adds an entry whose name the library would not write.
fn add(builder: &mut Builder, kind: EntryType, name: &str, contents: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(contents.len().try_into().unwrap());
    header.set_cksum();
    builder.append(&header, contents).unwrap();
}

fn unpack(build: impl FnOnce(&mut Builder)) -> Result<Archive, ArchiveErrorKind> {
    Archive::unpack(archive(build).as_slice(), 1 << 20)
}

fn refusal(build: impl FnOnce(&mut Builder)) -> String {
    let error = ArchiveError { path: "x.tar.gz".into(), kind: unpack(build).unwrap_err() };
    std::error::Error::source(&error).unwrap().to_string()
}

fn contents(archive: &Archive, path: &str) -> Option<String> {
    let (bytes, _) = archive.read(path).unwrap()?;
    Some(String::from_utf8(bytes).unwrap())
}

#[test]
fn files_are_found_below_the_only_top_folder() {
    let long = format!("site/{}.js", "n".repeat(200));
    for top in ["site/", "./site/", "", "./"] {
        let archive = unpack(|builder| {
            add(builder, EntryType::Directory, &format!("{top}data/"), b"");
            add(builder, EntryType::Regular, &format!("{top}data/a.js"), b"old");
            add(builder, EntryType::Regular, &format!("{top}data/a.js"), b"a");
            add(builder, EntryType::Regular, &format!("{top}index.html"), b"index");
            if top == "site/" {
                let mut header = tar::Header::new_gnu();
                header.set_size(1);
                builder.append_data(&mut header, &long, &b"l"[..]).unwrap();
            }
        })
        .unwrap();
        assert_eq!(contents(&archive, "index.html").as_deref(), Some("index"), "{top}");
        assert_eq!(contents(&archive, "data/a.js").as_deref(), Some("a"));
        assert_eq!(contents(&archive, "data"), None);
        if top == "site/" {
            assert_eq!(contents(&archive, &long[5..]).as_deref(), Some("l"));
        }
    }
}

#[test]
fn extended_headers_name_files() {
    let archive = unpack(|builder| {
        add(builder, EntryType::XGlobalHeader, "g", b"14 comment=abc\n");
        add(builder, EntryType::XHeader, "x", b"21 path=s/index.html\n");
        add(builder, EntryType::Regular, "short", b"index");
    })
    .unwrap();
    assert_eq!(contents(&archive, "index.html").as_deref(), Some("index"));
}

#[test]
fn hostile_archives_are_refused() {
    let entry = |kind, name: &'static str| {
        refusal(move |builder| {
            add(builder, EntryType::Regular, "index.html", b"index");
            add(builder, kind, name, b"");
        })
    };
    for name in ["../x", "a/../../x", "/etc/passwd", "a//b", "a\\b", "a\x1bb", "..", "."] {
        let refused = entry(EntryType::Regular, name);
        assert!(refused.contains("has a name that no file of a site has"), "{name}: {refused}");
    }
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo, EntryType::Char] {
        let refused = entry(kind, "a");
        assert!(refused.contains("neither a regular file nor a folder"), "{kind:?}: {refused}");
    }
    let by_header = refusal(|builder| {
        add(builder, EntryType::XHeader, "x", b"18 path=../../etc\n");
        add(builder, EntryType::Regular, "index.html", b"");
    });
    assert!(by_header.contains("../../etc"), "{by_header}");
    let long = refusal(|builder| add(builder, EntryType::GNULongName, "L", &[b'a'; 5000]));
    assert!(long.contains("aaaa"), "{long}");
}

#[test]
fn a_bomb_is_not_unpacked() {
    let bomb = refusal(|builder| add(builder, EntryType::Regular, "index.html", &vec![0; 2 << 20]));
    insta::assert_snapshot!(bomb, @"it unpacks to more than 1048576 bytes, far more than a site would: refused");
}

#[test]
fn incomplete_archives_are_refused() {
    let whole = archive(|builder| {
        let noise: Vec<u8> =
            (0..20_000_u32).flat_map(|n| n.wrapping_pow(7).to_le_bytes()).collect();
        add(builder, EntryType::Regular, "index.html", &noise);
    });
    assert!(Archive::unpack(whole.as_slice(), 1 << 20).is_ok());
    for len in [0, 5, 100, whole.len() / 2, whole.len() - 9] {
        let error = Archive::unpack(&whole[..len], 1 << 20).unwrap_err();
        assert!(
            matches!(error, ArchiveErrorKind::Malformed(_) | ArchiveErrorKind::NoIndex),
            "{len}: {error}"
        );
    }
    assert!(matches!(Archive::unpack(&b"plain text"[..], 1), Err(ArchiveErrorKind::Malformed(_))));
}

#[test]
fn an_archive_without_a_page_is_no_site() {
    for names in [&["a.js"][..], &["a/x.js"], &["a/index.html", "b/x.js"], &[]] {
        let refused = refusal(|builder| {
            for name in names {
                add(builder, EntryType::Regular, name, b"");
            }
        });
        assert_eq!(refused, "no index.html in it: not a site", "{names:?}");
    }
}

#[test]
fn what_pack_writes_is_served() {
    let guard = tempfile::tempdir().unwrap();
    let dir = Utf8PathBuf::from_path_buf(guard.path().to_owned()).unwrap();
    fs_err::create_dir_all(dir.join("site/data")).unwrap();
    fs_err::write(dir.join("site/index.html"), "index").unwrap();
    fs_err::write(dir.join("site/data/a.js"), "a").unwrap();
    let packed = dir.join("site.tar.gz");
    crate::pack::pack(&dir.join("site"), &packed).unwrap();
    let archive = Archive::open(&packed).unwrap();
    assert_eq!(archive.len(), 2);
    assert_eq!(contents(&archive, "data/a.js").as_deref(), Some("a"));
}
