//! What the end-to-end and browser tests share.
