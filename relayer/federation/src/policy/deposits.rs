//! The deposits: each is minted in the final state and its block is in the attester's own best chain.

use bitcoin::hashes::Hash as _;
use bitcoin::OutPoint;
use farbank_bitcoin_light_client::HeaderChain;
use farbank_types::DepositId;

use super::refusal::DepositRefusal;
use crate::bridge_state::{BridgeState, DepositRecord, DepositState};
use crate::custody::{DepositInput, SpentOutput};

/// Returns the outputs that the inputs from the second on spend; amounts are the contract's.
pub(super) fn check(
    outpoints: &[OutPoint],
    described: &[DepositInput],
    state: &BridgeState,
    bitcoin: &HeaderChain,
) -> Result<Vec<SpentOutput>, DepositRefusal> {
    if outpoints.len() != described.len() {
        let (inputs, found) = (outpoints.len(), described.len());
        return Err(DepositRefusal::DepositCount { inputs, found });
    }
    outpoints
        .iter()
        .zip(described)
        .map(|(&outpoint, input)| {
            let record = minted(outpoint, state)?;
            if !is_in_chain(&record, bitcoin) {
                let height = record.height;
                return Err(DepositRefusal::DepositNotInBestChain { outpoint, height });
            }
            let key = input.federation_key;
            if key != state.keys.current && Some(key) != state.keys.previous {
                return Err(DepositRefusal::UnknownDepositKey { outpoint, key });
            }
            Ok(SpentOutput { value: record.amount, key, leaf_hash: Some(input.leaf_hash) })
        })
        .collect()
}

fn minted(outpoint: OutPoint, state: &BridgeState) -> Result<DepositRecord, DepositRefusal> {
    let record = state.deposits.get(&DepositId::of(&outpoint));
    let record = record.ok_or(DepositRefusal::DepositNotMinted { outpoint })?;
    match record.state {
        DepositState::Minted => Ok(*record),
        DepositState::Swept | DepositState::SweptUnminted => {
            Err(DepositRefusal::DepositAlreadySwept { outpoint })
        }
        DepositState::Disowned => Err(DepositRefusal::DepositDisowned { outpoint }),
    }
}

fn is_in_chain(record: &DepositRecord, bitcoin: &HeaderChain) -> bool {
    bitcoin
        .hash(record.height)
        .is_some_and(|hash| hash.to_byte_array().starts_with(&record.block_hash_low))
}
