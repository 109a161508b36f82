//! The switch as the machine of the core loop, and the words that links have for it.

use std::sync::Arc;

use bytes::Bytes;
use farbank_channels::message::ChannelMessage;
use farbank_channels::signature::{NodeId, NodeKey};
use farbank_channels::switch::{Switch, SwitchInput, SwitchOutput, SwitchRejection};
use farbank_transport::PeerError;
use farbank_types::bitcoin::secp256k1::PublicKey;
use farbank_types::UnixTime;

use crate::engine::Machine;
use crate::links::Wire;

impl Machine for Switch {
    type Input = SwitchInput;
    type Output = SwitchOutput;
    type Rejection = SwitchRejection;
    type Signer = Arc<NodeKey>;

    fn apply(
        &mut self,
        input: &SwitchInput,
        now: UnixTime,
        signer: &Arc<NodeKey>,
    ) -> Result<Vec<SwitchOutput>, SwitchRejection> {
        Self::apply(self, input, now, &**signer)
    }

    fn complete(&mut self, now: UnixTime, signer: &Arc<NodeKey>) -> Vec<SwitchOutput> {
        match Self::apply(self, &SwitchInput::Tick, now, &**signer) {
            Ok(outputs) => outputs,
            Err(why) => {
                // Only a foreign signer is refused, and a start compares the two.
                tracing::error!(%why, "the switch does not sign");
                Vec::new()
            }
        }
    }
}

/// Messages of channels in frames.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChannelWire;

impl Wire<Switch> for ChannelWire {
    fn up(&self, peer: PublicKey) -> SwitchInput {
        SwitchInput::LinkUp(NodeId::from(peer))
    }

    fn down(&self, peer: PublicKey) -> SwitchInput {
        SwitchInput::LinkDown(NodeId::from(peer))
    }

    fn received(&self, peer: PublicKey, frame: &Bytes) -> Result<SwitchInput, PeerError> {
        let message = ChannelMessage::decode(frame).map_err(|why| {
            tracing::warn!(%peer, %why, "a frame is no message");
            PeerError::Garbage
        })?;
        Ok(SwitchInput::Received { peer: NodeId::from(peer), message })
    }
}
