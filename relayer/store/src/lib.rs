#![doc = include_str!("../README.md")]

mod attester;
mod codec;
mod commit;
mod error;
mod open;
mod peg_out;
mod read;

pub use attester::{IntentRow, SqliteAttesterStore};
pub use error::StoreError;
pub use open::SqlitePegInStore;
