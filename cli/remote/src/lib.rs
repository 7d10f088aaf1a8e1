//! The network clients of covatlas.
