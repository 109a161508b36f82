//! Bindings generated from the committed ABI, and the strict way to read what a node answers.
//!
//! ethers decodes integers by cutting off high bits. A node may send anything, so every answer is
//! encoded again and compared: only the canonical form of a value is accepted.

use std::sync::LazyLock;

use ethers::abi::{encode, Detokenize, RawLog, Token, Tokenizable, Tokenize};
use ethers::contract::{BaseContract, EthEvent};
use farbank_types::Bytes;

use crate::convert;

#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    rustdoc::all,
    clippy::all,
    clippy::too_many_lines,
    clippy::use_self,
    clippy::wildcard_imports,
    reason = "generated code"
)]
mod generated {
    ethers::contract::abigen!(Bridge, "../abi/Bridge.json"; FBTC, "../abi/FBTC.json");
}

pub(crate) use generated::{
    bridge, fbtc, BlockClaims, BlockProof, BridgeErrors, Checkpoint, Custody, CustodyProof,
    CustodyProvenFilter, CustodyRecord, CustodyUndoneFilter, Deposit, DepositDisownedFilter,
    DepositRestoredFilter, FBTCErrors, KeyRegisteredFilter, KeyRotatedFilter, Keys,
    MaxFeeRaisedFilter, MintedFilter, NonConformingSpendFilter, PaidRedemption, Parameters,
    Redemption, RedemptionRequestedFilter, Reserves, Segment, SegmentStoredFilter, Tip,
    UnsweptAlarmFilter,
};

pub(crate) static BRIDGE: LazyLock<BaseContract> =
    LazyLock::new(|| BaseContract::from(generated::BRIDGE_ABI.clone()));

pub(crate) static TOKEN: LazyLock<BaseContract> =
    LazyLock::new(|| BaseContract::from(generated::FBTC_ABI.clone()));

/// Returns the calldata of a function of the contract.
pub(crate) fn calldata<T: Tokenize>(
    contract: &BaseContract,
    function: &'static str,
    arguments: T,
) -> Bytes {
    let encoded = contract
        .encode(function, arguments)
        .expect("names and types are those of the ABI: a test encodes every call");
    convert::bytes(encoded)
}

/// Returns what creates the bridge: its bytecode and the encoded arguments.
pub(crate) fn creation_code<T: Tokenize>(arguments: T) -> Bytes {
    let constructor = generated::BRIDGE_ABI.constructor().expect("the ABI has a constructor");
    let code = constructor
        .encode_input(generated::BRIDGE_BYTECODE.to_vec(), &arguments.into_tokens())
        .expect("types are those of the ABI: a test encodes the constructor's arguments");
    Bytes::from(code)
}

/// Reads the single output of a function; `None` unless `answer` is its canonical encoding.
pub(crate) fn output<D>(
    contract: &BaseContract,
    function: &'static str,
    answer: &Bytes,
) -> Option<D>
where
    D: Detokenize + Tokenizable + Clone,
{
    let value: D = contract.decode_output(function, answer).ok()?;
    (encode(&[value.clone().into_token()]) == answer.as_ref()).then_some(value)
}

/// Reads a log of the bridge; `None` unless topics and data are the canonical encoding of the event.
pub(crate) fn event<E>(raw: &RawLog) -> Option<E>
where
    E: EthEvent + Tokenizable + Clone,
{
    let value = E::decode_log(raw).ok()?;
    let Token::Tuple(fields) = value.clone().into_token() else { return None };
    let declared = generated::BRIDGE_ABI.event(&E::name()).ok()?;
    let of = |indexed| {
        let fields = declared.inputs.iter().zip(&fields);
        fields.filter(move |(input, _)| input.indexed == indexed).map(|(_, field)| field.clone())
    };
    let data = encode(&of(false).collect::<Vec<_>>());
    let topics = raw.topics.get(1..)?.iter().map(|topic| topic.as_bytes().to_vec());
    let is_canonical = data == raw.data && topics.eq(of(true).map(|field| encode(&[field])));
    is_canonical.then_some(value)
}
