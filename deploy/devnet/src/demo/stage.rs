//! What the steps play on: a devnet that is up, and a user with a wallet on it.

use std::path::PathBuf;

use bitcoin::secp256k1::{rand::thread_rng, All, Secp256k1, SecretKey};
use bitcoin::{Amount, Network};
use farbank_contracts::SideChainClient;
use farbank_relayer::adapters::bitcoin::{BitcoindNetwork, BitcoindOptions, RpcAuth};
use farbank_relayer::client::key::UserKey;
use farbank_relayer::client::peg_in::address::{derive, load, save_new, NewDeposit, ReclaimKey};
use farbank_relayer::client::peg_in::pay::{pay, Paid, PayRequest};
use farbank_relayer::client::side_chain;
use farbank_relayer::clock::{Clock as _, SystemClock};
use farbank_relayer_core::peg_in::deposit_file::DepositFile;
use farbank_types::{BlockCount, Deployment, B256};

use super::failure::StepFailure;
use super::story::Story;
use crate::devnet::{Devnet, DevnetState};
use crate::folder::make_private_dir;

/// What the demo's claims pay to whoever carries them.
pub(super) const CARRIER_FEE: Amount = Amount::from_sat(1_000);
/// What the user owns before the first step.
const USER_FUNDS: Amount = Amount::from_sat(200_000_000);

/// The devnet and its user.
pub(super) struct Stage<'a> {
    pub(super) devnet: &'a Devnet,
    pub(super) state: DevnetState,
    pub(super) deployment: Deployment,
    pub(super) bitcoin: BitcoindNetwork,
    pub(super) bridge: SideChainClient,
    pub(super) user: UserKey,
    pub(super) secp: Secp256k1<All>,
    tell: &'a mut (dyn FnMut(Story) + Send),
}

impl<'a> Stage<'a> {
    /// Connects to both chains and gives the user something to spend.
    pub(super) async fn set(
        devnet: &'a Devnet,
        tell: &'a mut (dyn FnMut(Story) + Send),
    ) -> Result<Self, StepFailure> {
        let state = devnet.state()?;
        let deployment = devnet.deployment()?;
        let auth = RpcAuth::CookieFile(state.bitcoin_cookie_file.clone());
        let bitcoin = BitcoindNetwork::new(BitcoindOptions::new(state.bitcoin_url.clone(), auth));
        let bridge = side_chain::connect(&deployment).await?;
        let user = UserKey::load(&devnet.folder().keys().join("user"))?;
        let secp = Secp256k1::new();
        let mut stage = Self { devnet, state, deployment, bitcoin, bridge, user, secp, tell };
        let address = stage.user.bitcoin_address(Network::Regtest).into_unchecked();
        devnet.fund_bitcoin(address, USER_FUNDS).await?;
        devnet.mine(BlockCount::new(1)).await?;
        stage.tell(Story::UserFunded { amount: USER_FUNDS });
        Ok(stage)
    }

    pub(super) fn tell(&mut self, sentence: Story) {
        tracing::debug!(%sentence, "demo");
        (self.tell)(sentence);
    }

    /// Makes a deposit address and reads its file back: what is used afterwards is on disk.
    pub(super) async fn new_deposit(
        &mut self,
        name: &str,
    ) -> Result<(DepositFile, PathBuf), StepFailure> {
        let file = derive(
            &self.secp,
            &self.deployment,
            NewDeposit {
                recipient: self.user.evm_address(),
                carrier_fee: CARRIER_FEE,
                salt: B256::from(SecretKey::new(&mut thread_rng()).secret_bytes()),
                reclaim_key: ReclaimKey::InFile(SecretKey::new(&mut thread_rng())),
                birth_height: self.bitcoin.chain_info().await?.height,
            },
        )?;
        let folder = self.devnet.folder().process("user");
        make_private_dir(&folder)?;
        let path = folder.join(format!("{name}-deposit.json"));
        save_new(&file, &path)?;
        let file = load(&self.secp, &path)??;
        let address = file.deposit.address.clone().assume_checked().to_string();
        self.tell(Story::AddressMade { address, file: path.clone() });
        Ok((file, path))
    }

    /// Pays a deposit from the user's wallet.
    pub(super) async fn pay(
        &mut self,
        file: &DepositFile,
        amount: Amount,
    ) -> Result<Paid, StepFailure> {
        let request = PayRequest {
            file,
            deployment: &self.deployment,
            amount,
            key: &self.user,
            fee_rate: None,
            now: SystemClock.now(),
        };
        let paid = pay(&self.bitcoin, &request, &mut bitcoin::secp256k1::rand::rngs::OsRng).await?;
        self.tell(Story::Paid { txid: paid.outpoint.txid, amount });
        Ok(paid)
    }

    pub(super) async fn mine(&mut self, blocks: BlockCount) -> Result<(), StepFailure> {
        let height = self.devnet.mine(blocks).await?.height;
        self.tell(Story::Mined { blocks, height });
        Ok(())
    }
}
