//! What makes a block final, what does not, and that a final block stays so.

mod common;

use common::{Net, NOW};
use farbank_evm_light_client::clique::{CliqueChain, ImportOutcome};
use farbank_evm_light_client::{FinalityVerifier as _, Progress, SideHeader, Verdict, Why};
use farbank_types::{B256, U256};

fn import(chain: &mut CliqueChain, headers: &[SideHeader]) -> ImportOutcome {
    chain.import(headers, NOW).expect("valid")
}

fn progress(chain: &CliqueChain, block: &SideHeader) -> Progress {
    match chain.verdict(&block.hash()) {
        Verdict::NotYet(progress) => progress,
        other @ (Verdict::Final(_) | Verdict::Invalid(_)) => panic!("{other:?}"),
    }
}

#[test]
fn block_is_final_under_two_rounds_of_enough_signers() {
    let net = Net::new(4);
    let (mut chain, genesis) = (net.chain(), net.genesis());
    let blocks = net.in_turn(&genesis, 9, 0);
    import(&mut chain, &blocks[..7]);
    let expected = Progress { blocks: 7, blocks_needed: 8, signers: 4, signers_needed: 3 };
    assert_eq!(progress(&chain, &genesis), expected);
    assert_eq!(chain.newest_final(), None);
    import(&mut chain, &blocks[7..8]);
    assert!(matches!(chain.verdict(&genesis.hash()), Verdict::Final(_)));
    import(&mut chain, &blocks[8..]);
    let newest = chain.newest_final().expect("one");
    assert_eq!((newest.number().get(), newest.hash()), (1, blocks[0].hash()));
    assert_eq!((newest.state_root(), newest.time()), (blocks[0].state_root(), blocks[0].time()));
}

#[test]
fn too_few_signers_make_nothing_final_however_long_they_go_on() {
    let net = Net::new(5);
    let mut chain = net.chain();
    let by: Vec<_> = (0..60).map(|at| at % 3).collect();
    let blocks = net.blocks(&net.genesis(), &by, 0);
    import(&mut chain, &blocks);
    let expected = Progress { blocks: 60, blocks_needed: 10, signers: 3, signers_needed: 4 };
    assert_eq!(progress(&chain, &net.genesis()), expected);
    assert_eq!(chain.newest_final(), None);
    // The fourth signer settles all that has ten blocks on it.
    import(&mut chain, &[net.block(&blocks[59], 3, 0)]);
    assert_eq!(chain.newest_final().expect("one").number().get(), 51);
}

#[test]
fn signer_of_two_blocks_of_one_number_does_not_count() {
    let net = Net::new(4);
    let (mut chain, genesis) = (net.chain(), net.genesis());
    let by: Vec<_> = [0, 1, 2].into_iter().cycle().take(9).collect();
    let blocks = net.blocks(&genesis, &by, 0);
    import(&mut chain, &blocks[..7]);
    let sibling = net.block(&blocks[2], 0, 1);
    let ImportOutcome::SideBranch { end, sealed_twice } =
        import(&mut chain, std::slice::from_ref(&sibling))
    else {
        panic!("no heavier")
    };
    assert_eq!((end.hash, sealed_twice), (sibling.hash(), vec![net.signers.address(0)]));
    import(&mut chain, &blocks[7..8]);
    let expected = Progress { blocks: 8, blocks_needed: 8, signers: 2, signers_needed: 3 };
    assert_eq!(progress(&chain, &genesis), expected);
    // Blocks above that number are not touched by it.
    let rest = net.blocks(&blocks[7], &[2, 0, 1, 2], 0);
    import(&mut chain, &rest);
    assert_eq!(chain.newest_final().expect("one").number().get(), 4);
    assert!(matches!(chain.verdict(&genesis.hash()), Verdict::Final(_)), "ancestor of a final one");
}

#[test]
fn evidence_that_comes_too_late_takes_nothing_back() {
    let net = Net::new(4);
    let (mut chain, genesis) = (net.chain(), net.genesis());
    let by: Vec<_> = [0, 1, 2].into_iter().cycle().take(9).collect();
    let blocks = net.blocks(&genesis, &by, 0);
    import(&mut chain, &blocks);
    let settled = chain.newest_final();
    assert_eq!(settled.expect("one").number().get(), 1);
    import(
        &mut chain,
        &[net.block(&blocks[3], 1, 1), net.block(&net.block(&blocks[3], 1, 1), 2, 1)],
    );
    assert_eq!(chain.newest_final(), settled);
    assert!(matches!(chain.verdict(&blocks[0].hash()), Verdict::Final(_)));
}

/// Anyone can turn a seal into its twin: another block hash, but nothing else was signed.
#[test]
fn twin_of_a_signature_is_no_evidence() {
    let net = Net::new(4);
    let mut chain = net.chain();
    let blocks = net.in_turn(&net.genesis(), 3, 0);
    import(&mut chain, &blocks);
    let mut fields = blocks[2].header().clone();
    let mut extra = fields.extra_data.to_vec();
    let order: U256 = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
        .parse()
        .expect("number");
    let low = U256::from_be_slice(&extra[64..96]);
    extra[64..96].copy_from_slice(&(order - low).to_be_bytes::<32>());
    extra[96] ^= 1;
    fields.extra_data = extra.into();
    let twin = SideHeader::new(fields);
    let outcome = import(&mut chain, std::slice::from_ref(&twin));
    let ImportOutcome::SideBranch { end, sealed_twice } = outcome else { panic!("no heavier") };
    assert_eq!((end.hash, sealed_twice), (twin.hash(), Vec::new()));
    assert_ne!(twin.hash(), blocks[2].hash());
}

#[test]
fn branch_from_below_a_final_block_is_refused_and_never_final() {
    let net = Net::new(3);
    let (mut chain, genesis) = (net.chain(), net.genesis());
    let blocks = net.in_turn(&genesis, 10, 0);
    let early = net.block(&blocks[1], 1, 1);
    import(&mut chain, &blocks[..4]);
    import(&mut chain, std::slice::from_ref(&early));
    assert_eq!(progress(&chain, &early).blocks, 0, "beside the best chain");
    import(&mut chain, &blocks[4..]);
    assert_eq!(chain.newest_final().expect("one").number().get(), 4);
    let newest_final = chain.newest_final().expect("one").number();
    let refused = Verdict::Invalid(Why::ConflictsWithFinal { newest_final });
    assert_eq!(chain.verdict(&early.hash()), refused);
    let longer = net.in_turn(&early, 30, 1);
    let refused = chain.import(&longer, NOW).expect_err("below a final block");
    assert_eq!(refused.name(), "ConflictsWithFinal");
    assert_eq!(chain.verdict(&longer[0].hash()), Verdict::Invalid(Why::UnknownBlock));
    assert_eq!(chain.verdict(&B256::ZERO), Verdict::Invalid(Why::UnknownBlock));
}

#[test]
fn old_headers_are_dropped_and_finality_goes_on() {
    let net = Net::new(1);
    let mut chain = CliqueChain::with_limits(net.rules, net.genesis(), 50, 8).expect("genesis");
    let blocks = net.in_turn(&net.genesis(), 900, 0);
    for batch in blocks.chunks(50) {
        import(&mut chain, batch);
    }
    assert_eq!(chain.newest_final().expect("one").number().get(), 898);
    assert!(chain.header_at(500.into()).is_none());
    assert!(chain.header_at(850.into()).is_some());
    assert_eq!(chain.verdict(&blocks[99].hash()), Verdict::Invalid(Why::UnknownBlock));
    let late = chain.import(&[net.block(&blocks[99], 0, 1)], NOW).expect_err("dropped");
    assert_eq!(late.name(), "UnknownParent");
}

#[test]
fn chain_without_finality_is_bounded_as_well() {
    let net = Net::new(5);
    let mut chain = CliqueChain::with_limits(net.rules, net.genesis(), 50, 8).expect("genesis");
    let by: Vec<_> = (0..700).map(|at| at % 3).collect();
    let blocks = net.blocks(&net.genesis(), &by, 0);
    for batch in blocks.chunks(50) {
        import(&mut chain, batch);
    }
    assert_eq!(chain.newest_final(), None);
    assert!(chain.header_at(300.into()).is_none());
    let deep = chain.import(&[net.block(&blocks[599], 4, 1)], NOW).expect_err("too deep");
    assert_eq!(deep.name(), "ConflictsWithFinal");
    import(&mut chain, &[net.block(&blocks[689], 4, 1)]);
    // Ten single siblings, of which eight are kept.
    for parent in &blocks[690..699] {
        import(&mut chain, &[net.block(parent, 4, 1)]);
    }
    assert_eq!(chain.side_headers(), 8);
    let long = net.blocks(&blocks[689], &[3, 4, 0, 3, 4, 0, 3, 4, 0], 2);
    let refused = chain.import(&long, NOW).expect_err("longer than kept and no heavier");
    assert_eq!(refused.name(), "TooManyHeaders");
}
