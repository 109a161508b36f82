//! A wallet of one key: what a user pays deposits with who has no wallet program at hand.
//!
//! Keeps no state of its own: all is read anew from the user's own Bitcoin node. Spends confirmed
//! coins and its own unconfirmed change; coins of others count once they are in a block.

use std::sync::Arc;

use bdk_wallet::chain::{BlockId, CheckPoint, ConfirmationBlockTime, TxUpdate};
use bdk_wallet::descriptor::template::P2TR;
use bdk_wallet::descriptor::IntoWalletDescriptor as _;
use bdk_wallet::error::CreateTxError;
use bdk_wallet::signer::SignersContainer;
use bdk_wallet::{KeychainKind, SignOptions, Update, Wallet};
use bitcoin::secp256k1::rand::RngCore;
use bitcoin::secp256k1::Secp256k1;
use bitcoin::{Address, Amount, BlockHash, FeeRate, Network, OutPoint, ScriptBuf, Transaction};
use farbank_types::{BitcoinHeight, UnixTime};
use serde::Serialize;

use super::key::UserKey;
use crate::adapters::bitcoin::{BitcoindError, BitcoindNetwork, ScannedOutput};

/// Coins that are looked at, the greatest first: more would not fit one standard transaction.
const MAX_COINS: usize = 500;

/// Longest chain of unconfirmed change that is followed: nodes relay at most 25 in a row.
const MAX_UNCONFIRMED: usize = 25;

/// What a node knows of the wallet at one moment.
#[derive(Clone, Debug)]
pub struct WalletSnapshot {
    /// The node's tip.
    pub tip: (BitcoinHeight, BlockHash),
    /// Transactions in blocks that pay the wallet, with the block's place.
    pub confirmed: Vec<(Transaction, BitcoinHeight, BlockHash)>,
    /// Transactions in the mempool that spend from the wallet.
    pub unconfirmed: Vec<Transaction>,
    /// When it was taken.
    pub taken_at: UnixTime,
}

/// A wallet of one key, as of a snapshot.
#[derive(Debug)]
pub struct OneKeyWallet {
    wallet: Wallet,
    signers: SignersContainer,
    address: Address,
}

/// A signed payment, not broadcast yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The transaction.
    pub transaction: Transaction,
    /// Its fee.
    pub fee: Amount,
}

/// What a wallet holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WalletBalance {
    /// In blocks.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "confirmed_sat")]
    pub confirmed: Amount,
    /// Its own change that is not in a block yet.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "change_sat")]
    pub change: Amount,
    /// Mined within the last 100 blocks: not to be spent yet.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "immature_sat")]
    pub immature: Amount,
}

/// Why the wallet cannot pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum PaymentRejection {
    /// Too little in the wallet.
    #[error("the wallet holds {available}, the payment with its fee needs {needed}; send the rest to {fund}")]
    InsufficientFunds {
        /// What can be spent.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "available_sat")]
        available: Amount,
        /// Payment and fee.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "needed_sat")]
        needed: Amount,
        /// The wallet's address.
        fund: String,
    },
    /// Nodes do not relay so small an output.
    #[error("an output of {amount} is dust; pay at least {least}")]
    DustAmount {
        /// What was asked for.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
        amount: Amount,
        /// What nodes relay.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "least_sat")]
        least: Amount,
    },
}

/// A fault of the wallet library or of what a node told it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalletError {
    /// Too little money, or too little to pay.
    #[error(transparent)]
    Refused(#[from] PaymentRejection),
    /// The node or the way to it.
    #[error(transparent)]
    Bitcoin(#[from] BitcoindError),
    /// The node's chain changed while it was read, or it contradicts itself.
    #[error("the node's chain changed while the wallet was read; run the command again")]
    ChainMoved,
    /// The wallet library refuses to build the payment for a reason that no caller can cause.
    #[error("the wallet cannot build the payment: {0}")]
    Build(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The wallet library did not sign every input.
    #[error("the wallet could not sign the payment; report this with the transaction {txid}")]
    Unsigned {
        /// The unsigned transaction.
        txid: bitcoin::Txid,
    },
}

impl OneKeyWallet {
    /// Makes an empty wallet.
    ///
    /// # Errors
    /// [`WalletError::Build`].
    pub fn new(key: &UserKey, network: Network) -> Result<Self, WalletError> {
        let secp = Secp256k1::new();
        let (descriptor, keys) = P2TR(key.private_key(network))
            .into_wallet_descriptor(&secp, network.into())
            .map_err(build)?;
        let signers = SignersContainer::build(keys, &descriptor, &secp);
        let wallet = Wallet::create_single(descriptor)
            .network(network)
            .create_wallet_no_persist()
            .map_err(build)?;
        let address = wallet.peek_address(KeychainKind::External, 0).address;
        Ok(Self { wallet, signers, address })
    }

    /// Returns the wallet's only address.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// Reads the wallet's coins from the node.
    ///
    /// # Errors
    /// [`WalletError::Bitcoin`] or [`WalletError::ChainMoved`].
    pub async fn sync(&mut self, node: &BitcoindNetwork, now: UnixTime) -> Result<(), WalletError> {
        let snapshot = fetch(node, self.address.script_pubkey(), now).await?;
        self.feed(snapshot)
    }

    /// Takes over a snapshot.
    ///
    /// # Errors
    /// [`WalletError::ChainMoved`] when its blocks cannot be of one chain.
    pub fn feed(&mut self, snapshot: WalletSnapshot) -> Result<(), WalletError> {
        let seen = snapshot.taken_at.get();
        let mut update = TxUpdate::default();
        let genesis = self.wallet.latest_checkpoint().get(0).map(|block| block.block_id());
        let mut blocks: Vec<BlockId> = genesis.into_iter().collect();
        let (height, hash) = snapshot.tip;
        blocks.push(BlockId { height: height.get(), hash });
        for (transaction, height, hash) in snapshot.confirmed {
            let block = BlockId { height: height.get(), hash };
            blocks.push(block);
            let anchor = ConfirmationBlockTime { block_id: block, confirmation_time: seen };
            update.anchors.insert((anchor, transaction.compute_txid()));
            update.txs.push(Arc::new(transaction));
        }
        blocks.sort_unstable_by_key(|block| block.height);
        blocks.dedup();
        let chain = CheckPoint::from_block_ids(blocks).map_err(|_| WalletError::ChainMoved)?;
        let update = Update { tx_update: update, chain: Some(chain), ..Update::default() };
        self.wallet.apply_update(update).map_err(|_| WalletError::ChainMoved)?;
        self.wallet.apply_unconfirmed_txs(snapshot.unconfirmed.into_iter().map(|tx| (tx, seen)));
        Ok(())
    }

    /// Returns what the wallet holds.
    #[must_use]
    pub fn balance(&self) -> WalletBalance {
        let balance = self.wallet.balance();
        WalletBalance {
            confirmed: balance.confirmed,
            change: balance.trusted_pending,
            immature: balance.immature,
        }
    }

    /// Builds and signs a payment. The randomness orders its outputs.
    ///
    /// # Errors
    /// [`WalletError::Refused`] when the money does not suffice or the amount is dust.
    pub fn pay(
        &mut self,
        to: ScriptBuf,
        amount: Amount,
        fee_rate: FeeRate,
        randomness: &mut impl RngCore,
    ) -> Result<Payment, WalletError> {
        let least = to.minimal_non_dust();
        if amount < least {
            return Err(PaymentRejection::DustAmount { amount, least }.into());
        }
        let mut builder = self.wallet.build_tx();
        builder.add_recipient(to, amount).fee_rate(fee_rate);
        let built = builder.finish_with_aux_rand(randomness);
        let mut psbt = built.map_err(|error| self.refuse(error))?;
        let signed = self
            .wallet
            .sign_with_signers(&mut psbt, &[&self.signers], SignOptions::default())
            .map_err(build)?;
        if !signed {
            return Err(WalletError::Unsigned { txid: psbt.unsigned_tx.compute_txid() });
        }
        let fee = psbt.fee().map_err(build)?;
        // The library bounds the fee rate of what it gives out, at 25,000 sat/vB.
        let transaction = psbt.extract_tx().map_err(build)?;
        Ok(Payment { transaction, fee })
    }

    fn refuse(&self, error: CreateTxError) -> WalletError {
        if let CreateTxError::CoinSelection(lack) = error {
            return WalletError::Refused(PaymentRejection::InsufficientFunds {
                available: lack.available,
                needed: lack.needed,
                fund: self.address.to_string(),
            });
        }
        build(error)
    }
}

fn build(error: impl std::error::Error + Send + Sync + 'static) -> WalletError {
    WalletError::Build(Box::new(error))
}

/// Asks a node for everything that a wallet with this script needs.
///
/// # Errors
/// [`WalletError::Bitcoin`], or [`WalletError::ChainMoved`] when a reorganisation runs meanwhile.
pub async fn fetch(
    node: &BitcoindNetwork,
    script: ScriptBuf,
    now: UnixTime,
) -> Result<WalletSnapshot, WalletError> {
    let scan = node.scan_unspent(core::slice::from_ref(&script)).await?;
    let mut outputs = scan.outputs;
    outputs.sort_unstable_by_key(|found| core::cmp::Reverse(found.output.value));
    outputs.truncate(MAX_COINS);
    let mut confirmed = Vec::with_capacity(outputs.len());
    for ScannedOutput { outpoint, height, .. } in &outputs {
        let hash = node.block_hash(*height).await?.ok_or(WalletError::ChainMoved)?;
        let known = node.transaction(&outpoint.txid, Some(&hash)).await?;
        let transaction = known.ok_or(WalletError::ChainMoved)?.transaction;
        confirmed.push((transaction, *height, hash));
    }
    let coins = outputs.into_iter().map(|found| found.outpoint).collect();
    let unconfirmed = unconfirmed_spends(node, &script, coins).await?;
    let tip = (scan.height, scan.best_block);
    Ok(WalletSnapshot { tip, confirmed, unconfirmed, taken_at: now })
}

/// Follows spends of the wallet's coins through the mempool, change after change.
async fn unconfirmed_spends(
    node: &BitcoindNetwork,
    script: &ScriptBuf,
    mut coins: Vec<OutPoint>,
) -> Result<Vec<Transaction>, WalletError> {
    let mut found = std::collections::BTreeMap::new();
    for _ in 0..MAX_UNCONFIRMED {
        let mut change = Vec::new();
        for (_, spender) in node.mempool_spenders(&coins).await? {
            if found.contains_key(&spender) {
                continue;
            }
            // Mined or replaced in between: the next look finds it where it is then.
            let Some(known) = node.transaction(&spender, None).await? else { continue };
            let ours = (0..).zip(&known.transaction.output);
            change.extend(
                ours.filter(|(_, output)| output.script_pubkey == *script)
                    .map(|(vout, _)| OutPoint::new(spender, vout)),
            );
            found.insert(spender, known.transaction);
        }
        if change.is_empty() {
            break;
        }
        coins = change;
    }
    Ok(found.into_values().collect())
}
