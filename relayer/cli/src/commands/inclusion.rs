//! `farbank inclusion`: proofs that a block holds a transaction, made and checked offline or with a
//! node.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use farbank_bitcoin_light_client::inclusion::{InclusionProof, ProveRejection, VerifiedInclusion};
use farbank_types::bitcoin::consensus::encode::{deserialize, FromHexError};
use farbank_types::bitcoin::consensus::Decodable;
use farbank_types::bitcoin::merkle_tree::MerkleBlock;
use farbank_types::bitcoin::{Block, BlockHash, Transaction, Txid};
use serde::Serialize;
use serde_json::json;

use super::failures::bitcoin_failure;
use super::nodes::BitcoinArgs;
use crate::context::{block_on, read, Context};
use crate::failure::Failure;
use crate::output::{amount, cell, Page, Report};

#[derive(Debug, Subcommand)]
pub(crate) enum InclusionCommand {
    /// Make the proof from a raw block, from `gettxoutproof`, or by asking your node
    Prove(Box<ProveArgs>),
    /// Check a proof; whether its block is in the best chain is the header chain's to say
    Verify(VerifyArgs),
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("source").args(["block", "txout_proof"]))]
pub(crate) struct ProveArgs {
    /// The transaction
    #[arg(long, required_unless_present = "txout_proof", conflicts_with = "txout_proof")]
    txid: Option<Txid>,
    /// File with the raw block, as bytes or hexadecimal digits
    #[arg(long, value_name = "FILE")]
    block: Option<PathBuf>,
    /// Hexadecimal answer to `gettxoutproof '["TXID", "COINBASE TXID"]'`, or a file with it
    #[arg(long, value_name = "HEX|FILE", requires_all = ["tx", "coinbase_tx"])]
    txout_proof: Option<String>,
    /// The transaction in hexadecimal digits, or a file with it (with --txout-proof)
    #[arg(long, value_name = "HEX|FILE", requires = "txout_proof")]
    tx: Option<String>,
    /// The block's coinbase transaction, likewise (with --txout-proof)
    #[arg(long, value_name = "HEX|FILE", requires = "txout_proof")]
    coinbase_tx: Option<String>,
    /// The block that holds it, when the node keeps no transaction index
    #[arg(long, value_name = "HASH", conflicts_with = "source")]
    block_hash: Option<BlockHash>,
    #[command(flatten)]
    node: BitcoinArgs,
}

#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// The proof as JSON; `-` reads standard input
    file: PathBuf,
}

/// An argument or file that holds something else than it should.
#[derive(Debug, thiserror::Error)]
enum InclusionInputError {
    #[error("{what} cannot be read: {source}; expected {expected}")]
    Undecodable {
        what: &'static str,
        expected: &'static str,
        #[source]
        source: FromHexError,
    },
    #[error(
        "the node does not know {txid}: it keeps no transaction index or never saw it; name its \
         block with --block-hash"
    )]
    UnknownTransaction { txid: Txid },
    #[error(
        "the node does not have block {hash}; check the hash, or ask a node that is not pruned"
    )]
    UnknownBlock { hash: BlockHash },
}

/// A proof that was checked.
#[derive(Debug, Serialize)]
struct Verified {
    block: BlockHash,
    txid: Txid,
    index: u32,
    outputs: Vec<Output>,
}

#[derive(Debug, Serialize)]
struct Output {
    vout: u32,
    value_sat: u64,
    script: String,
}

/// Runs `farbank inclusion`.
pub(crate) fn run(command: InclusionCommand, context: &Context) -> Result<(), Failure> {
    match command {
        InclusionCommand::Prove(args) => prove(&args, context),
        InclusionCommand::Verify(args) => verify(&args, context),
    }
}

fn prove(args: &ProveArgs, context: &Context) -> Result<(), Failure> {
    let proof = match (&args.txout_proof, &args.tx, &args.coinbase_tx, args.txid) {
        (Some(partial), Some(tx), Some(coinbase), _) => {
            let partial: MerkleBlock = hex_argument(partial, "--txout-proof")?;
            let tx: Transaction = hex_argument(tx, "--tx")?;
            let coinbase: Transaction = hex_argument(coinbase, "--coinbase-tx")?;
            InclusionProof::from_txout_proof(&partial, &tx, &coinbase)
        }
        (_, _, _, Some(txid)) => {
            let block = match &args.block {
                Some(file) => block_from_file(file)?,
                None => block_on(block_from_node(args, txid, context))?,
            };
            InclusionProof::from_block(&block, txid)
        }
        // The parser demands one of the two.
        _ => return Err(Failure::usage("either --txid or --txout-proof is expected")),
    };
    // The proof is the document, for people as well: it is meant to be kept in a file.
    context.output.json(&proof.map_err(|rejection| prove_failure(&rejection))?)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the rest has no values")]
fn prove_failure(rejection: &ProveRejection) -> Failure {
    let values = match rejection {
        ProveRejection::NotInBlock { txid }
        | ProveRejection::NotShown { txid }
        | ProveRejection::CoinbaseNotShown { txid } => json!({ "txid": txid }),
        ProveRejection::Inclusion(inner) => return Failure::refused(inner),
        _ => json!({}),
    };
    Failure::named(rejection.name(), values, rejection)
}

fn verify(args: &VerifyArgs, context: &Context) -> Result<(), Failure> {
    let proof: InclusionProof = serde_json::from_slice(&read(&args.file)?).map_err(|source| {
        let message = format!(
            "{} is no inclusion proof: {source}; make one with `farbank inclusion prove`",
            args.file.display()
        );
        Failure::named("DamagedInclusionProof", json!({ "line": source.line() }), message)
    })?;
    let verified = proof.verify().map_err(|rejection| Failure::refused(&rejection))?;
    context.output.report(&Verified::from(&verified))
}

async fn block_from_node(
    args: &ProveArgs,
    txid: Txid,
    context: &Context,
) -> Result<Block, Failure> {
    let node = args.node.connect_or_deployed(context)?;
    let hash = match args.block_hash {
        Some(hash) => hash,
        None => node
            .transaction(&txid, None)
            .await
            .map_err(bitcoin_failure)?
            .and_then(|known| known.block)
            .ok_or_else(|| Failure::outside(InclusionInputError::UnknownTransaction { txid }))?,
    };
    let block = node.block(&hash).await.map_err(bitcoin_failure)?;
    block.ok_or_else(|| Failure::outside(InclusionInputError::UnknownBlock { hash }))
}

fn block_from_file(file: &Path) -> Result<Block, Failure> {
    let bytes = read(file)?;
    let text = core::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
    let raw = if text.is_empty() { bytes.clone() } else { hex::decode(text).unwrap_or(bytes) };
    deserialize(&raw).map_err(|source| {
        Failure::usage(InclusionInputError::Undecodable {
            what: "the file of --block",
            expected: "one raw Bitcoin block",
            source: FromHexError::Decode(
                farbank_types::bitcoin::consensus::DecodeError::Consensus(source),
            ),
        })
    })
}

/// Reads hexadecimal digits from the argument itself, or from the file that it names.
fn hex_argument<T: Decodable>(argument: &str, name: &'static str) -> Result<T, Failure> {
    let is_hex = !argument.is_empty() && argument.bytes().all(|byte| byte.is_ascii_hexdigit());
    let text = if is_hex {
        argument.to_owned()
    } else {
        String::from_utf8_lossy(&read(Path::new(argument))?).trim().to_owned()
    };
    farbank_types::bitcoin::consensus::encode::deserialize_hex(&text).map_err(|source| {
        Failure::usage(InclusionInputError::Undecodable {
            what: name,
            expected: "hexadecimal digits as bitcoind prints them, or a file with them",
            source,
        })
    })
}

impl From<&VerifiedInclusion> for Verified {
    fn from(verified: &VerifiedInclusion) -> Self {
        let outputs = (0..)
            .zip(&verified.transaction().output)
            .map(|(vout, output)| Output {
                vout,
                value_sat: output.value.to_sat(),
                script: output.script_pubkey.to_hex_string(),
            })
            .collect();
        Self {
            block: verified.block_hash(),
            txid: verified.txid(),
            index: verified.index(),
            outputs,
        }
    }
}

impl Report for Verified {
    fn render(&self, page: &mut Page) {
        page.line("The block commits to the transaction. Look its hash up in the best chain.");
        page.fields([
            ("Block", self.block.to_string()),
            ("Transaction", self.txid.to_string()),
            ("Place in the block", self.index.to_string()),
        ]);
        page.table(
            ["Output", "Amount", "Script"],
            self.outputs.iter().map(|output| {
                let value = farbank_types::bitcoin::Amount::from_sat(output.value_sat);
                [cell(output.vout), cell(amount(value)), cell(&output.script)]
            }),
        );
    }
}
