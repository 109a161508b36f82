#![doc = include_str!("../README.md")]

pub mod dkg;
pub mod group;
pub mod identity;
pub mod share;
pub mod signing;
