//! What a channel node proves itself with to its peers.

use farbank_channels::domain::Digest;
use farbank_channels::signature::{ChannelSigner as _, NodeKey};
use farbank_transport::{CredentialError, NodeCredential};
use farbank_types::bitcoin::secp256k1::Message;
use farbank_types::B256;

/// Makes a certificate for which the node's key vouches, good until the process ends.
///
/// # Errors
/// [`CredentialError`].
pub fn node_credential(key: &NodeKey) -> Result<NodeCredential, CredentialError> {
    let sign = |message: &Message| {
        let mut bytes = key.sign(Digest::new(B256::new(*message.as_ref()))).to_bytes();
        // The parity bit of EIP-2098: whoever verifies knows the key.
        bytes[32] &= 0x7f;
        bytes
    };
    NodeCredential::make(*key.node_id().public_key(), sign)
}
