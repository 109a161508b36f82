#![doc = include_str!("../README.md")]

pub mod bridge_state;
pub mod custody;
pub mod dkg;
pub mod group;
pub mod identity;
pub mod messages;
pub mod policy;
pub mod share;
pub mod signing;
