#![doc = include_str!("../README.md")]

mod address;
mod admission;
mod client;
mod credential;
mod error;
pub mod file;
mod frame;
mod identity;
mod limits;
mod listener;
mod node_proof;
mod peer_id;
mod pending;
mod quota;
mod receiver;
mod service;
mod stream;
mod tls;

pub use farbank_types::PeerIdentity;

pub use address::{PeerAddress, PeerAddressError};
pub use admission::{Admission, Standing};
pub use client::PeerClient;
pub use credential::{Credential, CredentialError, NodeCredential};
pub use error::{PeerError, PeerStep};
pub use frame::MAX_FRAME;
pub use identity::{IdentityError, IdentityKey};
pub use limits::PeerLimits;
pub use listener::PeerListener;
pub use node_proof::{NodeProofRejection, TAG as NODE_PROOF_TAG};
pub use peer_id::{Identity, PeerId};
pub use receiver::PeerReceiver;
pub use service::{PeerHost, PeerService};
pub use stream::{PeerSender, PeerStream};
pub use tls::Protocol;
