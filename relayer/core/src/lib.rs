//! Pure machines of the bridge.

pub mod peg_in;
