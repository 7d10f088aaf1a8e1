//! Whole runs over the built binary, on real input.

mod check;
mod compare;
mod config;
mod consumers;
mod damage;
mod demo;
mod errors;
mod export;
mod guards;
mod hand_on;
mod help;
mod import;
mod kills;
mod never;
mod packaging;
mod pipeline;
mod random;
mod real;
mod registry;
mod remember;
mod render;
mod stats;
mod straight;
mod trend;
mod verify;
mod who;
