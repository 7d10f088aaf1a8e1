//! What registries said about images.

use std::collections::BTreeMap;

use super::{CompileWriter, Database, DbError};
use crate::image::Labels;

/// The words for both kinds of what an image says.
const LABEL: &str = "label";
const VARIABLE: &str = "variable";

impl Database {
    /// The labels of each image that say which component it is of, as `NAME=value`.
    pub(super) fn component_labels(&self) -> Result<BTreeMap<String, Vec<String>>, DbError> {
        let images = self.inspected_images()?.into_iter();
        Ok(images.map(|(name, labels)| (name, labels.of_component().collect())).collect())
    }

    /// What the registries said of each image that was asked for, by name.
    ///
    /// # Errors
    /// [`DbError::Sqlite`].
    pub fn inspected_images(&self) -> Result<BTreeMap<String, Labels>, DbError> {
        let names: Vec<String> =
            self.rows("SELECT image FROM inspected_images", [], |row| row.get("image"))?;
        let mut images: BTreeMap<String, Labels> =
            names.into_iter().map(|name| (name, Labels::default())).collect();
        let rows: Vec<(String, String, String, String)> =
            self.rows("SELECT * FROM image_labels", [], |row| {
                Ok((row.get("image")?, row.get("kind")?, row.get("name")?, row.get("value")?))
            })?;
        for (image, kind, name, value) in rows {
            let Some(labels) = images.get_mut(&image) else { continue };
            if kind == VARIABLE {
                labels.add_variable(name, value);
            } else {
                labels.add_label(name, value);
            }
        }
        Ok(images)
    }
}

impl CompileWriter<'_> {
    /// Adds what registries said of images that were not known before.
    ///
    /// # Errors
    /// [`DbError::Sqlite`].
    pub fn inspected_images(&self, images: &BTreeMap<String, Labels>) -> Result<(), DbError> {
        self.run(|tx| {
            let mut image =
                tx.prepare_cached("INSERT OR IGNORE INTO inspected_images (image) VALUES (?)")?;
            let mut label = tx.prepare_cached(
                "INSERT OR REPLACE INTO image_labels (image, kind, name, value) \
                 VALUES (?, ?, ?, ?)",
            )?;
            for (name, labels) in images {
                image.execute([name])?;
                for (key, value) in labels.labels() {
                    label.execute([name, LABEL, key, value])?;
                }
                for (key, value) in labels.variables() {
                    label.execute([name, VARIABLE, key, value])?;
                }
            }
            Ok(())
        })
    }
}
