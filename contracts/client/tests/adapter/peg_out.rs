//! A redemption on the real contracts: requested, paid, proven, undone; and what attesters verify.

use farbank_bitcoin_light_client::inclusion::non_witness_bytes;
use farbank_bitcoin_light_client::segment;
use farbank_contracts::{
    expected_code_hash, expected_token_code_hash, BlockAt, BlockProof, BlockRange, BridgeEvent,
    BridgeRefusal, CustodyProof, PaidRedemption, SideChainClient, StoredSegment,
};
use farbank_evm_light_client::own_node::OwnNode;
use farbank_evm_light_client::proof::{AccountProof, StorageProof};
use farbank_evm_light_client::{FinalityVerifier as _, SideHeader};
use farbank_types::bitcoin::absolute::LockTime;
use farbank_types::bitcoin::block::Header;
use farbank_types::bitcoin::hashes::{sha256, Hash as _};
use farbank_types::bitcoin::key::TapTweak as _;
use farbank_types::bitcoin::opcodes::all::OP_RETURN;
use farbank_types::bitcoin::script::Builder;
use farbank_types::bitcoin::transaction::Version;
use farbank_types::bitcoin::{
    merkle_tree, Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxMerkleNode, TxOut,
    Witness,
};
use farbank_types::{
    keccak256, BitcoinEndpoint, BitcoinHeight, CheckpointRecord, Deployment, EvmBlockNumber,
    FederationKey, FederationKeyKind, Redemption, RedemptionId, SegmentIndex, SideChainEndpoint,
    SideChainKind, B256, DEPLOYMENT_VERSION, U256,
};
use serde_json::json;

use crate::support::bridge::{
    arguments, deployed, genesis, mine, mine_block, refusal, send, submit, LATEST,
};
use crate::support::{sender, Anvil, ANVIL_CHAIN};

const SUPPLY: u64 = 500_000;
const BURNT: Amount = Amount::from_sat(100_000);
const MAX_FEE: Amount = Amount::from_sat(1_000);
const RAISED: Amount = Amount::from_sat(2_000);
const PAYOUT: Amount = Amount::from_sat(97_500);

/// Gives the sender fBTC that the custody's seed covers, past the mint: slot 0 of the token holds the
/// balances, slot 2 the supply.
async fn endow(anvil: &Anvil, client: &SideChainClient) {
    let token = client.contracts().token;
    let balance = keccak256([sender().address().into_word(), B256::ZERO].concat());
    let supply = B256::left_padding_from(&[2]);
    for slot in [balance, supply] {
        let word = B256::from(U256::from(SUPPLY));
        anvil.lever("anvil_setStorageAt", vec![json!(token), json!(slot), json!(word)]).await;
    }
    anvil.mine().await;
}

fn payout_script() -> ScriptBuf {
    ScriptBuf::from_hex("00140101010101010101010101010101010101010101").unwrap()
}

fn custody_script() -> ScriptBuf {
    ScriptBuf::new_p2tr_tweaked(arguments().federation_key.dangerous_assume_tweaked())
}

/// Requests a redemption and raises its fee: what there is to be paid.
async fn request(client: &SideChainClient) -> Redemption {
    let call = client.calls().request_redemption(BURNT, MAX_FEE, &payout_script());
    let receipt = send(client, &call).await;
    let events = client.events_in(&receipt);
    let [BridgeEvent::RedemptionRequested(requested)] =
        &events.iter().map(|e| e.event.clone()).collect::<Vec<_>>()[..]
    else {
        panic!("{events:?}")
    };
    let held = client.redemption(requested.id, LATEST).await.unwrap();
    assert_eq!(held, Some(requested.commitment()));
    send(client, &client.calls().raise_max_fee(requested, RAISED)).await;
    let raised = Redemption { max_fee: RAISED, ..requested.clone() };
    let held = client.redemption(raised.id, LATEST).await.unwrap();
    assert_eq!(held, Some(raised.commitment()));
    raised
}

fn spend(outpoint: OutPoint, output: Vec<TxOut>) -> Transaction {
    Transaction {
        version: Version(3),
        lock_time: LockTime::ZERO,
        input: vec![TxIn {
            previous_output: outpoint,
            script_sig: ScriptBuf::new(),
            sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
            witness: Witness::new(),
        }],
        output,
    }
}

fn custody_transaction(redemption: &Redemption) -> Transaction {
    let seed = arguments().custody;
    let ids = keccak256(redemption.id.word());
    let anchor: [u8; 64] = [B256::repeat_byte(0xa0), ids].concat().try_into().unwrap();
    let anchor = Builder::new().push_opcode(OP_RETURN).push_slice(anchor).into_script();
    let kept = seed.value - Amount::from_sat(100_000);
    spend(
        seed.outpoint,
        vec![
            TxOut { value: PAYOUT, script_pubkey: redemption.script.clone() },
            TxOut { value: kept, script_pubkey: custody_script() },
            TxOut { value: Amount::ZERO, script_pubkey: anchor },
        ],
    )
}

/// Puts a transaction into a block of its own segment on top of the genesis block, five blocks on top,
/// and proves it.
async fn bury(client: &SideChainClient, transaction: &Transaction) -> CustodyProof {
    let coinbase = spend(OutPoint::null(), vec![]);
    let txids = [coinbase.compute_txid(), transaction.compute_txid()];
    let root = merkle_tree::calculate_root(txids.iter().copied()).unwrap();
    let root = TxMerkleNode::from_raw_hash(root.to_raw_hash());
    let header = mine_block(&genesis(), root);
    let checkpoint = segment_at(client, 0).await;
    submit(client, &checkpoint, &[header]).await;
    let stored = segment_at(client, 1).await;
    submit(client, &stored, &mine(&header, 5, 1)).await;
    let digest = sha256::Hash::hash(&non_witness_bytes(&coinbase));
    CustodyProof {
        block: BlockProof::new(header, stored.index, &stored.preimage, 0, vec![]),
        coinbase_digest: B256::from(digest.to_byte_array()),
        coinbase_branch: vec![B256::from(txids[1].to_byte_array())],
        index: 1,
        branch: vec![B256::from(txids[0].to_byte_array())],
        transaction: non_witness_bytes(transaction).into(),
        paid: vec![],
    }
}

async fn segment_at(client: &SideChainClient, index: u32) -> StoredSegment {
    client.segment(SegmentIndex::new(index), LATEST).await.unwrap().unwrap()
}

/// Replaces all blocks by a branch with more work, and proves its first block.
async fn reorganise(client: &SideChainClient) -> BlockProof {
    let branch: Vec<Header> = mine(&genesis(), 8, 2);
    submit(client, &segment_at(client, 0).await, &branch).await;
    let stored = segment_at(client, 1).await;
    let leaves: Vec<B256> = branch.iter().map(|h| segment::leaf(h.block_hash())).collect();
    let path = segment::path(&leaves, 0).unwrap();
    BlockProof::new(branch[0], stored.index, &stored.preimage, 0, path)
}

#[tokio::test]
async fn redemption_is_paid_proven_and_owed_again_after_a_reorganisation() {
    let anvil = Anvil::start();
    let (client, deployed) = deployed(&anvil).await;
    endow(&anvil, &client).await;
    let redemption = request(&client).await;
    let owed = BURNT - arguments().parameters.redemption_fee;
    assert_eq!((redemption.id, redemption.amount), (RedemptionId::new(1), owed));
    assert_eq!(redemption.requester, sender().address());
    assert_eq!(client.redemption_count(LATEST).await.unwrap(), 1);
    let reserves = client.reserves(LATEST).await.unwrap();
    assert_eq!((reserves.supply.to_sat(), reserves.unpaid), (SUPPLY - BURNT.to_sat(), owed));

    let transaction = custody_transaction(&redemption);
    let mut proof = bury(&client, &transaction).await;
    let unnamed = refusal(&client, &client.calls().prove_custody(&proof)).await;
    assert_eq!(unnamed.to_string().split(':').nth(1).unwrap(), " CustodyShape (reason Outputs)");
    proof.paid = vec![PaidRedemption::from(&redemption)];
    let receipt = send(&client, &client.calls().prove_custody(&proof)).await;
    let [proven] = &client.events_in(&receipt)[..] else { panic!("{receipt:?}") };
    let BridgeEvent::CustodyProven(record) = &proven.event else { panic!("{proven:?}") };
    assert_eq!(client.lineage(LATEST).await.unwrap(), Some(record.commitment()));
    assert_eq!(client.custody(LATEST).await.unwrap(), record.custody);
    assert_eq!(record.custody.unwrap().outpoint, OutPoint::new(transaction.compute_txid(), 1));
    assert_eq!((record.parent, record.previous), (B256::ZERO, arguments().custody));
    assert_eq!(record.payouts(&transaction).unwrap(), [(redemption.id, PAYOUT)]);
    assert_eq!(client.redemption(redemption.id, LATEST).await.unwrap(), None);
    assert!(client.reserves(LATEST).await.unwrap().is_covered());

    let other = reorganise(&client).await;
    send(&client, &client.calls().undo_custody(record, &other)).await;
    assert_eq!(client.lineage(LATEST).await.unwrap(), None);
    assert_eq!(client.custody(LATEST).await.unwrap(), Some(arguments().custody));
    let held = client.redemption(redemption.id, LATEST).await.unwrap();
    assert_eq!(held, Some(redemption.commitment()));

    let last = client.node().head().await.unwrap().number;
    let range = BlockRange { first: deployed.contracts.deployed_at, last };
    let events = client.events_between(range).await.unwrap();
    let requested = Redemption { max_fee: MAX_FEE, ..redemption.clone() };
    assert_eq!(
        events.iter().map(|logged| logged.event.clone()).collect::<Vec<_>>(),
        [
            BridgeEvent::RedemptionRequested(requested),
            BridgeEvent::MaxFeeRaised { id: redemption.id, max_fee: RAISED },
            BridgeEvent::CustodyProven(record.clone()),
            BridgeEvent::CustodyUndone { txid: transaction.compute_txid() },
        ]
    );
    assert!(events.is_sorted_by_key(|logged| logged.block));
    let of_one = client.redemption_events(redemption.id, range).await.unwrap();
    assert_eq!(of_one, events[..2]);
    assert_eq!(client.redemption_events(RedemptionId::new(2), range).await.unwrap(), []);
}

#[tokio::test]
async fn spend_of_another_shape_empties_custody_and_pauses() {
    let anvil = Anvil::start();
    let (client, _) = deployed(&anvil).await;
    endow(&anvil, &client).await;
    let theft = spend(
        arguments().custody.outpoint,
        vec![TxOut { value: PAYOUT, script_pubkey: payout_script() }],
    );
    let proof = bury(&client, &theft).await;
    let receipt = send(&client, &client.calls().report_non_conforming(&proof)).await;
    let events: Vec<_> = client.events_in(&receipt).into_iter().map(|e| e.event).collect();
    let [BridgeEvent::CustodyProven(record), BridgeEvent::NonConformingSpend { txid }] =
        &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((*txid, record.custody), (theft.compute_txid(), None));
    assert_eq!(client.custody(LATEST).await.unwrap(), None);
    assert_eq!(client.lineage(LATEST).await.unwrap(), Some(record.commitment()));
    assert!(!client.reserves(LATEST).await.unwrap().is_covered());
    let until = client.paused_until(LATEST).await.unwrap().unwrap();
    let redeem = client.calls().request_redemption(BURNT, MAX_FEE, &payout_script());
    assert_eq!(refusal(&client, &redeem).await, BridgeRefusal::Paused { until });
}

#[tokio::test]
async fn refusals_of_redemptions_and_keys_arrive_by_name() {
    let anvil = Anvil::start();
    let (client, _) = deployed(&anvil).await;
    let calls = client.calls();
    let script = payout_script();
    let poor = calls.request_redemption(BURNT, MAX_FEE, &script);
    let needed = BURNT;
    let (sender, balance) = (sender().address(), Amount::ZERO);
    assert_eq!(
        refusal(&client, &poor).await,
        BridgeRefusal::ERC20InsufficientBalance { sender, balance, needed }
    );
    endow(&anvil, &client).await;
    let key = arguments().federation_key;
    let own = B256::from(key.serialize());
    for (call, expected) in [
        (
            calls.request_redemption(BURNT, MAX_FEE, &custody_script()),
            BridgeRefusal::FederationScript { key: own },
        ),
        (
            calls.request_redemption(BURNT, MAX_FEE, &ScriptBuf::new()),
            BridgeRefusal::UnsupportedScript { script: ScriptBuf::new() },
        ),
        (
            calls.request_redemption(Amount::from_sat(9_999), MAX_FEE, &script),
            BridgeRefusal::RedemptionTooSmall {
                amount: Amount::from_sat(9_999),
                floor: arguments().parameters.min_redemption,
            },
        ),
        (
            calls.request_redemption(BURNT, Amount::from_sat(999), &script),
            BridgeRefusal::MaxFeeTooLow { max_fee: Amount::from_sat(999), floor: MAX_FEE },
        ),
        (calls.register_key(key), BridgeRefusal::KeyOutOfRange { key: own }),
    ] {
        assert_eq!(refusal(&client, &call).await, expected);
    }
    assert_eq!(client.keys(LATEST).await.unwrap().current, key);
    assert_eq!(client.keys(LATEST).await.unwrap().next, None);
    let next = "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5".parse().unwrap();
    let receipt = send(&client, &calls.register_key(next)).await;
    let keys = client.keys(LATEST).await.unwrap();
    let (registered, usable_from) = keys.next.unwrap();
    assert_eq!((keys.current, registered, keys.previous), (key, next, None));
    let events: Vec<_> = client.events_in(&receipt).into_iter().map(|e| e.event).collect();
    assert_eq!(events, [BridgeEvent::KeyRegistered { key: next, usable_from }]);
}

async fn deployment(client: &SideChainClient) -> Deployment {
    let arguments = arguments();
    let genesis_hash = client.node().block(EvmBlockNumber::new(0)).await.unwrap().unwrap().hash;
    Deployment {
        version: DEPLOYMENT_VERSION,
        bitcoin: BitcoinEndpoint {
            network: farbank_types::bitcoin::Network::Regtest,
            rpc_url: String::new(),
            cookie_file: None,
        },
        side_chain: SideChainEndpoint {
            kind: SideChainKind::Anvil,
            chain_id: ANVIL_CHAIN,
            genesis_hash,
            rpc_url: String::new(),
        },
        contracts: client.contracts(),
        instance: client.instance(),
        federation_key: FederationKey {
            x_only: arguments.federation_key,
            kind: FederationKeyKind::Supplied,
        },
        checkpoint: CheckpointRecord {
            height: BitcoinHeight::new(0),
            hash: genesis().block_hash(),
            epoch_start_time: arguments.checkpoint.epoch_start_time,
        },
        custody: arguments.custody,
        parameters: arguments.parameters,
    }
}

#[tokio::test]
async fn code_of_a_deployment_is_known_beforehand() {
    let anvil = Anvil::start();
    let (client, _) = deployed(&anvil).await;
    let deployment = deployment(&client).await;
    let at = BlockAt::Number(deployment.contracts.deployed_at);
    let code = client.node().code(deployment.contracts.bridge, at).await.unwrap();
    assert_eq!(expected_code_hash(&deployment), Some(keccak256(&code)));
    let code = client.node().code(deployment.contracts.token, at).await.unwrap();
    assert_eq!(expected_token_code_hash(&deployment), keccak256(&code));

    let mut other = deployment.clone();
    other.parameters.fee_reserve = Amount::ZERO;
    assert_ne!(expected_code_hash(&other), expected_code_hash(&deployment));
    other.bitcoin.network = farbank_types::bitcoin::Network::Signet;
    assert_eq!(expected_code_hash(&other), None);
}

#[tokio::test]
async fn light_client_verifies_code_and_redemption_from_the_answers() {
    let anvil = Anvil::start();
    let (client, _) = deployed(&anvil).await;
    endow(&anvil, &client).await;
    let redemption = request(&client).await;
    let deployment = deployment(&client).await;
    for _ in 0..3 {
        anvil.mine().await;
    }
    let raw = client.node().raw_header(BlockAt::Finalized).await.unwrap().unwrap();
    let mut own = OwnNode::new();
    own.set_finalized(SideHeader::decode(&raw.rlp).unwrap()).unwrap();
    let last_final = own.newest_final().unwrap();
    assert_eq!(last_final.hash(), raw.hash);

    let slot_of = |label: &str| {
        let layout: serde_json::Value =
            serde_json::from_str(include_str!("../../../abi/Bridge.storage.json")).unwrap();
        let found = layout.as_array().unwrap().iter().find(|entry| entry["label"] == label);
        B256::from(U256::from(found.unwrap()["slot"].as_u64().unwrap()))
    };
    let held = keccak256([redemption.id.word(), slot_of("_redemptions")].concat());
    let slots = [held, slot_of("_custody.txid"), slot_of("_lineage")];
    let at = BlockAt::Hash(raw.hash);
    let bridge = deployment.contracts.bridge;
    let answer = client.node().proof(bridge, &slots, at).await.unwrap();
    let account = AccountProof { address: bridge, nodes: answer.account };
    let account = account.verify(&last_final).unwrap();
    assert_eq!(Some(account.code_hash()), expected_code_hash(&deployment));
    let words: Vec<U256> = answer
        .storage
        .into_iter()
        .map(|(slot, nodes)| StorageProof { slot, nodes }.verify(&account).unwrap())
        .collect();
    let expected = [
        U256::from_be_bytes(redemption.commitment().0),
        U256::from_be_bytes(deployment.custody.txid_internal().0),
        U256::ZERO,
    ];
    assert_eq!(words, expected);
}
