//! Payouts: found, proposed, sent, proven, whatever is killed or reorganised in between.

use bitcoin::Transaction;
use farbank_relayer_core::custody::{CustodyDuty, CustodySpend};
use farbank_relayer_core::peg_out::RedemptionId;

use crate::world::{Relayer, World};

/// A redemption is final and its payout signed, in block `tip` of Bitcoin; nobody has sent it.
async fn signed(world: &World, relayer: &Relayer) -> (RedemptionId, Transaction) {
    world.bitcoin.mine_empty(2, 0);
    let id = world.treasury(|treasury| {
        let id = treasury.request(30_000);
        treasury.finalise();
        id
    });
    relayer.look_at_both().await;
    assert_eq!((relayer.redemption(id).await, relayer.custody().await), ("queued", "collecting"));
    world.clock.pass(3);
    relayer.look_at_both().await;
    assert_eq!(relayer.custody_duties().await, [CustodyDuty::SignCustody]);
    let transaction = relayer.sign().await;
    relayer.look_at_both().await;
    assert_eq!(relayer.redemption(id).await, "in-payout");
    (id, transaction)
}

/// The payout is in a block with the confirmations that the contract asks for.
async fn paid(world: &World, relayer: &Relayer) -> (RedemptionId, Transaction, CustodySpend) {
    let (id, transaction) = signed(world, relayer).await;
    world.bitcoin.mine_transactions(0, vec![transaction.clone()]);
    let height = world.bitcoin.tip();
    relayer.look_at_both().await;
    assert_eq!((relayer.redemption(id).await, relayer.custody().await), ("paid", "confirmed"));
    world.bitcoin.mine_empty(5, 0);
    relayer.look_at_both().await;
    let block = world.bitcoin.block_ref(height);
    (id, transaction.clone(), CustodySpend { txid: transaction.compute_txid(), block })
}

#[tokio::test]
async fn request_is_queued_once_it_is_final() {
    let world = World::new();
    let relayer = world.start().await;
    relayer.look_at_both().await;
    let id = world.treasury(|treasury| treasury.request(30_000));
    relayer.look_at_both().await;
    assert_eq!((relayer.redemption(id).await, relayer.custody().await), ("requested", "idle"));
    world.treasury(|treasury| treasury.finalise());
    relayer.look_at_both().await;
    assert_eq!(relayer.redemption(id).await, "queued");
}

#[tokio::test]
async fn request_that_a_reorganisation_takes_back_vanishes() {
    let world = World::new();
    let relayer = world.start().await;
    relayer.look_at_both().await;
    let id = world.treasury(|treasury| treasury.request(30_000));
    relayer.look_at_both().await;
    world.treasury(|treasury| treasury.reorganise(1));
    relayer.look_at_both().await;
    assert_eq!(relayer.redemption(id).await, "vanished");
    // The same id again, for somebody else.
    assert_eq!(world.treasury(|treasury| treasury.request(40_000)), id);
    relayer.look_at_both().await;
    assert_eq!(relayer.redemption(id).await, "requested");
}

#[tokio::test]
async fn relayer_killed_between_signing_and_broadcast_broadcasts_after_its_restart() {
    let world = World::new();
    let relayer = world.start().await;
    let (_, transaction) = signed(&world, &relayer).await;
    drop(relayer);
    let relayer = world.start().await;
    let txid = transaction.compute_txid();
    assert_eq!(relayer.custody_duties().await, [CustodyDuty::BroadcastCustody(txid)]);
    relayer.payer.act().await.unwrap();
    assert_eq!(*world.bitcoin.pool.lock().unwrap(), [transaction]);
}

#[tokio::test]
async fn relayer_killed_between_broadcast_and_proof_proves_after_its_restart() {
    let world = World::new();
    let relayer = world.start().await;
    let (id, transaction) = signed(&world, &relayer).await;
    relayer.payer.act().await.unwrap();
    drop(relayer);
    // While it is dead the payout is buried.
    world.bitcoin.mine_transactions(0, vec![transaction.clone()]);
    let height = world.bitcoin.tip();
    world.bitcoin.mine_empty(5, 0);
    let relayer = world.start().await;
    relayer.look_at_both().await;
    let spend =
        CustodySpend { txid: transaction.compute_txid(), block: world.bitcoin.block_ref(height) };
    assert_eq!(relayer.custody_duties().await, [CustodyDuty::ProveCustody(spend)]);
    drop(relayer);
    let relayer = world.start().await;
    assert_eq!(relayer.custody_duties().await, [CustodyDuty::ProveCustody(spend)]);
    world.prove_final(&transaction, &[id], height);
    relayer.look_at_both().await;
    assert_eq!((relayer.redemption(id).await, relayer.custody().await), ("proven", "idle"));
    world.bitcoin.mine_empty(6, 0);
    relayer.look_at_both().await;
    assert_eq!(relayer.redemption(id).await, "done");
    assert!(relayer.custody_duties().await.is_empty());
}

#[tokio::test]
async fn replaced_payout_may_still_confirm() {
    let world = World::new();
    let relayer = world.start().await;
    let (id, first) = signed(&world, &relayer).await;
    world.bitcoin.mine_empty(3, 0);
    relayer.look_at_both().await;
    let txid = first.compute_txid();
    let duties = [CustodyDuty::BroadcastCustody(txid), CustodyDuty::ReplaceCustody];
    assert_eq!(relayer.custody_duties().await, duties);
    let second = relayer.sign().await;
    assert_ne!(first, second);
    assert!(second.output[0].value < first.output[0].value);
    let txid = second.compute_txid();
    assert_eq!(relayer.custody_duties().await, [CustodyDuty::BroadcastCustody(txid)]);
    drop(relayer);
    let relayer = world.start().await;
    world.bitcoin.mine_transactions(0, vec![first.clone()]);
    world.bitcoin.mine_empty(5, 0);
    relayer.look_at_both().await;
    assert_eq!((relayer.redemption(id).await, relayer.custody().await), ("paid", "proving"));
    let height = world.bitcoin.tip() - 5;
    world.prove_final(&first, &[id], height);
    relayer.look_at_both().await;
    assert_eq!((relayer.redemption(id).await, relayer.custody().await), ("proven", "idle"));
}

#[tokio::test]
async fn payout_that_leaves_the_chain_before_its_proof_is_sent_again() {
    let world = World::new();
    let relayer = world.start().await;
    let (id, transaction, spend) = paid(&world, &relayer).await;
    assert_eq!(relayer.custody_duties().await, [CustodyDuty::ProveCustody(spend)]);
    let below = spend.block.height.get() - 1;
    drop(relayer);
    world.bitcoin.truncate(below);
    world.bitcoin.mine_empty(8, 1);
    let relayer = world.start().await;
    relayer.look_at_both().await;
    assert_eq!(relayer.redemption(id).await, "in-payout");
    let again = CustodyDuty::BroadcastCustody(spend.txid);
    assert_eq!(relayer.custody_duties().await, [again]);
    world.bitcoin.mine_transactions(1, vec![transaction]);
    relayer.look_at_both().await;
    assert_eq!((relayer.redemption(id).await, relayer.custody().await), ("paid", "confirmed"));
}

#[tokio::test]
async fn payout_that_leaves_the_chain_after_its_proof_is_undone_and_sent_again() {
    let world = World::new();
    let relayer = world.start().await;
    let (id, transaction, spend) = paid(&world, &relayer).await;
    world.prove_final(&transaction, &[id], spend.block.height.get());
    relayer.look_at_both().await;
    assert_eq!(relayer.redemption(id).await, "proven");
    drop(relayer);
    world.bitcoin.truncate(spend.block.height.get() - 1);
    world.bitcoin.mine_empty(9, 1);
    let relayer = world.start().await;
    relayer.look_at_both().await;
    assert_eq!(relayer.redemption(id).await, "unbacked");
    assert_eq!(relayer.custody_duties().await, [CustodyDuty::UndoCustody(spend)]);
    world.treasury(|treasury| treasury.undo());
    relayer.look_at_both().await;
    assert_eq!((relayer.redemption(id).await, relayer.custody().await), ("in-payout", "proven"));
    world.treasury(|treasury| treasury.finalise());
    relayer.look_at_both().await;
    let again = CustodyDuty::BroadcastCustody(spend.txid);
    assert_eq!(relayer.custody_duties().await, [again]);
    world.bitcoin.mine_transactions(1, vec![transaction]);
    world.bitcoin.mine_empty(5, 1);
    relayer.look_at_both().await;
    assert_eq!((relayer.redemption(id).await, relayer.custody().await), ("paid", "proving"));
}

#[tokio::test]
async fn proof_that_the_side_chain_forgets_is_due_again() {
    let world = World::new();
    let relayer = world.start().await;
    let (id, transaction, spend) = paid(&world, &relayer).await;
    world.treasury(|treasury| treasury.prove(&transaction, &[id], spend));
    relayer.look_at_both().await;
    assert_eq!((relayer.redemption(id).await, relayer.custody().await), ("proven", "proven"));
    assert!(relayer.custody_duties().await.is_empty());
    world.treasury(|treasury| treasury.reorganise(1));
    relayer.look_at_both().await;
    assert_eq!(relayer.redemption(id).await, "paid");
    assert_eq!(relayer.custody_duties().await, [CustodyDuty::ProveCustody(spend)]);
}

#[tokio::test]
async fn empty_record_catches_up_with_what_others_paid_and_proves_the_rest() {
    let world = World::new();
    let other = world.start().await;
    let (first, transaction, spend) = paid(&world, &other).await;
    world.prove_final(&transaction, &[first], spend.block.height.get());
    other.look_at_both().await;
    let second = world.treasury(|treasury| {
        let id = treasury.request(30_000);
        treasury.finalise();
        id
    });
    other.look_at_both().await;
    world.clock.pass(3);
    other.look_at_both().await;
    let next = other.sign().await;
    world.bitcoin.mine_transactions(0, vec![next.clone()]);
    world.bitcoin.mine_empty(5, 0);
    drop(other);

    let newcomer = world.start_anew().await;
    newcomer.look_thoroughly().await;
    assert_eq!(newcomer.redemption(first).await, "done");
    assert_eq!(newcomer.redemption(second).await, "paid");
    let block = world.bitcoin.block_ref(world.bitcoin.tip() - 5);
    let spend = CustodySpend { txid: next.compute_txid(), block };
    assert_eq!(newcomer.custody_duties().await, [CustodyDuty::ProveCustody(spend)]);
}

#[tokio::test]
async fn redemption_whose_max_fee_is_too_low_waits_until_it_is_raised() {
    let world = World::new();
    let relayer = world.start().await;
    let (poor, rich) = world.treasury(|treasury| {
        let ids = (treasury.request(50), treasury.request(30_000));
        treasury.finalise();
        ids
    });
    relayer.look_at_both().await;
    world.clock.pass(3);
    relayer.look_at_both().await;
    let paid: Vec<_> = relayer.proposal().await.request.redemptions;
    assert_eq!(paid.iter().map(|one| one.id).collect::<Vec<_>>(), [rich]);
    let record = relayer.ledger.memory().await.treasury().redemption(&poor).unwrap().clone();
    assert!(format!("{:?}", record.state).contains("MaxFeeTooLow"));
    world.treasury(|treasury| {
        treasury.raise(poor, 30_000);
        treasury.finalise();
    });
    relayer.look_at_both().await;
    world.clock.pass(60);
    relayer.look_at_both().await;
    let paid: Vec<_> = relayer.proposal().await.request.redemptions;
    assert_eq!(paid.iter().map(|one| one.id).collect::<Vec<_>>(), [poor, rich]);
}
