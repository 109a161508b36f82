#![doc = include_str!("../README.md")]

mod codec;
mod commit;
mod error;
mod open;
mod peg_out;
mod read;

pub use error::StoreError;
pub use open::SqlitePegInStore;
