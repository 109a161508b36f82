#![doc = include_str!("../README.md")]

pub mod custody;
pub mod header_relay;
pub mod peg_in;
pub mod peg_out;
pub mod ports;
