//! Views of the token.

use ethers::types as e;
use farbank_types::bitcoin::Amount;
use farbank_types::EvmAddress;

use super::{impossible, SideChainClient};
use crate::bindings::TOKEN;
use crate::convert;
use crate::fault::Fault;
use crate::node::BlockAt;

/// All methods fail when the node does not answer, does not have the state asked about, or answers
/// with an impossible value.
#[allow(clippy::missing_errors_doc, reason = "one sentence on the block says it for all of them")]
impl SideChainClient {
    /// Returns the fBTC of an account.
    pub async fn token_balance(&self, account: EvmAddress, at: BlockAt) -> Result<Amount, Fault> {
        let balance: e::U256 = self.ask_token("balanceOf", convert::h160(account), at).await?;
        amount(balance)
    }

    /// Returns the fBTC in circulation.
    pub async fn token_supply(&self, at: BlockAt) -> Result<Amount, Fault> {
        let supply: e::U256 = self.ask_token("totalSupply", (), at).await?;
        amount(supply)
    }

    /// Returns the decimals that wallets show: 8 for fBTC, so that one unit is one satoshi.
    pub async fn token_decimals(&self, at: BlockAt) -> Result<u8, Fault> {
        self.ask_token("decimals", (), at).await
    }

    /// Returns the symbol that wallets show.
    pub async fn token_symbol(&self, at: BlockAt) -> Result<String, Fault> {
        self.ask_token("symbol", (), at).await
    }

    async fn ask_token<D>(
        &self,
        function: &'static str,
        arguments: impl ethers::abi::Tokenize,
        at: BlockAt,
    ) -> Result<D, Fault>
    where
        D: ethers::abi::Detokenize + ethers::abi::Tokenizable + Clone,
    {
        self.read_from(self.contracts().token, &TOKEN, function, arguments, at).await
    }
}

fn amount(units: e::U256) -> Result<Amount, Fault> {
    u64::try_from(units).map(Amount::from_sat).map_err(|_| impossible("an amount below 2^64"))
}
