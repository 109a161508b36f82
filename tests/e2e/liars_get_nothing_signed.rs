//! A relayer that lies gets no signature from honest attesters, and neither do k-1 attesters that
//! help it.

mod liars;

use std::time::Duration;

use farbank_federation::messages::{Refusal, PROTOCOL_VERSION};
use farbank_tests::{eventually, side_chain_choice, Devnet, Redemption};
use farbank_types::{SideChainKind, B256};
use serde_json::json;

use liars::conspiracy::Conspiracy;
use liars::lies::{Lie, LIES};
use liars::relayer::{LyingRelayer, ACCEPTED};
use liars::truth::Truth;

const AMOUNT: u64 = 20_000_000;
/// Longest wait for blocks to become final.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn liars_get_nothing_signed() {
    let (devnet, redemption, truth) = devnet_without_a_relayer();
    let relayer = LyingRelayer::of(&devnet);
    let reachable = relayer.attesters().into_iter();
    assert_eq!(reachable.map(u16::from).collect::<Vec<_>>(), [1, 2, 3, 4]);

    let anchor = final_anchor(&devnet, &relayer, &truth);
    accepts_the_truth(&relayer, &truth, anchor);
    refuses_every_lie(&relayer, &truth, anchor);
    refuses_an_anchor_that_is_not_final(&devnet, &relayer, &truth);
    turns_strangers_away(&devnet, &relayer, &truth, anchor);
    two_colluding_attesters_are_too_few(&devnet, &relayer, &truth, anchor);

    nothing_was_signed(&devnet, &relayer, &redemption, &truth);
    devnet.start("relayer");
    devnet.payout_settles(&redemption);
}

/// Starts a devnet on which alice has requested one redemption and no relayer runs.
fn devnet_without_a_relayer() -> (Devnet, Redemption, Truth) {
    let devnet = Devnet::up(&side_chain_choice());
    // Two are too few for the real relayer to sweep before it is killed.
    devnet.kill("attester-3");
    devnet.kill("attester-4");
    let deposit = devnet.give_tokens("0.5");
    devnet.kill("relayer");
    devnet.start("attester-3");
    devnet.start("attester-4");
    let redemption = devnet.request_payout(AMOUNT);
    let stray = devnet.farbank().json(&["devnet", "fund", &deposit.address, "0.3"]);
    devnet.mine(6);
    let stray = stray["bitcoin_tx"].as_str().expect("a transaction");
    let truth = Truth::of(&devnet, &redemption, &deposit, stray);
    (devnet, redemption, truth)
}

/// Waits until the redemption is final for every attester; returns a block that is final for all.
fn final_anchor(devnet: &Devnet, relayer: &LyingRelayer, truth: &Truth) -> B256 {
    let number = eventually("the redemption is final for all attesters", PATIENCE, || {
        let blocks = relayer.attesters().into_iter().map(|attester| relayer.final_block(attester));
        let least = blocks.min().flatten()?;
        (least >= truth.requested_in).then_some(least)
    });
    block_hash(devnet, &format!("{:#x}", number.get()))
}

fn block_hash(devnet: &Devnet, name: &str) -> B256 {
    let block = devnet.side_chain().get("eth_getBlockByNumber", &[json!(name), json!(false)]);
    block["hash"].as_str().expect("a hash").parse().expect("32 bytes")
}

/// Without this, attesters that refuse everything would pass.
fn accepts_the_truth(relayer: &LyingRelayer, truth: &Truth, anchor: B256) {
    for attester in relayer.attesters() {
        let answer = relayer.propose(attester, truth.plan(anchor).build().expect("a plan"));
        assert_eq!(answer, ACCEPTED, "attester {attester} refuses the truth");
    }
}

fn refuses_every_lie(relayer: &LyingRelayer, truth: &Truth, anchor: B256) {
    let mut wrong = Vec::new();
    for Lie { what, tell, refused } in LIES {
        for attester in relayer.attesters() {
            let found = relayer.propose(attester, tell(truth, anchor));
            if found != *refused {
                wrong.push(format!("{what}: attester {attester} says {found}, not {refused}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The newest block of anvil is unknown to attesters, who ask it for final blocks only; a Clique
/// attester knows the block and counts its signers.
fn refuses_an_anchor_that_is_not_final(devnet: &Devnet, relayer: &LyingRelayer, truth: &Truth) {
    let kind = truth.deployment.side_chain.kind;
    for attester in relayer.attesters() {
        eventually("the newest block is refused as an anchor", PATIENCE, || {
            let head = block_hash(devnet, "latest");
            let request = truth.plan(head).build().expect("a plan");
            match (relayer.propose(attester, request), kind) {
                ("UnfinalAnchor", SideChainKind::Clique)
                | ("WrongAnchor", SideChainKind::Anvil) => Some(()),
                // Not imported yet.
                ("WrongAnchor", SideChainKind::Clique) => None,
                (other, _) => panic!("attester {attester} says {other} to the newest block"),
            }
        });
    }
}

fn turns_strangers_away(devnet: &Devnet, relayer: &LyingRelayer, truth: &Truth, anchor: B256) {
    let honest = || truth.plan(anchor).build().expect("a plan");
    let stranger = relayer.as_stranger();
    let other = B256::repeat_byte(7);
    let member = relayer.as_owner_of(&devnet.folder().join("keys/attester-1-identity.pem"));
    for attester in relayer.attesters() {
        assert_eq!(stranger.transport_fault(attester, honest()), "NotAdmitted");
        assert_eq!(relayer.greet_for(attester, other), "WrongInstance");
        assert_eq!(relayer.propose_for_another_key(attester, honest()), "NoShare");
        assert_eq!(relayer.sign_unasked(attester), "UnknownSession");
        let long = [&[PROTOCOL_VERSION, 1][..], &[0; 100_000]].concat();
        assert_eq!(relayer.send_bytes(attester, long), "TooLarge");
        if attester.get() != 1 {
            assert_eq!(member.propose(attester, honest()), "NotAllowed");
        }
    }
}

fn two_colluding_attesters_are_too_few(
    devnet: &Devnet,
    relayer: &LyingRelayer,
    truth: &Truth,
    anchor: B256,
) {
    let conspiracy = Conspiracy::of(devnet, relayer, ["attester-1", "attester-2"]);
    for (request, refused) in liars::lies::worth_a_conspiracy(truth, anchor) {
        let failure = conspiracy.sign(request, truth);
        let numbers = |all: Vec<_>| all.into_iter().map(u16::from).collect::<Vec<_>>();
        assert_eq!((failure.shortage.have, failure.shortage.need), (2, 3), "{failure}");
        assert_eq!(numbers(failure.shortage.refused.clone()), [3, 4], "{failure}");
        assert!(failure.faults.is_empty(), "{failure}");
        let names: Vec<_> = failure.refusals.values().map(Refusal::name).collect();
        assert_eq!(names, [refused, refused], "{failure}");
    }
}

fn nothing_was_signed(
    devnet: &Devnet,
    relayer: &LyingRelayer,
    redemption: &Redemption,
    truth: &Truth,
) {
    for attester in relayer.attesters() {
        assert_eq!(liars::signed_intents(devnet, attester), 0, "attester {attester} signed");
    }
    let custody = truth.custody.outpoint;
    let (txid, vout) = (custody.txid.to_string(), custody.vout);
    // Null when a confirmed transaction or one in the mempool spends it.
    let found = devnet.bitcoin().get("gettxout", &[json!(txid), json!(vout), json!(true)]);
    assert!(!found.is_null(), "custody was spent");
    let asked = json!([{ "txid": txid, "vout": vout }]);
    let spent = devnet.bitcoin().get("gettxspendingprevout", &[asked]);
    assert!(spent[0]["spendingtxid"].is_null(), "{spent}");
    assert_eq!(devnet.outputs_at(&redemption.address), Vec::<u64>::new());
    devnet.assert_covered();
}
