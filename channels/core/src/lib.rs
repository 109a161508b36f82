#![doc = include_str!("../README.md")]

pub mod channel;
pub mod commit;
pub mod domain;
pub mod invoice;
pub mod locks;
pub mod message;
pub mod objects;
pub mod onion;
pub mod payload;
pub mod payout;
pub mod quote;
pub mod settlement;
pub mod signature;
pub mod switch;
mod tlv;
pub mod units;
