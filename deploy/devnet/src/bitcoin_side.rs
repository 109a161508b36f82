//! The Bitcoin side of a devnet: its node, the wallet that mines, and the levers on both.

use bitcoin::address::NetworkUnchecked;
use bitcoin::{Address, Amount, BlockHash, FeeRate, Network, ScriptBuf, Transaction, Txid};
use farbank_relayer::adapters::bitcoin::BitcoindNetwork;
use farbank_relayer::client::key::UserKey;
use farbank_relayer::client::wallet::{OneKeyWallet, PaymentRejection, WalletError};
use farbank_types::{BitcoinHeight, BlockCount, UnixTime};
use secp256k1::rand::thread_rng;
use secp256k1::SecretKey;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::bitcoind::cookie;
use crate::failure::{Error, Failure, Rejection};
use crate::folder::DevnetFolder;
use crate::rpc::LeverRpc;

/// What every bridge of a devnet is deployed on; a reorganisation never reaches below.
pub(crate) const CHECKPOINT: BitcoinHeight = BitcoinHeight::new(100);
/// 2 sat/vB: nobody else bids for space on regtest, and nodes relay from 1 sat/vB on.
const FEE_RATE: FeeRate = FeeRate::from_sat_per_kwu(500);

/// The tip after a lever that mines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mined {
    /// Height of the tip.
    pub height: BitcoinHeight,
    /// Hash of the tip.
    pub tip: BlockHash,
}

/// What a reorganisation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reorganised {
    /// The tip before, now in no chain.
    pub old_tip: BlockHash,
    /// The tip after.
    pub tip: BlockHash,
    /// Its height: one more than before.
    pub height: BitcoinHeight,
    /// The last block that both branches share.
    pub fork: BitcoinHeight,
}

/// What becomes of the transactions in the blocks that a reorganisation takes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReorgTransactions {
    /// The new branch holds them too.
    #[default]
    MinedAgain,
    /// They wait in the mempool; the next block outside the new branch holds them.
    LeftInMempool,
}

/// The node with the key that its blocks pay. One lever at a time: two that read the same coins
/// would spend them twice.
#[derive(Debug)]
pub(crate) struct BitcoinSide {
    node: BitcoindNetwork,
    levers: LeverRpc,
    key: Mutex<UserKey>,
    address: Address,
}

impl BitcoinSide {
    pub(crate) fn new(folder: &DevnetFolder, node: BitcoindNetwork, key: UserKey) -> Self {
        let address = key.bitcoin_address(Network::Regtest);
        let levers = LeverRpc { url: node.url().to_owned(), cookie: cookie(folder) };
        Self { node, levers, key: Mutex::new(key), address }
    }

    pub(crate) const fn node(&self) -> &BitcoindNetwork {
        &self.node
    }

    /// Mines blocks that pay the key.
    pub(crate) async fn mine(&self, blocks: BlockCount) -> Result<Mined, Failure> {
        let _alone = self.key.lock().await;
        if blocks.get() > 0 {
            self.node.generate_to_address(blocks, &self.address).await?;
            self.levers.flush_chain().await.map_err(Error::Lever)?;
        }
        self.tip().await
    }

    /// Lets the node remember its mempool: to be called before it is killed.
    pub(crate) async fn remember_mempool(&self) {
        if let Err(error) = self.levers.flush_mempool().await {
            tracing::warn!(%error, "the mempool is lost with bitcoind");
        }
    }

    /// Pays an address; the transaction is in the mempool when this returns.
    pub(crate) async fn fund(
        &self,
        address: Address<NetworkUnchecked>,
        amount: Amount,
    ) -> Result<Txid, Failure> {
        let text = address.assume_checked_ref().to_string();
        let address = address
            .require_network(Network::Regtest)
            .map_err(|_| Rejection::WrongNetwork { address: text, network: Network::Regtest })?;
        Ok(self.pay(address.script_pubkey(), amount).await?.compute_txid())
    }

    /// Pays a script; the transaction is in the mempool when this returns.
    pub(crate) async fn pay(
        &self,
        recipient: ScriptBuf,
        amount: Amount,
    ) -> Result<Transaction, Failure> {
        let key = self.key.lock().await;
        let tip = self.node.header(&self.tip().await?.tip).await?;
        let now = UnixTime::new(tip.map_or(0, |info| u64::from(info.header.time)));
        let mut wallet = OneKeyWallet::new(&key, Network::Regtest).map_err(Error::Wallet)?;
        wallet.sync(&self.node, now).await.map_err(Error::Wallet)?;
        let payment = wallet.pay(recipient, amount, FEE_RATE, &mut thread_rng());
        let payment = payment.map_err(|error| refused(error, amount))?;
        self.node.send_transaction(&payment.transaction).await?;
        Ok(payment.transaction)
    }

    /// Takes `blocks` blocks back and mines one more than that in their place.
    pub(crate) async fn reorg(
        &self,
        blocks: BlockCount,
        transactions: ReorgTransactions,
    ) -> Result<Reorganised, Failure> {
        let _alone = self.key.lock().await;
        let too_deep = || Rejection::ReorgTooDeep { blocks, floor: CHECKPOINT };
        let before = self.node.chain_info().await?;
        let fork = before.height.checked_sub(blocks).filter(|fork| *fork >= CHECKPOINT);
        let fork = fork.filter(|_| blocks.get() > 0).ok_or_else(too_deep)?;
        let first = fork.checked_add(BlockCount::new(1)).ok_or_else(too_deep)?;
        let stale = self.node.block_hash(first).await?.ok_or_else(too_deep)?;
        self.node.invalidate_block(&stale).await?;
        // Another address makes other blocks, even within the second of the first ones.
        let key = UserKey::new(SecretKey::new(&mut thread_rng()));
        let address = key.bitcoin_address(Network::Regtest);
        let count = BlockCount::new(blocks.get().saturating_add(1));
        match transactions {
            ReorgTransactions::MinedAgain => {
                self.node.generate_to_address(count, &address).await?;
            }
            ReorgTransactions::LeftInMempool => {
                for _ in 0..count.get() {
                    self.levers.mine_empty_block(&address).await.map_err(Error::Lever)?;
                }
            }
        }
        self.levers.flush_chain().await.map_err(Error::Lever)?;
        let Mined { height, tip } = self.tip().await?;
        Ok(Reorganised { old_tip: before.best_block, tip, height, fork })
    }

    async fn tip(&self) -> Result<Mined, Failure> {
        let info = self.node.chain_info().await?;
        Ok(Mined { height: info.height, tip: info.best_block })
    }
}

fn refused(error: WalletError, amount: Amount) -> Failure {
    let WalletError::Refused(rejection) = error else { return Error::Wallet(error).into() };
    match rejection {
        PaymentRejection::InsufficientFunds { available, .. } => {
            Rejection::InsufficientFunds { wanted: amount, available }.into()
        }
        PaymentRejection::DustAmount { least, .. } => {
            Rejection::DustAmount { amount, least }.into()
        }
        other => Error::Wallet(other.into()).into(),
    }
}
