#![doc = include_str!("../README.md")]

pub mod channel;
pub mod commit;
pub mod domain;
pub mod locks;
pub mod message;
pub mod objects;
pub mod payout;
pub mod settlement;
pub mod signature;
pub mod units;
