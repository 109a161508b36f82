//! Chains that real geth nodes sealed: taken as they are, refused when anything is changed.

mod common;

use common::{Recorded, NOW};
use farbank_evm_light_client::clique::verify::{verify_reader, VerifyError};
use farbank_evm_light_client::clique::{CliqueChain, CliqueRejection, ImportOutcome};
use farbank_evm_light_client::{FinalityVerifier as _, SideHeader, Verdict};
use farbank_types::{EvmBlockNumber, U256};

const NETWORKS: [&str; 2] = ["one-signer", "three-signers"];

#[test]
fn genesis_file_gives_the_block_that_geth_made_of_it() {
    for name in NETWORKS {
        let recorded = Recorded::read(name);
        let genesis = recorded.genesis();
        assert_eq!(genesis.header, recorded.headers()[0], "{name}");
        assert_eq!(genesis.signers, recorded.signers[0]);
        assert_eq!((genesis.rules.period_secs, genesis.rules.epoch), (1, 5));
        assert_eq!(genesis.chain_id.get(), 1_337);
    }
}

#[test]
fn chain_and_signers_are_those_that_geth_reports_at_every_block() {
    for name in NETWORKS {
        let recorded = Recorded::read(name);
        let mut chain = recorded.genesis().chain().expect("genesis");
        for (header, signers) in recorded.headers().iter().zip(&recorded.signers).skip(1) {
            let outcome = chain.import(std::slice::from_ref(header), NOW).expect("geth took it");
            assert!(matches!(outcome, ImportOutcome::Extended { .. }));
            assert_eq!(chain.signers(), signers, "{name} {}", header.number());
        }
    }
}

#[test]
fn three_signers_became_four_and_three_again() {
    let mut counts: Vec<_> = Recorded::read("three-signers").signers.iter().map(Vec::len).collect();
    counts.dedup();
    assert_eq!(counts, [3, 4, 3]);
}

#[test]
fn recorded_blocks_become_final() {
    let recorded = Recorded::read("three-signers");
    let headers = recorded.headers();
    let mut chain = recorded.genesis().chain().expect("genesis");
    chain.import(&headers[1..], NOW).expect("valid");
    let tip = chain.tip().number.get();
    let newest = chain.newest_final().expect("one");
    assert!(newest.number().get() + 10 >= tip, "{} of {tip}", newest.number());
    assert!(matches!(chain.verdict(&headers[1].hash()), Verdict::Final(_)));
    assert!(matches!(chain.verdict(&chain.tip().hash), Verdict::NotYet(_)));
}

#[test]
fn every_checkpoint_is_a_place_to_start_from() {
    let recorded = Recorded::read("three-signers");
    let (headers, rules) = (recorded.headers(), recorded.genesis().rules);
    for at in (5..headers.len()).step_by(5) {
        let mut chain = CliqueChain::new(rules, headers[at].clone()).expect("checkpoint");
        assert_eq!(chain.signers(), recorded.signers[at]);
        chain.import(&headers[at + 1..], NOW).expect("valid");
        assert_eq!(chain.tip().hash, headers[headers.len() - 1].hash());
    }
    let refused = CliqueChain::new(rules, headers[6].clone()).expect_err("between checkpoints");
    assert_eq!(refused.name(), "BadNumber");
}

#[test]
fn export_of_geth_is_verified_with_and_without_block_0() {
    for name in NETWORKS {
        let recorded = Recorded::read(name);
        let genesis = recorded.genesis();
        let summary = verify_reader(&genesis, &recorded.export[..], NOW).expect("geth's");
        let headers = recorded.headers();
        assert_eq!(summary.number, headers[headers.len() - 1].number());
        assert_eq!(summary.headers, summary.number.get());
        assert_eq!(summary.tip, headers[headers.len() - 1].hash());
        assert_eq!(&summary.signers, recorded.signers.last().expect("some"));
        let bare: Vec<u8> = headers.iter().flat_map(SideHeader::encode).collect();
        let with_zero = verify_reader(&genesis, &bare[..], NOW).expect("headers");
        assert_eq!(with_zero.headers, summary.headers + 1);
        assert_eq!(with_zero.finalized, summary.finalized);
    }
}

#[test]
fn refused_entry_of_a_file_is_named_by_place_and_number() {
    let recorded = Recorded::read("one-signer");
    let (genesis, headers) = (recorded.genesis(), recorded.headers());
    let refused = |file: &[SideHeader]| {
        let bytes: Vec<u8> = file.iter().flat_map(SideHeader::encode).collect();
        let refused = verify_reader(&genesis, &bytes[..], NOW).expect_err("changed");
        let VerifyError::Rejected(rejection) = refused else { panic!("{refused}") };
        (rejection.name(), rejection.index, rejection.number.get())
    };
    let mut changed = headers.clone();
    let mut fields = changed[8].header().clone();
    fields.gas_used += 1;
    changed[8] = SideHeader::new(fields);
    changed.truncate(9);
    assert_eq!(refused(&changed), ("UnauthorizedSigner", 8, 8));
    assert_eq!(refused(&changed[1..]), ("UnauthorizedSigner", 7, 8));
    let mut fields = headers[0].header().clone();
    fields.timestamp += 1;
    assert_eq!(refused(&[SideHeader::new(fields)]), ("WrongGenesis", 0, 0));
    assert_eq!(refused(&headers[2..]), ("UnknownParent", 0, 0));
    assert_eq!(refused(&[]), ("Malformed", 0, 0));
}

#[test]
fn refusal_of_a_file_is_one_object() {
    let recorded = Recorded::read("one-signer");
    let genesis = recorded.genesis();
    let json = |file: &[u8]| -> serde_json::Value {
        let refused = verify_reader(&genesis, file, NOW).expect_err("changed");
        let VerifyError::Rejected(rejection) = refused else { panic!("{refused}") };
        let text = serde_json::to_string(&rejection).expect("JSON");
        assert_eq!(text.matches("\"number\"").count(), 1, "{text}");
        serde_json::from_str(&text).expect("JSON")
    };
    let refused = json(&recorded.headers()[4].encode());
    assert_eq!((&refused["refused"], &refused["number"]), (&"UnknownParent".into(), &4.into()));
    let refused = json(&recorded.export[..recorded.export.len() - 1]);
    assert_eq!((&refused["refused"], &refused["index"]), (&"Malformed".into(), &15.into()));
    assert_eq!(refused["number"], 16);
    let refused = json(&[0xfb, 0xff, 0, 0, 0]);
    assert_eq!((&refused["refused"], &refused["index"]), (&"TooLarge".into(), &0.into()));
}

#[test]
fn file_cut_off_anywhere_is_refused_or_shorter() {
    let recorded = Recorded::read("one-signer");
    let (genesis, export) = (recorded.genesis(), &recorded.export);
    let first = 1 + usize::from(export[0] - 0xf7);
    for length in (0..export.len()).step_by(41).chain([1, first]) {
        match verify_reader(&genesis, &export[..length], NOW) {
            Ok(summary) => assert!(summary.headers < 17, "{length}"),
            Err(VerifyError::Rejected(rejection)) => assert_eq!(rejection.name(), "Malformed"),
            Err(fault) => panic!("{fault}"),
        }
    }
}

/// Any change of a header changes what was sealed: its seal then names a stranger.
#[test]
fn changed_field_is_refused_by_its_own_rule_or_by_the_seal() {
    let recorded = Recorded::read("three-signers");
    let headers = recorded.headers();
    let name_of = |at: usize, change: fn(&mut alloy_consensus::Header)| {
        let mut chain = recorded.genesis().chain().expect("genesis");
        chain.import(&headers[1..at], NOW).expect("valid");
        let mut fields = headers[at].header().clone();
        change(&mut fields);
        let refused = chain.import(&[SideHeader::new(fields)], NOW).expect_err("changed");
        assert_eq!(chain.tip().number, EvmBlockNumber::new(u64::try_from(at).unwrap() - 1));
        refused.name()
    };
    assert_eq!(name_of(7, |h| h.state_root.0[0] ^= 1), "UnauthorizedSigner");
    assert_eq!(name_of(7, |h| h.difficulty = U256::from(3)), "BadDifficulty");
    assert_eq!(name_of(7, |h| h.difficulty = U256::ZERO), "BadDifficulty");
    assert_eq!(name_of(7, |h| h.number += 1), "BadNumber");
    assert_eq!(name_of(7, |h| h.timestamp -= 1), "BadTime");
    assert_eq!(name_of(7, |h| h.timestamp = 5_000_000_000), "TimeTooNew");
    assert_eq!(name_of(7, |h| h.nonce.0[3] = 1), "BadVote");
    assert_eq!(name_of(10, |h| h.nonce.0 = [0xff; 8]), "BadVote");
    assert_eq!(name_of(10, |h| h.beneficiary.0[0] = 1), "BadVote");
    assert_eq!(name_of(7, |h| h.extra_data = vec![0; 96].into()), "BadExtraData");
    assert_eq!(name_of(7, |h| h.extra_data = vec![0; 117].into()), "BadExtraData");
    assert_eq!(name_of(10, |h| h.extra_data = vec![0; 98].into()), "BadExtraData");
    assert_eq!(name_of(10, |h| h.extra_data = vec![0; 97].into()), "BadCheckpointSigners");
    assert_eq!(name_of(7, |h| h.gas_limit += 29_297), "BadGas");
    assert_eq!(name_of(7, |h| h.gas_used = h.gas_limit + 1), "BadGas");
    assert_eq!(name_of(7, |h| h.base_fee_per_gas = None), "BadBaseFee");
    assert_eq!(name_of(7, |h| h.base_fee_per_gas = Some(7)), "BadBaseFee");
    assert_eq!(name_of(7, |h| h.ommers_hash.0[0] ^= 1), "BadUncles");
    assert_eq!(name_of(7, |h| h.mix_hash.0[0] ^= 1), "BadMixDigest");
    assert_eq!(name_of(7, |h| h.withdrawals_root = Some(h.state_root)), "LaterFork");
    assert_eq!(name_of(7, |h| h.parent_hash.0[0] ^= 1), "UnknownParent");
    let seal = |h: &mut alloy_consensus::Header| {
        let mut extra = h.extra_data.to_vec();
        *extra.last_mut().unwrap() = 4;
        h.extra_data = extra.into();
    };
    assert_eq!(name_of(7, seal), "BadSeal");
}

#[test]
fn rejection_is_written_with_its_name_and_values() {
    let recorded = Recorded::read("one-signer");
    let headers = recorded.headers();
    let mut chain = recorded.genesis().chain().expect("genesis");
    let refused = chain.import(&headers[3..], NOW).expect_err("gap");
    assert!(matches!(refused, CliqueRejection::UnknownParent { .. }) && refused.is_transient());
    let json = serde_json::to_value(refused).expect("JSON");
    assert_eq!((&json["refused"], &json["number"]), (&"UnknownParent".into(), &3.into()));
    assert_eq!(json["parent"], headers[2].hash().to_string());
}
