//! The real contracts on a real node: deployed, checked, fed with headers, read.

use std::time::Duration;

use farbank_contracts::{
    deploy, submit_and_wait, BlockAt, BlockRange, BridgeRefusal, CallFailure, ConnectError,
    ContractTip, DeployError, DeploymentMismatch, EvmKey, SideChainClient, SubmitError, Wait,
};
use farbank_types::bitcoin::Amount;
use farbank_types::{
    BitcoinHeight, BlockCount, Bytes, DepositId, EvmAddress, EvmBlockNumber, SegmentIndex, B256,
};

use crate::support::bridge::{arguments, deployed, genesis, mine, refusal, submit, LATEST};
use crate::support::{sender, Anvil, WAIT};

#[tokio::test]
async fn deployed_bridge_equals_its_arguments() {
    let anvil = Anvil::start();
    let (client, deployed) = deployed(&anvil).await;
    let arguments = arguments();
    assert_eq!(deployed.contracts.deployed_at, EvmBlockNumber::new(2));
    let parent = client.node().block(EvmBlockNumber::new(1)).await.unwrap().unwrap();
    let expected = farbank_contracts::instance(
        client.node().chain_id(),
        deployed.contracts.bridge,
        parent.hash,
        genesis().block_hash(),
    );
    assert_eq!(deployed.instance, expected);
    assert_eq!(client.instance_on_chain(LATEST).await.unwrap(), expected);

    let found = client.parameters(LATEST).await.unwrap();
    assert_eq!(found.federation_key, arguments.federation_key);
    assert_eq!(found.parameters, arguments.parameters);
    assert_eq!(client.custody(LATEST).await.unwrap(), Some(arguments.custody));
    let reserves = client.reserves(LATEST).await.unwrap();
    assert_eq!(reserves.custody, arguments.custody.value);
    assert_eq!((reserves.supply, reserves.unpaid, reserves.unswept), Default::default());
    assert!(reserves.is_covered());
}

#[tokio::test]
async fn views_of_a_fresh_bridge_are_empty() {
    let anvil = Anvil::start();
    let (client, deployed) = deployed(&anvil).await;
    let outpoint = arguments().custody.outpoint;
    assert_eq!(client.deposit(DepositId::of(&outpoint), LATEST).await.unwrap(), None);
    assert!(!client.is_minted(outpoint, LATEST).await.unwrap());
    assert_eq!(client.paused_until(LATEST).await.unwrap(), None);
    assert_eq!(
        client.minted_from(BitcoinHeight::new(0), LATEST).await.unwrap(),
        Amount::from_sat(0)
    );
    let needed = client.confirmations_needed(Amount::from_sat(0), LATEST).await.unwrap();
    assert_eq!(needed, BlockCount::new(2));
    assert_eq!(client.token_decimals(LATEST).await.unwrap(), 8);
    assert_eq!(client.token_symbol(LATEST).await.unwrap(), "fBTC");
    assert_eq!(client.token_supply(LATEST).await.unwrap(), Amount::from_sat(0));
    let nobody = EvmAddress::repeat_byte(3);
    assert_eq!(client.token_balance(nobody, LATEST).await.unwrap(), Amount::from_sat(0));
    let range = BlockRange { first: deployed.contracts.deployed_at, last: EvmBlockNumber::new(2) };
    assert_eq!(client.minted_between(range).await.unwrap(), []);
    assert_eq!(client.minted_deposit(outpoint, range).await.unwrap(), None);
}

#[tokio::test]
async fn longer_branch_replaces_segments_and_stale_logs_are_left_out() {
    let anvil = Anvil::start();
    let (client, deployed) = deployed(&anvil).await;
    let checkpoint = client.segment(SegmentIndex::new(0), LATEST).await.unwrap().unwrap();
    assert_eq!(checkpoint.preimage.tip_hash(), genesis().block_hash());

    let first = mine(&genesis(), 3, 1);
    submit(&client, &checkpoint, &first).await;
    let second = client.segment(SegmentIndex::new(1), LATEST).await.unwrap().unwrap();
    assert_eq!(second.preimage.submitter(), sender().address());
    assert_eq!(second.preimage.count(), BlockCount::new(3));
    submit(&client, &second, &mine(&first[2], 1, 1)).await;
    let ContractTip { segments, height, .. } = client.header_tip(LATEST).await.unwrap();
    assert_eq!((segments, height), (3, BitcoinHeight::new(4)));

    let branch = mine(&genesis(), 5, 2);
    submit(&client, &checkpoint, &branch).await;
    let tip = client.header_tip(LATEST).await.unwrap();
    assert_eq!((tip.newest_segment(), tip.height), (SegmentIndex::new(1), BitcoinHeight::new(5)));
    let found = client.segments(SegmentIndex::new(0), LATEST).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], checkpoint);
    assert_eq!(found[1].preimage.tip_hash(), branch[4].block_hash());
    assert_eq!(client.segment(SegmentIndex::new(2), LATEST).await.unwrap(), None);

    let before = BlockAt::Number(EvmBlockNumber::new(4));
    let found = client.segments(SegmentIndex::new(1), before).await.unwrap();
    assert_eq!(found[0], second);
    let range = BlockRange { first: deployed.contracts.deployed_at, last: EvmBlockNumber::new(5) };
    assert_eq!(client.stored_between(range).await.unwrap().len(), 4);
}

#[tokio::test]
async fn refusals_of_the_contract_arrive_by_name() {
    let anvil = Anvil::start();
    let (client, _) = deployed(&anvil).await;
    let checkpoint = client.segment(SegmentIndex::new(0), LATEST).await.unwrap().unwrap();
    let calls = client.calls();
    let raw = |bytes: &[u8]| {
        calls.submit_raw_headers(
            checkpoint.index,
            &checkpoint.preimage,
            &Bytes::copy_from_slice(bytes),
        )
    };
    assert_eq!(refusal(&client, &raw(&[0; 79])).await, BridgeRefusal::CutOff { length: 79 });
    let mut unlinked = mine(&genesis(), 2, 1);
    unlinked.remove(0);
    let unlinked = calls.submit_headers(checkpoint.index, &checkpoint.preimage, &unlinked);
    assert_eq!(refusal(&client, &unlinked).await, BridgeRefusal::BadLink { index: 0 });

    let stranger = EvmKey::generate().address();
    let pause = client.node().simulate(stranger, &calls.pause(), LATEST).await;
    assert!(
        matches!(pause, Err(CallFailure::Refused(BridgeRefusal::NotGuardian { caller }))
            if caller == stranger),
        "{pause:?}"
    );
    submit_and_wait(client.node(), &sender(), &calls.pause(), WAIT).await.unwrap();
    assert!(client.paused_until(LATEST).await.unwrap().is_some());
    submit_and_wait(client.node(), &sender(), &calls.unpause(), WAIT).await.unwrap();
    assert_eq!(client.paused_until(LATEST).await.unwrap(), None);
    submit_and_wait(client.node(), &sender(), &calls.set_guardian(stranger), WAIT).await.unwrap();
    assert_eq!(client.guardian(LATEST).await.unwrap(), stranger);
}

#[tokio::test]
async fn parameter_out_of_its_bounds_is_refused_before_anything_is_sent() {
    let anvil = Anvil::start();
    let node = anvil.node().await;
    anvil.mine().await;
    let mut bad = arguments();
    bad.parameters.reclaim_blocks = BlockCount::new(255);
    let error = deploy(&node, &sender(), &bad, WAIT).await.unwrap_err();
    let DeployError::Submit(SubmitError::Refused(refusal)) = error else { panic!("{error}") };
    assert_eq!(refusal.name(), "ParameterOutOfBounds");
    assert_eq!(refusal.values()[0].1.to_string(), "reclaimBlocks");
    assert_eq!(node.nonce(sender().address(), LATEST).await.unwrap().get(), 0);
}

#[tokio::test]
async fn chain_without_a_block_is_waited_for_and_named() {
    let anvil = Anvil::start();
    let node = anvil.node().await;
    let wait = Wait { timeout: Duration::from_millis(100), ..WAIT };
    let error = deploy(&node, &sender(), &arguments(), wait).await.unwrap_err();
    assert!(matches!(error, DeployError::EmptyChain), "{error}");
}

#[tokio::test]
async fn another_deployment_is_told_by_its_instance() {
    let anvil = Anvil::start();
    let (client, first) = deployed(&anvil).await;
    let node = client.node().clone();
    let second = deploy(&node, &sender(), &arguments(), WAIT).await.unwrap();
    assert_ne!(first.instance, second.instance);
    let error = SideChainClient::attach(node, second.contracts, first.instance).await.unwrap_err();
    let ConnectError::Mismatch(mismatch) = error else { panic!("{error}") };
    let (expected, found) = (first.instance, second.instance);
    assert_eq!(mismatch, DeploymentMismatch::WrongInstance { expected, found });
}

#[test]
fn instance_is_the_hash_of_four_words() {
    let chain_id = farbank_types::ChainId::new(1);
    let bridge = EvmAddress::repeat_byte(2);
    let parent = B256::repeat_byte(3);
    let checkpoint = genesis().block_hash();
    let mut words = [0_u8; 128];
    words[31] = 1;
    words[44..64].fill(2);
    words[64..96].fill(3);
    words[96..].copy_from_slice(checkpoint.as_ref());
    assert_eq!(
        farbank_contracts::instance(chain_id, bridge, parent, checkpoint),
        farbank_types::keccak256(words)
    );
}
