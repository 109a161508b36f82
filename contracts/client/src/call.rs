//! What is asked of the side chain: the calls that change its state.

use ethers::abi::{Token, Tokenizable as _};
use farbank_types::bitcoin::consensus::encode::serialize;
use farbank_types::bitcoin::{block, Amount, Script, XOnlyPublicKey};
use farbank_types::{Bytes, DepositId, EvmAddress, Redemption, SegmentIndex, Wei};
use serde::{Deserialize, Serialize};

use crate::bindings::{self, calldata, BRIDGE};
use crate::block_proof::BlockProof;
use crate::claims::{BlockClaims, PackingRejection};
use crate::convert;
use crate::custody::{redemption_token, CustodyProof, LineageRecord};
use crate::segment::SegmentPreimage;

/// A call, independent of who sends it, with which nonce and for how much gas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The account or contract called; `None` creates a contract.
    pub to: Option<EvmAddress>,
    /// Calldata, or the creation code.
    pub data: Bytes,
    /// Ether sent along.
    pub value: Wei,
}

impl Call {
    /// Returns a plain transfer of ether.
    #[must_use]
    pub const fn transfer(to: EvmAddress, value: Wei) -> Self {
        Self { to: Some(to), data: Bytes::new(), value }
    }

    /// Returns the creation of a contract: bytecode followed by the encoded arguments.
    #[must_use]
    pub const fn create(code: Bytes) -> Self {
        Self { to: None, data: code, value: Wei::ZERO }
    }
}

/// Builds the calls of one bridge. Pure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BridgeCalls {
    bridge: EvmAddress,
}

impl BridgeCalls {
    /// Builds calls to the bridge at this address.
    #[must_use]
    pub const fn new(bridge: EvmAddress) -> Self {
        Self { bridge }
    }

    /// Returns the submission of headers that follow `parent` and become the next segment; a branch
    /// is submitted whole, from the segment that it leaves.
    #[must_use]
    pub fn submit_headers(
        &self,
        parent: SegmentIndex,
        preimage: &SegmentPreimage,
        headers: &[block::Header],
    ) -> Call {
        let raw: Vec<u8> = headers.iter().flat_map(serialize).collect();
        self.submit_raw_headers(parent, preimage, &Bytes::from(raw))
    }

    /// Returns the same for headers that are already serialised: 80 bytes each, back to back.
    #[must_use]
    pub fn submit_raw_headers(
        &self,
        parent: SegmentIndex,
        preimage: &SegmentPreimage,
        headers: &Bytes,
    ) -> Call {
        let segment = bindings::Segment {
            root: preimage.root.0,
            meta: preimage.meta.0,
            state: preimage.state.map(|word| word.0),
        };
        let index = ethers::types::U256::from(parent.get());
        self.call("submitHeaders", (index, segment, convert::ebytes(headers.clone())))
    }

    /// Returns the claim of deposits; the sender receives the carrier fees.
    ///
    /// # Errors
    ///
    /// When the claims cannot be packed.
    pub fn claim(&self, blocks: &[BlockClaims]) -> Result<Call, PackingRejection> {
        let blocks = blocks.iter().map(BlockClaims::to_token).collect::<Result<Vec<_>, _>>()?;
        Ok(self.call("claim", Token::Array(blocks)))
    }

    /// Returns the sender's request to burn `amount` and be paid on Bitcoin: the amount less the
    /// redemption fee and at most `max_fee` goes to `script`.
    #[must_use]
    pub fn request_redemption(&self, amount: Amount, max_fee: Amount, script: &Script) -> Call {
        let script = ethers::types::Bytes::from(script.to_bytes());
        self.call("requestRedemption", (amount.to_sat(), max_fee.to_sat(), script))
    }

    /// Returns the requester's permission that a payout cost more. `redemption` has the greatest fee
    /// as it was raised last.
    #[must_use]
    pub fn raise_max_fee(&self, redemption: &Redemption, max_fee: Amount) -> Call {
        self.call("raiseMaxFee", (redemption_token(redemption), max_fee.to_sat()))
    }

    /// Returns the proof of the custody transaction that spends the proven custody outpoint.
    #[must_use]
    pub fn prove_custody(&self, proof: &CustodyProof) -> Call {
        self.call("proveCustody", (proof.to_token(),))
    }

    /// Returns the evidence of a spend of the custody outpoint that is no custody transaction, or one
    /// that nobody proved in time.
    #[must_use]
    pub fn report_non_conforming(&self, proof: &CustodyProof) -> Call {
        self.call("reportNonConforming", (proof.to_token(),))
    }

    /// Returns the removal of the newest custody record; `other` is the best chain's block at the
    /// record's height.
    #[must_use]
    pub fn undo_custody(&self, newest: &LineageRecord, other: &BlockProof) -> Call {
        self.call("undoCustody", (newest.to_token(), other.to_token()))
    }

    /// Returns the removal of a deposit from the backing; `other` is the best chain's block at the
    /// deposit's height.
    #[must_use]
    pub fn disown(&self, id: DepositId, other: &BlockProof) -> Call {
        self.call("disown", (id.get().0, other.to_token()))
    }

    /// Returns the removal of a deposit whose reclaim height is reached and whose sweep is not proven.
    #[must_use]
    pub fn disown_unswept(&self, id: DepositId) -> Call {
        self.call("disownUnswept", id.get().0.into_token())
    }

    /// Returns the pause that a deposit unswept close to its reclaim permits anyone.
    #[must_use]
    pub fn raise_unswept_alarm(&self, id: DepositId) -> Call {
        self.call("raiseUnsweptAlarm", id.get().0.into_token())
    }

    /// Returns governance's choice of the key that custody may move to after the key delay.
    #[must_use]
    pub fn register_key(&self, key: XOnlyPublicKey) -> Call {
        self.call("registerKey", key.serialize().into_token())
    }

    /// Returns the guardian's pause of mints and new redemptions for seven days.
    #[must_use]
    pub fn pause(&self) -> Call {
        self.call("pause", ())
    }

    /// Returns governance's end of a pause.
    #[must_use]
    pub fn unpause(&self) -> Call {
        self.call("unpause", ())
    }

    /// Returns governance's choice of another guardian.
    #[must_use]
    pub fn set_guardian(&self, guardian: EvmAddress) -> Call {
        self.call("setGuardian", convert::h160(guardian).into_token())
    }

    fn call<T: ethers::abi::Tokenize>(&self, function: &'static str, arguments: T) -> Call {
        let data = calldata(&BRIDGE, function, arguments);
        Call { to: Some(self.bridge), data, value: Wei::ZERO }
    }
}
