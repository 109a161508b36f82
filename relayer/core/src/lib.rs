#![doc = include_str!("../README.md")]

pub mod header_relay;
pub mod peg_in;
pub mod ports;
