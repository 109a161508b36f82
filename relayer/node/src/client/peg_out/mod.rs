//! The redeemer's side of a peg-out: what it costs, asking for it, following it, raising its fee.

pub mod explain;
pub mod fees;
pub mod raise;
mod record;
pub mod request;
pub mod spends;
pub mod status;
mod submit;
pub mod waits;
