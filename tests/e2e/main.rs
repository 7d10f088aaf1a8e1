//! Whole runs over the built binary, on real input.

mod damage;
mod errors;
mod import;
mod pipeline;
mod render;
mod stats;
mod world;
