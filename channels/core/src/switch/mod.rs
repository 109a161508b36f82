//! The machine of a whole node: its channels, and every payment over them.
//!
//! Decides what a node takes, forwards, exchanges, claims and pays, and how each payment ends. Leaves
//! out what two parties sign (each [`Channel`](crate::channel::Channel) does), which routes there are,
//! and how inputs are logged and outputs sent. Its state is the fold of its inputs, its outputs are
//! derived again from them.
//!
//! Nothing is failed upstream before the channel downstream says that its lock is dead, nothing is
//! unlocked downstream in the last R before the incoming lock's expiry, and no payment has two locks
//! out at the same time: so every payment is paid once or not at all, whoever stops when.

mod chain;
mod config;
mod envelope;
mod errors;
mod expect;
mod failure;
mod forward;
mod input;
mod invoices;
mod limits;
mod links;
mod machine;
mod offered;
mod output;
mod pay;
mod payments;
mod route;
mod state;

pub use config::{AssetPolicy, Registry, SwitchConfig};
pub use errors::SwitchRejection;
pub use failure::{HopFailure, SignedFailure};
pub use input::SwitchInput;
pub use invoices::{Expected, ExpectedPayment, ExpectedState};
pub use output::SwitchOutput;
pub use payments::{
    Attempt, PayCommand, PayRejection, Payment, PaymentEnd, PaymentFailure, PaymentRequest,
    PaymentState,
};
pub use route::{Charge, Destination, PlanRejection, Route, RouteHop, Via};
pub use state::{LockKey, Switch, SwitchSigner};
