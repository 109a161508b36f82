//! Recorded networks, and chains whose signers are made up.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fs;
use std::path::Path;

use alloy_consensus::{Header, EMPTY_OMMER_ROOT_HASH};
use farbank_evm_light_client::clique::{CliqueChain, CliqueRules, Genesis};
use farbank_evm_light_client::SideHeader;
use farbank_types::{keccak256, Bytes, EvmAddress, UnixTime, B256, U256};
use secp256k1::{Message, Secp256k1, SecretKey};
use serde::Deserialize;
use serde_json::Value;

pub(crate) const NOW: UnixTime = UnixTime::new(4_000_000_000);

/// Widens a small number.
pub(crate) fn wide(count: usize) -> u64 {
    u64::try_from(count).expect("fits")
}

/// A network of real geth nodes, as `tests/vectors/clique/record.py` wrote it down.
#[derive(Deserialize)]
pub(crate) struct Recorded {
    pub(crate) genesis: Value,
    pub(crate) headers: Vec<Bytes>,
    /// Signers in force after each block.
    pub(crate) signers: Vec<Vec<EvmAddress>>,
    /// `geth export` from block 1 on.
    pub(crate) export: Bytes,
    pub(crate) proofs: RecordedProofs,
}

#[derive(Deserialize)]
pub(crate) struct RecordedProofs {
    pub(crate) block: usize,
    /// Results of `eth_getProof`.
    pub(crate) answers: Vec<Value>,
}

impl Recorded {
    pub(crate) fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/clique");
        let json = fs::read(folder.join(name).with_extension("json")).expect("vector");
        serde_json::from_slice(&json).expect("of this shape")
    }

    pub(crate) fn genesis(&self) -> Genesis {
        let json = serde_json::to_vec(&self.genesis).expect("JSON");
        Genesis::from_geth_json(&json).expect("geth took it")
    }

    pub(crate) fn headers(&self) -> Vec<SideHeader> {
        self.headers.iter().map(|rlp| SideHeader::decode(rlp).expect("geth's")).collect()
    }
}

/// Signers with keys, in the order of their turns.
#[derive(Clone)]
pub(crate) struct Signers {
    keys: Vec<(EvmAddress, SecretKey)>,
}

impl Signers {
    pub(crate) fn new(count: usize) -> Self {
        let secp = Secp256k1::signing_only();
        let mut keys: Vec<_> = (1..=count)
            .map(|seed| {
                let secret = keccak256([
                    u8::try_from(seed % 256).expect("small"),
                    u8::try_from(seed / 256).expect("small"),
                ]);
                let key = SecretKey::from_slice(secret.as_slice()).expect("in range");
                let public = key.public_key(&secp).serialize_uncompressed();
                (EvmAddress::from_slice(&keccak256(&public[1..])[12..]), key)
            })
            .collect();
        keys.sort_unstable_by_key(|(address, _)| *address);
        Self { keys }
    }

    pub(crate) fn address(&self, at: usize) -> EvmAddress {
        self.keys[at].0
    }

    pub(crate) fn addresses(&self, at: &[usize]) -> Vec<EvmAddress> {
        let mut list: Vec<_> = at.iter().map(|at| self.address(*at)).collect();
        list.sort_unstable();
        list
    }

    /// Seals a header: signs it and appends the seal to its extra data.
    pub(crate) fn seal(&self, at: usize, mut header: Header) -> SideHeader {
        let digest = Message::from_digest(keccak256(alloy_rlp::encode(&header)).0);
        let seal = Secp256k1::signing_only().sign_ecdsa_recoverable(&digest, &self.keys[at].1);
        let (v, compact) = seal.serialize_compact();
        let mut extra = header.extra_data.to_vec();
        extra.extend(compact);
        extra.push(u8::try_from(v.to_i32()).expect("0 to 3"));
        header.extra_data = extra.into();
        SideHeader::new(header)
    }
}

pub(crate) fn extra(listed: &[EvmAddress]) -> Vec<u8> {
    let mut extra = vec![0; 32];
    extra.extend(listed.iter().flat_map(|signer| signer.into_array()));
    extra
}

/// A genesis block of the first `count` signers.
pub(crate) fn genesis_header(signers: &[EvmAddress]) -> SideHeader {
    let mut extra = extra(signers);
    extra.extend([0; 65]);
    SideHeader::new(Header {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        difficulty: U256::from(1),
        gas_limit: 30_000_000,
        gas_used: 0,
        timestamp: 1_700_000_000,
        extra_data: extra.into(),
        base_fee_per_gas: Some(1_000_000_000),
        ..Header::default()
    })
}

/// An unsealed child: period 1 s, no transactions, a difficulty of 2, no vote.
pub(crate) fn child(parent: &SideHeader, listed: &[EvmAddress]) -> Header {
    let fields = parent.header();
    let base_fee = alloy_eips::eip1559::calc_next_block_base_fee(
        fields.gas_used,
        fields.gas_limit,
        fields.base_fee_per_gas.expect("London"),
        alloy_eips::eip1559::BaseFeeParams::ethereum(),
    );
    Header {
        parent_hash: parent.hash(),
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        difficulty: U256::from(2),
        number: fields.number + 1,
        gas_limit: fields.gas_limit,
        timestamp: fields.timestamp + 1,
        extra_data: extra(listed).into(),
        base_fee_per_gas: Some(base_fee),
        state_root: B256::repeat_byte(7),
        ..Header::default()
    }
}

/// A network whose signers do not change.
pub(crate) struct Net {
    pub(crate) signers: Signers,
    pub(crate) count: usize,
    pub(crate) rules: CliqueRules,
}

impl Net {
    pub(crate) fn new(count: usize) -> Self {
        let rules = CliqueRules { period_secs: 1, epoch: 1_000 };
        Self { signers: Signers::new(count), count, rules }
    }

    pub(crate) fn genesis(&self) -> SideHeader {
        genesis_header(&self.signers.addresses(&(0..self.count).collect::<Vec<_>>()))
    }

    pub(crate) fn chain(&self) -> CliqueChain {
        CliqueChain::new(self.rules, self.genesis()).expect("genesis")
    }

    /// A block by the signer at `at`, with the difficulty of its turn. The salt makes siblings.
    pub(crate) fn block(&self, parent: &SideHeader, at: usize, salt: u64) -> SideHeader {
        let mut header = child(parent, &[]);
        let turn = usize::try_from(header.number).expect("small") % self.count == at;
        header.difficulty = U256::from(if turn { 2 } else { 1 });
        header.receipts_root = B256::with_last_byte(u8::try_from(salt).expect("small"));
        self.signers.seal(at, header)
    }

    /// Blocks by these signers, one after the other.
    pub(crate) fn blocks(&self, parent: &SideHeader, by: &[usize], salt: u64) -> Vec<SideHeader> {
        let mut headers: Vec<SideHeader> = Vec::new();
        for at in by {
            let header = self.block(headers.last().unwrap_or(parent), *at, salt);
            headers.push(header);
        }
        headers
    }

    /// Blocks by everybody in turn.
    pub(crate) fn in_turn(&self, parent: &SideHeader, count: usize, salt: u64) -> Vec<SideHeader> {
        let next = usize::try_from(parent.number().get()).expect("small") + 1;
        let by: Vec<_> = (next..next + count).map(|number| number % self.count).collect();
        self.blocks(parent, &by, salt)
    }
}
