#![doc = include_str!("../README.md")]

mod bitcoin_side;
mod bitcoind;
mod control;
pub mod demo;
mod devnet;
mod failure;
mod federation;
mod folder;
mod keys;
mod ports;
mod process;
mod progress;
mod relayer;
mod rpc;
mod running;
mod side_chain;
mod start;
mod supervisor;
mod tools;
mod up;

pub use bitcoin_side::{Mined, ReorgTransactions, Reorganised};
pub use devnet::{Devnet, DevnetState, ProcessStatus, Status};
pub use failure::{Error, Failure, Rejection};
pub use folder::DevnetFolder;
pub use ports::free_ports;
pub use process::ProcessState;
pub use progress::Progress;
pub use side_chain::{SideChainChoice, SideChainReason};
pub use supervisor::supervise;
pub use tools::{Tool, ToolPaths};
pub use up::{up, Lifetime, Ports, UpOptions};
