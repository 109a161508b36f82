//! Code and proofs of the state at one block. Nothing is verified here but size and shape.

use ethers::types as e;
use farbank_types::{Bytes, EvmAddress, ProofAnswer, B256, U256};
use serde::Deserialize;
use serde_json::json;

use super::{BlockAt, SideChainNode};
use crate::convert;
use crate::fault::Fault;

const GET_PROOF: &str = "eth_getProof";
const GET_CODE: &str = "eth_getCode";

/// Slots asked for at once: a sixth of what [`crate::RpcConfig`] bounds, at eight full nodes each.
const SLOTS_AT_ONCE: usize = 64;

/// A path follows at most 64 nibbles, and a leaf may come after them.
const MAX_NODES: usize = 65;

/// A branch node of sixteen hashes takes 532 bytes.
const MAX_NODE_BYTES: usize = 1_024;

/// EIP-170.
const MAX_CODE_BYTES: usize = 24_576;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountAnswer {
    address: EvmAddress,
    account_proof: Vec<Bytes>,
    storage_proof: Vec<SlotAnswer>,
}

/// Nodes write the key with leading zeros or without.
#[derive(Deserialize)]
struct SlotAnswer {
    key: U256,
    proof: Vec<Bytes>,
}

impl SideChainNode {
    /// Returns the proof of an account and of some of its storage slots after the block `at`. Name the
    /// block by its number or hash: a tag may move between the questions that many slots take.
    ///
    /// # Errors
    ///
    /// When the node does not answer, does not have that state, or answers for another account or other
    /// slots, with more or larger nodes than a trie can have.
    pub async fn proof(
        &self,
        account: EvmAddress,
        slots: &[B256],
        at: BlockAt,
    ) -> Result<ProofAnswer, Fault> {
        let mut parts = slots.chunks(SLOTS_AT_ONCE);
        let mut answer = self.proof_part(account, parts.next().unwrap_or(&[]), at).await?;
        for part in parts {
            let next = self.proof_part(account, part, at).await?;
            if next.account != answer.account {
                return Err(contradiction("one state of the account at one block"));
            }
            answer.storage.extend(next.storage);
        }
        Ok(answer)
    }

    /// Returns the code at an address after the block `at`; empty when there is none.
    ///
    /// # Errors
    ///
    /// When the node does not answer, does not have that state, or answers with more than a contract
    /// can have (EIP-170).
    pub async fn code(&self, account: EvmAddress, at: BlockAt) -> Result<Bytes, Fault> {
        let code: e::Bytes = self.rpc.ask(GET_CODE, vec![json!(account), at.to_json()]).await?;
        if code.len() > MAX_CODE_BYTES {
            let expected = "code of at most 24,576 bytes";
            return Err(Fault::Contradiction { method: GET_CODE, expected });
        }
        Ok(convert::bytes(code))
    }

    async fn proof_part(
        &self,
        account: EvmAddress,
        slots: &[B256],
        at: BlockAt,
    ) -> Result<ProofAnswer, Fault> {
        let question = vec![json!(account), json!(slots), at.to_json()];
        let answer: AccountAnswer = self.rpc.ask(GET_PROOF, question).await?;
        let keys = answer.storage_proof.iter().map(|slot| B256::from(slot.key));
        if answer.address != account || !keys.eq(slots.iter().copied()) {
            return Err(contradiction("the account and the slots asked for"));
        }
        let answer = ProofAnswer {
            account: answer.account_proof,
            storage: answer
                .storage_proof
                .into_iter()
                .map(|slot| (B256::from(slot.key), slot.proof))
                .collect(),
        };
        let mut slots = answer.storage.iter();
        if is_bounded(&answer.account) && slots.all(|(_, nodes)| is_bounded(nodes)) {
            Ok(answer)
        } else {
            Err(contradiction("at most 65 nodes of at most 1,024 bytes on each path"))
        }
    }
}

fn is_bounded(nodes: &[Bytes]) -> bool {
    nodes.len() <= MAX_NODES && nodes.iter().all(|node| node.len() <= MAX_NODE_BYTES)
}

const fn contradiction(expected: &'static str) -> Fault {
    Fault::Contradiction { method: GET_PROOF, expected }
}
