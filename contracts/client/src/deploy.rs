//! Putting a bridge onto a side chain, and checking what got there.

use ethers::abi::{encode, Token, Tokenizable as _};
use ethers::utils::get_contract_address;
use farbank_types::bitcoin::consensus::encode::serialize;
use farbank_types::bitcoin::hashes::Hash as _;
use farbank_types::bitcoin::{block, BlockHash, XOnlyPublicKey};
use farbank_types::{
    keccak256, BitcoinHeight, BridgeParameters, ChainId, ContractAddresses, CustodyRecord,
    EvmAddress, EvmBlockNumber, Gas, UnixTime, B256,
};
use thiserror::Error;

use crate::bindings::{self, creation_code};
use crate::call::Call;
use crate::client::{ConnectError, DeployedParameters, HeaderRules, SideChainClient};
use crate::convert;
use crate::fault::Fault;
use crate::node::{BlockAt, Receipt, SideChainNode};
use crate::sender::{submit, SubmitError, TransactionSender, Wait};

/// The trusted header that the contract's header chain starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointArguments {
    /// The header itself.
    pub header: block::Header,
    /// Its height.
    pub height: BitcoinHeight,
    /// Time of the first block of its retarget period.
    pub epoch_start_time: UnixTime,
    /// Times of its ten predecessors, oldest first.
    pub previous_times: [UnixTime; 10],
}

/// The constructor's arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentArguments {
    /// Header rules.
    pub rules: HeaderRules,
    /// Where the header chain starts.
    pub checkpoint: CheckpointArguments,
    /// The federation's key P.
    pub federation_key: XOnlyPublicKey,
    /// Bounds and delays.
    pub parameters: BridgeParameters,
    /// The seed of the custody.
    pub custody: CustodyRecord,
    /// Who changes the guardian and ends pauses.
    pub governance: EvmAddress,
    /// Who may pause minting.
    pub guardian: EvmAddress,
}

/// A bridge that was deployed and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeployedContracts {
    /// Bridge, token and the block that holds them.
    pub contracts: ContractAddresses,
    /// Hash of that block: another one later means that a reorganisation dropped or moved the
    /// deployment, which gives it another instance.
    pub block_hash: B256,
    /// The transaction that created them.
    pub transaction: B256,
    /// Gas that it used.
    pub gas_used: Gas,
    /// The instance, computed here and equal to the contract's.
    pub instance: B256,
}

/// Why the arguments cannot be those of a deployment at all; the contract has further bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DeploymentRejection {
    /// Bitcoin's headers count time in 32 bits.
    #[error("the time {time} is no time of a Bitcoin header: expected less than 2^32")]
    TimeOutOfRange {
        /// The time.
        time: UnixTime,
    },
}

/// Why there is no deployment, or none that can be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeployError {
    /// The arguments are impossible. Nothing was sent.
    #[error(transparent)]
    Arguments(#[from] DeploymentRejection),
    /// The transaction was refused, or did not take effect.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// The constructor reads the hash of the block before: there must be one.
    #[error("the chain has no block after its genesis block; let it make one, then deploy")]
    EmptyChain,
    /// The contract cannot be asked afterwards.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The chain holds something else than what was sent: the node or the build is broken.
    #[error("deployed contract differs from its arguments in {what}; do not use it")]
    Differs {
        /// Which argument.
        what: &'static str,
    },
}

impl From<Fault> for DeployError {
    fn from(fault: Fault) -> Self {
        Self::Submit(fault.into())
    }
}

impl DeployError {
    /// Tells whether another deployment may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Submit(error) => error.is_transient(),
            Self::Connect(error) => error.is_transient(),
            Self::EmptyChain => true,
            Self::Arguments(_) | Self::Differs { .. } => false,
        }
    }
}

/// Returns the instance of a bridge:
/// `keccak256(abi.encode(chain id, bridge, blockhash(deployment block - 1), checkpoint hash))`, the
/// checkpoint's hash in internal byte order.
#[must_use]
pub fn instance(
    chain_id: ChainId,
    bridge: EvmAddress,
    parent_block: B256,
    checkpoint: BlockHash,
) -> B256 {
    keccak256(encode(&[
        Token::Uint(chain_id.get().into()),
        Token::Address(convert::h160(bridge)),
        Token::FixedBytes(parent_block.to_vec()),
        Token::FixedBytes(checkpoint.to_byte_array().to_vec()),
    ]))
}

impl DeploymentArguments {
    /// Returns the call that creates the bridge, which in turn creates its token.
    ///
    /// # Errors
    ///
    /// When a time does not fit a Bitcoin header.
    pub fn call(&self) -> Result<Call, DeploymentRejection> {
        let checkpoint = &self.checkpoint;
        let mut previous_times = [0_u32; 10];
        for (into, time) in previous_times.iter_mut().zip(checkpoint.previous_times) {
            *into = header_time(time)?;
        }
        let checkpoint = bindings::Checkpoint {
            header: serialize(&checkpoint.header).into(),
            height: checkpoint.height.get(),
            epoch_start_time: header_time(checkpoint.epoch_start_time)?,
            previous_times,
        };
        let parameters = bindings::Parameters {
            federation_key: self.federation_key.serialize(),
            reclaim_blocks: self.parameters.reclaim_blocks.get(),
            sweep_window: self.parameters.sweep_window_blocks.get(),
            freshness: self.parameters.freshness_secs,
            min_confirmations: self.parameters.min_confirmations.get(),
            max_confirmations: self.parameters.max_confirmations.get(),
            sat_per_confirmation: self.parameters.per_confirmation.to_sat(),
            mint_cap: self.parameters.mint_cap.to_sat(),
            min_deposit: self.parameters.min_deposit.to_sat(),
            unswept_value_cap: self.parameters.unswept_value_cap.to_sat(),
            unswept_count_cap: self.parameters.unswept_count_cap,
            custody_confirmations: self.parameters.custody_confirmations.get(),
            unswept_alarm: self.parameters.unswept_alarm_blocks.get(),
            evidence_delay: self.parameters.evidence_delay_blocks.get(),
            key_delay: self.parameters.key_delay_secs,
            redemption_fee: self.parameters.redemption_fee.to_sat(),
            min_redemption: self.parameters.min_redemption.to_sat(),
            max_redemption: self.parameters.max_redemption.to_sat(),
            min_max_fee: self.parameters.min_max_fee.to_sat(),
            fee_reserve: self.parameters.fee_reserve.to_sat(),
        };
        let custody = bindings::Custody {
            txid: self.custody.txid_internal().0,
            vout: self.custody.outpoint.vout,
            value: self.custody.value.to_sat(),
        };
        Ok(Call::create(creation_code((
            self.rules.code().into_token(),
            checkpoint,
            parameters,
            custody,
            convert::h160(self.governance),
            convert::h160(self.guardian),
        ))))
    }
}

/// Deploys a bridge with the sender's next nonce, waits for the block, and checks address, code,
/// instance and every argument against the contract. On a chain that has only its genesis block it waits for
/// another one first.
///
/// # Errors
///
/// When the chain stays empty, or the deployment is refused, gets into no block in time, or differs from its arguments.
pub async fn deploy(
    node: &SideChainNode,
    sender: &TransactionSender,
    arguments: &DeploymentArguments,
    wait: Wait,
) -> Result<DeployedContracts, DeployError> {
    let call = arguments.call()?;
    // A simulation runs in the newest block, where the genesis block has none before it.
    let first = EvmBlockNumber::new(1);
    let started = tokio::time::timeout(wait.timeout, async {
        while node.head().await?.number < first {
            tokio::time::sleep(wait.poll).await;
        }
        Ok::<_, Fault>(())
    });
    started.await.map_err(|_| DeployError::EmptyChain)??;
    let (nonce, receipt) = submit(node, sender, &call, wait).await?;
    let bridge = get_contract_address(convert::h160(sender.address()), nonce.get());
    let bridge = convert::address(bridge);
    if receipt.created != Some(bridge) {
        return Err(DeployError::Differs { what: "its address" });
    }
    let deployed = inspect(node, arguments, bridge, &receipt).await?;
    tracing::info!(
        bridge = %deployed.contracts.bridge,
        token = %deployed.contracts.token,
        block = %deployed.contracts.deployed_at,
        transaction = %deployed.transaction,
        "bridge deployed"
    );
    Ok(deployed)
}

async fn inspect(
    node: &SideChainNode,
    arguments: &DeploymentArguments,
    bridge: EvmAddress,
    receipt: &Receipt,
) -> Result<DeployedContracts, DeployError> {
    let at = BlockAt::Number(receipt.block);
    let parent = receipt.block.get().saturating_sub(1);
    let parent = node.block_at(BlockAt::Number(EvmBlockNumber::new(parent))).await?;
    let checkpoint = arguments.checkpoint.header.block_hash();
    let instance = instance(node.chain_id(), bridge, parent.hash, checkpoint);
    let token = SideChainClient::token_of(node, bridge, at).await?;
    let governance = arguments.governance;
    let contracts = ContractAddresses { bridge, token, governance, deployed_at: receipt.block };
    let client = SideChainClient::attach(node.clone(), contracts, instance).await?;
    let parameters = DeployedParameters {
        federation_key: arguments.federation_key,
        parameters: arguments.parameters,
    };
    let tip = client.header_tip(at).await?;
    let segment = client.segments(tip.newest_segment(), at).await?;
    let started = segment.first().map(|segment| segment.preimage.tip_hash());
    for (equal, what) in [
        (client.parameters(at).await? == parameters, "its parameters"),
        (client.custody(at).await? == Some(arguments.custody), "its custody"),
        (client.rules(at).await? == arguments.rules, "its header rules"),
        (client.governance(at).await? == arguments.governance, "its governance"),
        (client.guardian(at).await? == arguments.guardian, "its guardian"),
        (tip.height == arguments.checkpoint.height, "the height of its checkpoint"),
        (started == Some(checkpoint), "its checkpoint"),
    ] {
        if !equal {
            return Err(DeployError::Differs { what });
        }
    }
    Ok(DeployedContracts {
        contracts,
        block_hash: receipt.block_hash,
        transaction: receipt.hash,
        gas_used: receipt.gas_used,
        instance,
    })
}

fn header_time(time: UnixTime) -> Result<u32, DeploymentRejection> {
    u32::try_from(time.get()).map_err(|_| DeploymentRejection::TimeOutOfRange { time })
}
