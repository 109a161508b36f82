//! Views of the bridge.

use ethers::abi::Tokenizable as _;
use ethers::types as e;
use farbank_types::bitcoin::{Amount, Network, OutPoint, XOnlyPublicKey};
use farbank_types::{
    BitcoinHeight, BlockCount, BridgeParameters, DepositId, EvmAddress, SegmentIndex, UnixTime,
    Work, B256, U256,
};

use super::{impossible, SideChainClient};
use crate::bindings;
use crate::convert;
use crate::fault::Fault;
use crate::node::BlockAt;

/// Header rules of a Bitcoin network, fixed at deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderRules {
    /// Proof-of-work limit 0x1d00ffff, exact retarget every 2,016 blocks.
    Mainnet,
    /// Proof-of-work limit 0x207fffff, constant difficulty.
    Regtest,
}

impl HeaderRules {
    /// Returns the rules of a network, or `None` when the contract knows none.
    #[must_use]
    pub const fn of(network: Network) -> Option<Self> {
        match network {
            Network::Bitcoin => Some(Self::Mainnet),
            Network::Regtest => Some(Self::Regtest),
            Network::Testnet | Network::Testnet4 | Network::Signet => None,
        }
    }

    /// The contract's `enum Rules`.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Mainnet => 0,
            Self::Regtest => 1,
        }
    }
}

/// Newest header of the best chain that the contract knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractTip {
    /// Number of segments, the checkpoint's included.
    pub segments: u32,
    /// Height of the newest header.
    pub height: BitcoinHeight,
    /// Time in the newest header.
    pub time: UnixTime,
    /// Work from the checkpoint on, its own included.
    pub work: Work,
}

impl ContractTip {
    /// Returns the index of the newest segment.
    #[must_use]
    pub const fn newest_segment(&self) -> SegmentIndex {
        SegmentIndex::new(self.segments.saturating_sub(1))
    }
}

/// What became of a deposit that the bridge has a record of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepositState {
    /// Minted and not yet swept into custody: it backs the supply.
    Minted,
    /// Minted and swept.
    Swept,
    /// Minted, but it left the best chain or reached its reclaim height: it backs nothing until it is
    /// claimed anew or swept.
    Disowned,
    /// Swept before it was minted; amount and block are unknown until it is.
    SweptUnminted,
}

impl DepositState {
    /// Tells whether the deposit was minted: it never is again.
    #[must_use]
    pub const fn is_minted(self) -> bool {
        match self {
            Self::Minted | Self::Swept | Self::Disowned => true,
            Self::SweptUnminted => false,
        }
    }
}

/// Record of a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepositRecord {
    /// What became of it.
    pub state: DepositState,
    /// Value of the Bitcoin output.
    pub amount: Amount,
    /// Height of the block that held it when it was minted.
    pub height: BitcoinHeight,
    /// The first 16 bytes of that block's hash in internal byte order, big-endian.
    pub block_hash_low: u128,
}

/// Both sides of the balance: `supply + unpaid <= custody + unswept`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserves {
    /// fBTC in circulation.
    pub supply: Amount,
    /// Redemptions requested and not proven paid.
    pub unpaid: Amount,
    /// Value of the proven custody output.
    pub custody: Amount,
    /// Value of the deposits that are minted and not yet swept.
    pub unswept: Amount,
}

impl Reserves {
    /// Tells whether what is owed is covered (invariant I1). A sum that overflows is not.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        let owed = self.supply.checked_add(self.unpaid);
        let held = self.custody.checked_add(self.unswept);
        matches!((owed, held), (Some(owed), Some(held)) if owed <= held)
    }
}

/// What the constructor was given, as far as it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeployedParameters {
    /// The federation's key P.
    pub federation_key: XOnlyPublicKey,
    /// The other parameters.
    pub parameters: BridgeParameters,
}

/// All methods fail when the node does not answer, does not have the state asked about, or answers
/// with an impossible value.
#[allow(clippy::missing_errors_doc, reason = "one sentence on the block says it for all of them")]
impl SideChainClient {
    /// Returns the newest header of the contract's best chain.
    pub async fn header_tip(&self, at: BlockAt) -> Result<ContractTip, Fault> {
        let tip: bindings::Tip = self.read("tip", (), at).await?;
        if tip.segments == 0 {
            return Err(impossible("at least the checkpoint's segment"));
        }
        Ok(ContractTip {
            segments: tip.segments,
            height: BitcoinHeight::new(tip.height),
            time: UnixTime::new(tip.time.into()),
            work: Work::new(U256::from(tip.work)),
        })
    }

    /// Returns the commitment of a segment, or `None` when it is unknown, stale or overwritten.
    pub async fn segment_commitment(
        &self,
        index: SegmentIndex,
        at: BlockAt,
    ) -> Result<Option<B256>, Fault> {
        let index = e::U256::from(index.get());
        let word: [u8; 32] = self.read("segmentCommitment", index, at).await?;
        Ok((word != [0; 32]).then(|| B256::from(word)))
    }

    /// Returns the header rules.
    pub async fn rules(&self, at: BlockAt) -> Result<HeaderRules, Fault> {
        match self.read::<u8>("rules", (), at).await? {
            0 => Ok(HeaderRules::Mainnet),
            1 => Ok(HeaderRules::Regtest),
            _ => Err(impossible("header rules 0 or 1")),
        }
    }

    /// Returns the record of a deposit, or `None` when it is neither minted nor swept.
    pub async fn deposit(
        &self,
        id: DepositId,
        at: BlockAt,
    ) -> Result<Option<DepositRecord>, Fault> {
        let deposit: bindings::Deposit = self.read("deposit", id.get().0.into_token(), at).await?;
        let state = match deposit.state {
            0 => return Ok(None),
            1 => DepositState::Minted,
            2 => DepositState::Swept,
            3 => DepositState::Disowned,
            4 => DepositState::SweptUnminted,
            _ => return Err(impossible("deposit state 0 to 4")),
        };
        Ok(Some(DepositRecord {
            state,
            amount: Amount::from_sat(deposit.amount),
            height: BitcoinHeight::new(deposit.height),
            block_hash_low: deposit.block_hash_low,
        }))
    }

    /// Tells whether the deposit of this outpoint was minted, whatever became of it since.
    pub async fn is_minted(&self, outpoint: OutPoint, at: BlockAt) -> Result<bool, Fault> {
        let record = self.deposit(DepositId::of(&outpoint), at).await?;
        Ok(record.is_some_and(|record| record.state.is_minted()))
    }

    /// Returns both sides of the balance.
    pub async fn reserves(&self, at: BlockAt) -> Result<Reserves, Fault> {
        let reserves: bindings::Reserves = self.read("reserves", (), at).await?;
        Ok(Reserves {
            supply: Amount::from_sat(reserves.supply),
            unpaid: Amount::from_sat(reserves.unpaid),
            custody: Amount::from_sat(reserves.custody),
            unswept: Amount::from_sat(reserves.unswept),
        })
    }

    /// Returns the constructor's parameters.
    pub async fn parameters(&self, at: BlockAt) -> Result<DeployedParameters, Fault> {
        let found: bindings::Parameters = self.read("parameters", (), at).await?;
        let federation_key = XOnlyPublicKey::from_slice(&found.federation_key)
            .map_err(|_| impossible("a federation key on the curve"))?;
        let parameters = BridgeParameters {
            reclaim_blocks: BlockCount::new(found.reclaim_blocks),
            sweep_window_blocks: BlockCount::new(found.sweep_window),
            freshness_secs: found.freshness,
            min_confirmations: BlockCount::new(found.min_confirmations),
            max_confirmations: BlockCount::new(found.max_confirmations),
            per_confirmation: Amount::from_sat(found.sat_per_confirmation),
            mint_cap: Amount::from_sat(found.mint_cap),
            min_deposit: Amount::from_sat(found.min_deposit),
            unswept_value_cap: Amount::from_sat(found.unswept_value_cap),
            unswept_count_cap: found.unswept_count_cap,
            custody_confirmations: BlockCount::new(found.custody_confirmations),
            unswept_alarm_blocks: BlockCount::new(found.unswept_alarm),
            evidence_delay_blocks: BlockCount::new(found.evidence_delay),
            key_delay_secs: found.key_delay,
            redemption_fee: Amount::from_sat(found.redemption_fee),
            min_redemption: Amount::from_sat(found.min_redemption),
            max_redemption: Amount::from_sat(found.max_redemption),
            min_max_fee: Amount::from_sat(found.min_max_fee),
            fee_reserve: Amount::from_sat(found.fee_reserve),
        };
        Ok(DeployedParameters { federation_key, parameters })
    }

    /// Returns until when mints and new redemptions are paused, or `None` when they never were or were
    /// resumed. Compare with the block's time: a pause ends by itself.
    pub async fn paused_until(&self, at: BlockAt) -> Result<Option<UnixTime>, Fault> {
        let until: e::U256 = self.read("pausedUntil", (), at).await?;
        let until = u64::try_from(until).map_err(|_| impossible("a time below 2^64"))?;
        Ok((until != 0).then(|| UnixTime::new(until)))
    }

    /// Returns the sum minted from the block at this height of the best chain.
    pub async fn minted_from(&self, height: BitcoinHeight, at: BlockAt) -> Result<Amount, Fault> {
        self.read("mintedFrom", height.get(), at).await.map(Amount::from_sat)
    }

    /// Returns the confirmations that a block needs when `sum` is minted from it, the claim at hand
    /// included.
    pub async fn confirmations_needed(
        &self,
        sum: Amount,
        at: BlockAt,
    ) -> Result<BlockCount, Fault> {
        self.read("confirmationsNeeded", sum.to_sat(), at).await.map(BlockCount::new)
    }

    /// Returns who changes the guardian and ends pauses.
    pub async fn governance(&self, at: BlockAt) -> Result<EvmAddress, Fault> {
        self.read("governance", (), at).await.map(convert::address)
    }

    /// Returns who may pause.
    pub async fn guardian(&self, at: BlockAt) -> Result<EvmAddress, Fault> {
        self.read("guardian", (), at).await.map(convert::address)
    }

    /// Returns the `instance` that the contract itself has.
    pub async fn instance_on_chain(&self, at: BlockAt) -> Result<B256, Fault> {
        self.read::<[u8; 32]>("instance", (), at).await.map(B256::from)
    }

    /// Returns the token that the bridge mints.
    pub async fn token_address(&self, at: BlockAt) -> Result<EvmAddress, Fault> {
        self.read("token", (), at).await.map(convert::address)
    }
}
