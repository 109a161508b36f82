//! The whole bridge at a glance: both nodes, the contract's header chain, a relayer, the reserves;
//! each wait with its cause and remedy.

use bitcoin::{Amount, Network, OutPoint, XOnlyPublicKey};
use farbank_contracts::{BlockAt, SideChainClient};
use farbank_types::{BitcoinHeight, BlockCount, ChainId, Deployment, EvmBlockNumber, UnixTime};
use serde::Serialize;
use serde_json::Value;

use super::error::{ClientError, ClientFault};
use super::peg_in::status::side_facts;
use super::relayer::RelayerClient;
use super::reserves::{reserves, ReservesReport};
use super::side_chain;
use crate::adapters::bitcoin::{BitcoindNetwork, ChainInfo};

/// Blocks that the contract may lie behind before it is worth a word: a relayer needs confirmations
/// of its own view and carries batches.
const USUAL_LAG: BlockCount = BlockCount::new(6);

/// A side chain without a block for so long has stopped: ten periods of the slowest one supported.
const STALLED_SECS: u64 = 150;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BridgeStatus {
    /// The Bitcoin node, when it answers.
    pub bitcoin: Option<BitcoinStatus>,
    /// The side chain, when it answers and is the deployment's.
    pub side_chain: Option<SideChainStatus>,
    /// The balance, likewise.
    pub reserves: Option<ReservesReport>,
    /// What redemptions depend on, likewise.
    pub peg_out: Option<PegOutOverview>,
    /// What the relayer says of itself, when it was named and answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relayer: Option<Value>,
    /// Everything that is waited for or broken.
    pub waits: Vec<Wait>,
}

/// The Bitcoin node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BitcoinStatus {
    /// Its network.
    pub network: Network,
    /// Height of its best block.
    pub height: BitcoinHeight,
    /// Height of its best header.
    pub headers: BitcoinHeight,
}

/// The side chain and the contract's header chain on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SideChainStatus {
    /// EIP-155 chain id.
    pub chain_id: ChainId,
    /// Its newest block.
    pub block: EvmBlockNumber,
    /// Time of that block.
    pub block_time: UnixTime,
    /// Height of the newest Bitcoin header that the contract knows.
    pub contract_height: BitcoinHeight,
    /// Age of that header against the newest block, in seconds.
    pub tip_age_secs: u64,
    /// Whether that header is in the node's best chain, when the node knows one at its height.
    pub on_our_chain: Option<bool>,
    /// Until when mints and new redemptions are paused, when they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<UnixTime>,
}

/// What redemptions depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PegOutOverview {
    /// Redemptions requested so far.
    pub requested: u64,
    /// What is owed for those that are not proven paid.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "unpaid_sat")]
    pub unpaid: Amount,
    /// The proven custody outpoint; `None` after a spend that did not conform.
    pub custody_outpoint: Option<OutPoint>,
    /// The key that holds custody.
    pub key: XOnlyPublicKey,
    /// The key that custody may move to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_key: Option<XOnlyPublicKey>,
    /// The side chain's time from which it may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_key_usable_from: Option<UnixTime>,
    /// The key that held custody before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_key: Option<XOnlyPublicKey>,
    /// Height of the last block whose deposits to it are minted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_key_until: Option<BitcoinHeight>,
}

/// Something that is waited for or broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// Its name.
    pub name: &'static str,
    /// What is the matter.
    pub cause: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// Looks at everything; what does not answer becomes a wait, never an error.
pub async fn status(
    node: &BitcoindNetwork,
    deployment: &Deployment,
    relayer: Option<&RelayerClient>,
    now: UnixTime,
) -> BridgeStatus {
    let mut status = BridgeStatus::default();
    match node.check(deployment.bitcoin.network).await {
        Ok(info) => status.take_bitcoin(&info),
        Err(error) => status.wait(
            "BitcoinUnreachable",
            error.to_string(),
            "start your Bitcoin node, or correct --bitcoin and --cookie-file",
        ),
    }
    match side_chain::connect(deployment).await {
        Ok(client) => {
            if let Err(fault) = status.take_side_chain(node, &client, deployment, now).await {
                status.wait("SideChainUnreachable", fault.to_string(), START_SIDE_CHAIN);
            }
        }
        Err(ClientError::Refused(rejection)) => status.wait(
            "DeploymentMismatch",
            rejection.to_string(),
            "get the bridge's own deployment.json from whoever deployed it",
        ),
        Err(ClientError::Fault(fault)) => {
            status.wait("SideChainUnreachable", fault.to_string(), START_SIDE_CHAIN);
        }
    }
    if let Some(relayer) = relayer {
        match relayer.status().await {
            Ok(answer) => status.relayer = Some(answer),
            Err(error) => status.wait(
                "RelayerUnreachable",
                error.to_string(),
                "start it (`farbank relayer run`) or ask another one: any relayer will do",
            ),
        }
    }
    status
}

const START_SIDE_CHAIN: &str = "start the side chain's node, or correct its address";

impl BridgeStatus {
    fn wait(&mut self, name: &'static str, cause: String, remedy: &'static str) {
        self.waits.push(Wait { name, cause, remedy });
    }

    fn take_bitcoin(&mut self, info: &ChainInfo) {
        self.bitcoin = Some(BitcoinStatus {
            network: info.network,
            height: info.height,
            headers: info.headers,
        });
        // A regtest node calls itself so until a block is recent; only headers without blocks count.
        if info.headers > info.height {
            let cause = format!("it has blocks up to {} of {}", info.height, info.headers);
            self.wait("BitcoinSyncing", cause, "wait until your Bitcoin node has caught up");
        }
    }

    async fn take_side_chain(
        &mut self,
        node: &BitcoindNetwork,
        client: &SideChainClient,
        deployment: &Deployment,
        now: UnixTime,
    ) -> Result<(), ClientFault> {
        let head = client.node().head().await?;
        let facts = side_facts(node, client, BlockAt::Number(head.number)).await?;
        let found = SideChainStatus {
            chain_id: deployment.side_chain.chain_id,
            block: head.number,
            block_time: head.time,
            contract_height: facts.contract_height,
            tip_age_secs: head.time.secs_since(facts.contract_time).unwrap_or(0),
            on_our_chain: facts.on_our_chain,
            paused_until: facts.paused_until.filter(|until| *until > head.time),
        };
        self.side_chain = Some(found);
        let tip = self.bitcoin.map(|bitcoin| bitcoin.height);
        self.waits.extend(waits(&found, tip, deployment.parameters.freshness_secs, now));
        let balance = reserves(client).await?;
        self.reserves = Some(balance);
        let at = BlockAt::Number(balance.block);
        let keys = client.keys(at).await?;
        self.peg_out = Some(PegOutOverview {
            requested: client.redemption_count(at).await?,
            unpaid: balance.unpaid,
            custody_outpoint: balance.custody_outpoint,
            key: keys.current,
            next_key: keys.next.map(|(key, _)| key),
            next_key_usable_from: keys.next.map(|(_, time)| time),
            previous_key: keys.previous.map(|(key, _)| key),
            previous_key_until: keys.previous.map(|(_, height)| height),
        });
        if balance.custody_outpoint.is_none() {
            let cause = "a spend of the custody output did not conform".to_owned();
            self.wait("NoCustody", cause, "do not deposit, and tell the operators");
        }
        if !balance.holds {
            let cause = format!("owed {}, held {}", balance.left, balance.right);
            self.wait("ReservesShort", cause, "do not deposit; minting has stopped by itself");
        }
        Ok(())
    }
}

/// Decides from facts alone what on the side chain is waited for.
#[must_use]
pub fn waits(
    found: &SideChainStatus,
    tip: Option<BitcoinHeight>,
    freshness_secs: u32,
    now: UnixTime,
) -> Vec<Wait> {
    const POST: &str = "wait for a relayer to post them, or run one (`farbank relayer run`)";
    let mut waits = Vec::new();
    let mut add = |name, cause, remedy| waits.push(Wait { name, cause, remedy });
    if let Some(silent) = now.secs_since(found.block_time).filter(|secs| *secs > STALLED_SECS) {
        let cause = format!("its newest block {} is {silent} s old", found.block);
        add("SideChainStalled", cause, "start its signers; nothing is lost meanwhile");
    }
    if found.on_our_chain == Some(false) {
        let cause = format!(
            "the contract's best header, {}, is not in your node's best chain",
            found.contract_height
        );
        add(
            "OtherBranch",
            cause,
            "check that your node is up to date; relayers post the better branch",
        );
    }
    if let Some(lag) = tip.and_then(|tip| tip.since(found.contract_height)) {
        if lag > USUAL_LAG {
            let cause = format!("{lag} headers behind, at {}", found.contract_height);
            add("HeadersBehind", cause, POST);
        }
    }
    if found.tip_age_secs > u64::from(freshness_secs) {
        let cause = format!(
            "its newest header is {} s old, it mints up to {freshness_secs} s: nobody posts headers, \
             or Bitcoin found no block",
            found.tip_age_secs
        );
        add("TipStale", cause, POST);
    }
    if let Some(until) = found.paused_until {
        let cause = format!("mints and new redemptions are paused until {until} (Unix time)");
        let remedy = "wait: a pause ends by itself; deposits stay reclaimable, payouts go on";
        add("Paused", cause, remedy);
    }
    waits
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::new(1_000_000);

    fn found() -> SideChainStatus {
        SideChainStatus {
            chain_id: ChainId::new(1),
            block: EvmBlockNumber::new(9),
            block_time: NOW,
            contract_height: BitcoinHeight::new(100),
            tip_age_secs: 60,
            on_our_chain: Some(true),
            paused_until: None,
        }
    }

    #[test]
    fn every_wait_is_named_after_its_cause() {
        let early = UnixTime::new(999_000);
        let rows: [(SideChainStatus, Option<u32>, &[&str]); 9] = [
            (found(), Some(100), &[]),
            (found(), None, &[]),
            (found(), Some(106), &[]),
            (found(), Some(107), &["HeadersBehind"]),
            (SideChainStatus { tip_age_secs: 600, ..found() }, Some(100), &[]),
            (SideChainStatus { tip_age_secs: 601, ..found() }, Some(100), &["TipStale"]),
            (SideChainStatus { on_our_chain: Some(false), ..found() }, Some(100), &["OtherBranch"]),
            (SideChainStatus { block_time: early, ..found() }, Some(90), &["SideChainStalled"]),
            (
                SideChainStatus { paused_until: Some(NOW), tip_age_secs: 900, ..found() },
                Some(100),
                &["TipStale", "Paused"],
            ),
        ];
        for (at, (facts, tip, expected)) in rows.into_iter().enumerate() {
            let waits = waits(&facts, tip.map(BitcoinHeight::new), 600, NOW);
            let names: Vec<&str> = waits.iter().map(|wait| wait.name).collect();
            assert_eq!(names, expected, "row {at}");
            assert!(waits.iter().all(|wait| !wait.cause.is_empty() && !wait.remedy.is_empty()));
        }
    }
}
