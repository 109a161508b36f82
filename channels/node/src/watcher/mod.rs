//! A watcher: answers for nodes that are away.
//!
//! A node hands it, for each channel, the newest proofs of both directions with the payee's ack, their
//! locks and the preimages that it still has to show. What is taken is durable in the watcher's own log
//! before it is acknowledged. When a channel closes with an older proof, the watcher shows the newer
//! one in the form that anybody may use: with the payee's ack. It needs no key of the node's and can
//! pay nothing away.
//!
//! Decides what is worth keeping and when to act; leaves out the chain (the port has it) and payment
//! for the service.

mod machine;
mod push;
mod run;
mod wire;

pub use machine::{WatchInput, WatchRejection, Watched, Watching};
pub use push::push;
pub use run::{ChannelWatcher, WatcherError, WatcherHandle, WatcherOptions};
pub use wire::{WatchAnswer, WatchRequest, PROTOCOL};
