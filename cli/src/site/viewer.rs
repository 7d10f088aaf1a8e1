//! The viewer's files: built into this program, or taken from a folder.

use std::borrow::Cow;

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

use covatlas_shared::layout::Form;

use super::{
    front::escape,
    writer::{Writer, gzip_program, script},
};

include!(concat!(env!("OUT_DIR"), "/embedded_viewer.rs"));

/// The page that `viewer/build.sh` writes; it names all other files.
const PAGE: &str = "index.html";

/// Why there is no viewer.
#[derive(Debug, Error)]
pub enum ViewerError {
    /// This program was built without one.
    #[error(
        "this covatlas was built without the viewer; build it with `make viewer` and pass its \
         folder with --viewer DIR"
    )]
    NotBuiltIn,
    /// The folder cannot be read.
    #[error("cannot read the viewer in `{dir}`")]
    Unreadable {
        /// The folder.
        dir: Utf8PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The page lacks something.
    #[error("the viewer's index.html has no `{0}`: it belongs to another version of covatlas")]
    NoPlaceholder(&'static str),
    /// There is no page.
    #[error("the viewer has no index.html")]
    NoPage,
}

/// The viewer's files: name and content.
#[derive(Debug)]
pub struct Viewer {
    files: Vec<(String, Cow<'static, [u8]>)>,
}

/// What changes in `index.html` from site to site.
#[derive(Debug)]
pub(super) struct Page {
    /// The title, as text.
    pub(super) title: String,
    /// Name of the manifest's shard.
    pub(super) manifest: String,
    /// What readers without JavaScript see, as HTML.
    pub(super) noscript: String,
}

impl Viewer {
    /// The viewer that is built into this program.
    ///
    /// # Errors
    /// [`ViewerError::NotBuiltIn`].
    pub fn built_in() -> Result<Self, ViewerError> {
        if EMBEDDED_VIEWER.is_empty() {
            return Err(ViewerError::NotBuiltIn);
        }
        let file = |&(name, bytes): &(&str, &'static [u8])| (name.to_owned(), Cow::Borrowed(bytes));
        Ok(Self { files: EMBEDDED_VIEWER.iter().map(file).collect() })
    }

    /// The viewer in a folder, as `make viewer` leaves it.
    ///
    /// # Errors
    /// [`ViewerError::Unreadable`].
    pub fn from_dir(dir: &Utf8Path) -> Result<Self, ViewerError> {
        let failed = |source| ViewerError::Unreadable { dir: dir.to_owned(), source };
        let mut files = Vec::new();
        for entry in fs_err::read_dir(dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_type().map_err(failed)?.is_file() {
                let name = entry.file_name().to_string_lossy().into_owned();
                files.push((name, Cow::Owned(fs_err::read(entry.path()).map_err(failed)?)));
            }
        }
        files.sort();
        Ok(Self { files })
    }

    /// All files: names and contents, sorted by name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_ref()))
    }

    /// The content of a file by its name.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        let found = self.files.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }

    /// Writes all files but `index.html`, whose bytes are returned.
    pub(super) fn write(
        &self,
        writer: &Writer,
        page: &Page,
    ) -> Result<Vec<u8>, super::RenderError> {
        for (name, bytes) in self.files.iter().filter(|(name, _)| name != PAGE) {
            let is_program = Utf8Path::new(name).extension() == Some("wasm");
            if is_program {
                writer.viewer_file(&format!("{name}.js"), &script(name, &gzip_program(bytes)))?;
            }
            // As with shards, scripts serve every home.
            if !is_program || writer.form() == Form::Gz {
                writer.viewer_file(name, bytes)?;
            }
        }
        Ok(self.index(page, writer.form().name())?.into_bytes())
    }

    fn index(&self, page: &Page, form: &str) -> Result<String, ViewerError> {
        let template = self.files.iter().find(|(name, _)| name == PAGE);
        let (_, template) = template.ok_or(ViewerError::NoPage)?;
        let mut html = String::from_utf8_lossy(template).into_owned();
        // The static table comes last: names in it may look like placeholders.
        let values: [(&str, Cow<'_, str>); 4] = [
            ("{{form}}", form.into()),
            ("{{manifest}}", page.manifest.as_str().into()),
            ("{{title}}", escape(&page.title).replace("{{", "{\u{200b}{").into()),
            ("{{noscript}}", page.noscript.as_str().into()),
        ];
        for (placeholder, value) in values {
            if !html.contains(placeholder) {
                return Err(ViewerError::NoPlaceholder(placeholder));
            }
            html = html.replace(placeholder, &value);
        }
        Ok(html)
    }
}
