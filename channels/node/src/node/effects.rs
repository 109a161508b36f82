//! Where the switch's outputs go.

use std::sync::Arc;

use farbank_channels::switch::{Switch, SwitchInput, SwitchOutput, SwitchRejection};

use crate::engine::Effects;
use crate::events::Events;
use crate::links::Links;
use crate::machine::ChannelWire;

/// Messages to the links, everything else to whoever listens.
pub(super) struct NodeEffects {
    pub(super) links: Arc<Links<Switch, ChannelWire>>,
    pub(super) events: Events,
}

impl Effects<Switch> for NodeEffects {
    fn release(&mut self, output: SwitchOutput) {
        let SwitchOutput::Send { peer, message } = output else {
            self.events.publish(output);
            return;
        };
        match message.encode() {
            Ok(bytes) => self.links.send(*peer.public_key(), bytes.into()),
            Err(why) => tracing::error!(%why, "a message has no wire form; please report it"),
        }
    }

    fn refused(&mut self, input: SwitchInput, why: SwitchRejection) {
        match (&input, &why) {
            // It may see the channel on chain later; the peer may have seen it first.
            (_, SwitchRejection::UnknownChannel { .. } | SwitchRejection::UnknownPeer { .. }) => {
                tracing::debug!(reason = why.name(), %why, "left aside");
            }
            (SwitchInput::Received { peer, .. }, _) => {
                self.links.cut(*peer.public_key(), why.name());
            }
            _ => tracing::warn!(reason = why.name(), %why, "refused"),
        }
    }
}
