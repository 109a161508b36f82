//! Nodes that stop between two steps, and links that break: nothing is lost, nothing is paid twice.

use farbank_channels::payload::QuoteId;
use farbank_channels::quote::Quote;
use farbank_channels::switch::{Charge, PayCommand, PaymentEnd, SwitchInput, Via};
use farbank_types::B256;
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, prop_oneof, proptest, ProptestConfig, Strategy};
use proptest::sample::Index;

use super::world::{
    amount, euro, fee, hash, id, preimage, rupee, World, ALPHA, BETA, DELTA, FUNDED, HUB,
};

#[test]
fn the_hub_stops_between_the_forwarded_lock_and_the_preimage() {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 10_000);
    world.pay(ALPHA, world.routed(1, 10_000)).unwrap();
    world.until_sent(HUB, BETA);
    world.deliver(HUB, BETA);
    world.kill(HUB);
    world.wait(5);
    assert_eq!(world.end(ALPHA, 1), None);
    world.restart(HUB);
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED - 10_011);
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED + 10_000);
}

/// What may happen next.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// Somebody pays: alpha to beta, to the hub, or in rupees; or beta pays alpha.
    Pay(u8),
    /// A message arrives.
    Deliver(Index),
    /// A node signs.
    Sign(usize),
    /// A node is killed and started again.
    Restart(usize),
    /// A link breaks, and what is on it is lost.
    Cut(usize),
    /// It is there again.
    Join(usize),
    /// Time passes.
    Wait(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => (0..4_u8).prop_map(Happening::Pay),
        60 => any::<Index>().prop_map(Happening::Deliver),
        30 => (0..3_usize).prop_map(Happening::Sign),
        2 => (0..3_usize).prop_map(Happening::Restart),
        1 => (0..2_usize).prop_map(Happening::Cut),
        3 => (0..2_usize).prop_map(Happening::Join),
        1 => (1..10_u64).prop_map(Happening::Wait),
    ]
}

/// A payment that was tried.
#[derive(Clone, Copy)]
struct Tried {
    payer: usize,
    seed: u8,
    kind: u8,
}

/// Longest time of a story before its links are healed: no lock may run out unpaid by then.
const LONGEST: u64 = 35;

fn pay(world: &mut World, kind: u8, seed: u8) -> usize {
    let (payer, command) = match kind {
        0 => {
            world.expect(BETA, seed, euro(), 1_000);
            (ALPHA, world.routed(seed, 1_000))
        }
        1 => {
            world.expect(HUB, seed, euro(), 100);
            (ALPHA, world.direct(seed, HUB, 100))
        }
        2 => {
            world.expect(BETA, seed, rupee(), 9_000);
            (ALPHA, exchanged(world, seed))
        }
        _ => {
            world.expect(ALPHA, seed, euro(), 1_000);
            let via = Via { node: id(HUB), charge: fee(), delta_secs: DELTA };
            (BETA, world.command(seed, ALPHA, euro(), 1_000, &[via]))
        }
    };
    world.pay(payer, command).unwrap();
    payer
}

/// 9,000 rupees for 100 euros, at a quote of the hub's.
fn exchanged(world: &mut World, seed: u8) -> PayCommand {
    let quote = Quote {
        id: QuoteId::new(B256::repeat_byte(seed)),
        payment_hash: hash(seed),
        source: euro(),
        target: rupee(),
        amount_in: amount(100),
        amount_out: amount(9_000),
        premium: amount(1),
        expires_at: world.now.saturating_add_secs(20),
        max_expiry_out: world.now.saturating_add_secs(60),
    };
    world.apply(HUB, SwitchInput::Offer(quote)).unwrap();
    let signed = quote.sign(&world.nodes[HUB].key);
    let via = Via { node: id(HUB), charge: Charge::Quote(Box::new(signed)), delta_secs: DELTA };
    world.command(seed, BETA, rupee(), 9_000, &[via])
}

/// Lets a story happen; returns what was tried.
fn happen(world: &mut World, story: &[Happening]) -> Vec<Tried> {
    let (mut tried, mut seed, mut waited) = (Vec::new(), 0_u8, 0);
    for happening in story {
        match *happening {
            Happening::Pay(kind) => {
                seed += 1;
                let payer = pay(world, kind, seed);
                tried.push(Tried { payer, seed, kind });
            }
            Happening::Deliver(index) => {
                let busy: Vec<_> = world.wires.keys().copied().collect();
                if !busy.is_empty() {
                    let (from, to) = *index.get(&busy);
                    world.deliver(from, to);
                }
            }
            Happening::Sign(node) => drop(world.apply(node, SwitchInput::Tick).unwrap()),
            Happening::Restart(node) => world.restart(node),
            Happening::Cut(link) => world.link_down(link, link + 1),
            Happening::Join(link) => world.link_up(link, link + 1),
            Happening::Wait(seconds) if waited + seconds <= LONGEST => {
                waited += seconds;
                world.live(seconds);
            }
            Happening::Wait(_) => {}
        }
    }
    tried
}

/// Heals both links, and lets time pass until the last lock could have expired.
fn come_to_rest(world: &mut World) {
    for (one, two) in [(ALPHA, HUB), (HUB, BETA)] {
        world.link_up(one, two);
    }
    for _ in 0..12 {
        world.run();
        world.live(10);
    }
    world.run();
}

/// What the balances must be: of alpha in euros, of beta in euros and in rupees.
fn balances(world: &World, tried: &[Tried]) -> [u128; 3] {
    let mut balances = [FUNDED; 3];
    for Tried { payer, seed, kind } in tried {
        let moved = match world.end(*payer, *seed) {
            Some(PaymentEnd::Paid(shown)) => {
                assert_eq!(shown, preimage(*seed));
                [[-1_002, 1_000, 0], [-100, 0, 0], [-100, 0, 9_000], [1_000, -1_002, 0]]
                    [usize::from(*kind)]
            }
            Some(PaymentEnd::Failed(_)) => [0; 3],
            other => panic!("payment {seed} ended as {other:?}"),
        };
        for (balance, moved) in balances.iter_mut().zip(moved) {
            *balance = balance.checked_add_signed(moved).unwrap();
        }
    }
    balances
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_payment_is_paid_once_or_not_at_all_whoever_stops_when(
        story in vec(happening(), 20..200),
    ) {
        let mut world = World::new();
        let tried = happen(&mut world, &story);
        come_to_rest(&mut world);
        let seen = [
            world.balance(ALPHA, HUB, euro()),
            world.balance(BETA, HUB, euro()),
            world.balance(BETA, HUB, rupee()),
        ];
        prop_assert_eq!(seen, balances(&world, &tried));
        prop_assert_eq!(world.locks(), [(0, 0); 3]);
    }
}
