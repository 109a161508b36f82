//! The user's side: everything that `farbank peg-in`, `reserves`, `status` and `keys` do, without a
//! word printed.
//!
//! Believes no relayer. Bitcoin is what the user's own node says, the side chain what the contract
//! answers. Time and randomness are arguments.

pub mod file;
pub mod key;
pub mod wallet;
