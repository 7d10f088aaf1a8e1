//! covatlas.
