//! The code that a deployment must have, so that a proof of an account tells whether it is the bridge.
//!
//! The compiler leaves zeros where a constructor writes its values; here they are written in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use farbank_types::{keccak256, Bytes, Deployment, EvmAddress, B256, U256};
use serde::Deserialize;

use crate::client::HeaderRules;

/// Name of the token, as its constructor gives it to EIP-712.
const TOKEN_NAME: &[u8] = b"Farbank Bitcoin";

/// OpenZeppelin's version of every permit.
const TOKEN_VERSION: &[u8] = b"1";

const DOMAIN: &[u8] =
    b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

/// What `contracts/script/export-abi.js` writes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    deployed_bytecode: Bytes,
    /// Offsets of the words that the constructor writes, by the variable's name.
    immutables: BTreeMap<Box<str>, Vec<usize>>,
}

static BRIDGE: LazyLock<Artifact> =
    LazyLock::new(|| Artifact::parse(include_str!("../../abi/Bridge.json")));
static TOKEN: LazyLock<Artifact> =
    LazyLock::new(|| Artifact::parse(include_str!("../../abi/FBTC.json")));

/// Returns Keccak-256 of the bridge's code as this deployment must have it, or `None` when the contract
/// has no rules for its Bitcoin network.
#[must_use]
pub fn expected_code_hash(deployment: &Deployment) -> Option<B256> {
    let rules = HeaderRules::of(deployment.bitcoin.network)?;
    Some(BRIDGE.code_hash(|name| bridge_word(name, deployment, rules)))
}

/// Returns Keccak-256 of the token's code as this deployment must have it.
#[must_use]
pub fn expected_token_code_hash(deployment: &Deployment) -> B256 {
    TOKEN.code_hash(|name| token_word(name, deployment))
}

impl Artifact {
    fn parse(json: &str) -> Self {
        serde_json::from_str(json).expect("the exported artifact has this form: a test reads it")
    }

    fn code_hash(&self, word_of: impl Fn(&str) -> Option<B256>) -> B256 {
        let mut code = self.deployed_bytecode.to_vec();
        for (name, places) in &self.immutables {
            let word = word_of(name).expect("a test fills every immutable of the artifact");
            for place in places {
                let end = place.saturating_add(word.len());
                let into = code.get_mut(*place..end).expect("the compiler's offsets are inside");
                into.copy_from_slice(word.as_slice());
            }
        }
        keccak256(code)
    }
}

fn number(value: impl Into<u64>) -> B256 {
    B256::from(U256::from(value.into()))
}

fn bridge_word(name: &str, deployment: &Deployment, rules: HeaderRules) -> Option<B256> {
    let parameters = &deployment.parameters;
    Some(match name {
        "instance" => deployment.instance,
        "rules" => number(rules.code()),
        "token" => deployment.contracts.token.into_word(),
        "governance" => deployment.contracts.governance.into_word(),
        "_federationKey" => B256::from(deployment.federation_key.x_only.serialize()),
        "_reclaimBlocks" => number(parameters.reclaim_blocks.get()),
        "_sweepWindow" => number(parameters.sweep_window_blocks.get()),
        "_freshness" => number(parameters.freshness_secs),
        "_minConfirmations" => number(parameters.min_confirmations.get()),
        "_maxConfirmations" => number(parameters.max_confirmations.get()),
        "_satPerConfirmation" => number(parameters.per_confirmation.to_sat()),
        "_mintCap" => number(parameters.mint_cap.to_sat()),
        "_minDeposit" => number(parameters.min_deposit.to_sat()),
        "_unsweptValueCap" => number(parameters.unswept_value_cap.to_sat()),
        "_unsweptCountCap" => number(parameters.unswept_count_cap),
        "_custodyConfirmations" => number(parameters.custody_confirmations.get()),
        "_unsweptAlarm" => number(parameters.unswept_alarm_blocks.get()),
        "_evidenceDelay" => number(parameters.evidence_delay_blocks.get()),
        "_keyDelay" => number(parameters.key_delay_secs),
        "_redemptionFee" => number(parameters.redemption_fee.to_sat()),
        "_minRedemption" => number(parameters.min_redemption.to_sat()),
        "_maxRedemption" => number(parameters.max_redemption.to_sat()),
        "_minMaxFee" => number(parameters.min_max_fee.to_sat()),
        "_feeReserve" => number(parameters.fee_reserve.to_sat()),
        _ => return None,
    })
}

fn token_word(name: &str, deployment: &Deployment) -> Option<B256> {
    let chain_id = deployment.side_chain.chain_id.get();
    let token = deployment.contracts.token;
    Some(match name {
        "bridge" => deployment.contracts.bridge.into_word(),
        "_name" => short_string(TOKEN_NAME),
        "_version" => short_string(TOKEN_VERSION),
        "_hashedName" => keccak256(TOKEN_NAME),
        "_hashedVersion" => keccak256(TOKEN_VERSION),
        "_cachedChainId" => number(chain_id),
        "_cachedThis" => token.into_word(),
        "_cachedDomainSeparator" => domain_separator(chain_id, token),
        _ => return None,
    })
}

/// EIP-712, section "Definition of domainSeparator".
fn domain_separator(chain_id: u64, token: EvmAddress) -> B256 {
    let words = [
        keccak256(DOMAIN),
        keccak256(TOKEN_NAME),
        keccak256(TOKEN_VERSION),
        number(chain_id),
        token.into_word(),
    ];
    keccak256(words.concat())
}

/// OpenZeppelin's `ShortString`: up to 31 bytes from the left, their number in the last one.
fn short_string(text: &'static [u8]) -> B256 {
    let mut word = B256::right_padding_from(text);
    word[31] = u8::try_from(text.len()).unwrap_or(u8::MAX);
    word
}
