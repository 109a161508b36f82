//! Every custom error of the ABI is a named refusal with its values.

use ethers::abi::{Abi, Token};
use ethers::types::{H160, U256 as AbiNumber};
use farbank_contracts::{BridgeRefusal, RefusalValue};
use farbank_types::bitcoin::Amount;
use farbank_types::{BlockCount, Bytes};

fn abi() -> Abi {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../../../abi/Bridge.json")).unwrap();
    serde_json::from_value(file["abi"].clone()).unwrap()
}

fn encode(name: &str, values: &[Token]) -> Bytes {
    let abi = abi();
    let error = abi.errors().find(|error| error.name == name).unwrap();
    let signature = format!(
        "{name}({})",
        error.inputs.iter().map(|input| input.kind.to_string()).collect::<Vec<_>>().join(",")
    );
    let mut data = farbank_types::keccak256(signature)[..4].to_vec();
    data.extend(ethers::abi::encode(values));
    Bytes::from(data)
}

fn number(value: u64) -> Token {
    Token::Uint(value.into())
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[test]
fn every_error_of_the_abi_is_a_named_refusal() {
    let abi = abi();
    assert!(abi.errors().count() >= 60);
    for error in abi.errors() {
        let values: Vec<Token> = (1..)
            .zip(&error.inputs)
            .map(|(position, input)| match input.kind.to_string().as_str() {
                "uint256" | "uint32" | "uint8" => number(position),
                "bytes" => Token::Bytes(vec![0x51, 0x20]),
                "bytes32" => Token::FixedBytes(vec![0x41; 32]),
                "address" => Token::Address(H160::repeat_byte(0x42)),
                other => panic!("{other}"),
            })
            .collect();
        let refusal = BridgeRefusal::decode(&encode(&error.name, &values));
        assert_eq!(refusal.name(), error.name);
        let names: Vec<_> = refusal.values().into_iter().map(|(name, _)| name).collect();
        let expected: Vec<_> = error.inputs.iter().map(|input| snake_case(&input.name)).collect();
        assert_eq!(names, expected, "{}", error.name);
        assert!(refusal.to_string().contains(&*error.name), "{refusal}");
    }
}

#[test]
fn values_of_a_refusal_keep_their_places() {
    let shallow = BridgeRefusal::decode(&encode("TooShallow", &[number(1), number(2)]));
    assert_eq!(
        shallow,
        BridgeRefusal::TooShallow { confirmations: BlockCount::new(1), needed: BlockCount::new(2) }
    );
    assert_eq!(
        shallow.to_string(),
        "bridge refuses: TooShallow (confirmations 1, needed 2): the block lies not deep enough for \
         the sum minted from it."
    );
    let small = BridgeRefusal::decode(&encode("AmountTooSmall", &[number(546), number(30_000)]));
    assert_eq!(
        small,
        BridgeRefusal::AmountTooSmall {
            amount: Amount::from_sat(546),
            floor: Amount::from_sat(30_000),
        }
    );
    assert_eq!(small.values()[1], ("floor", RefusalValue::Number(30_000)));
}

#[test]
fn name_of_a_parameter_is_read_without_its_padding() {
    let mut name = b"reclaimBlocks".to_vec();
    name.resize(32, 0);
    let refusal =
        BridgeRefusal::decode(&encode("ParameterOutOfBounds", &[Token::FixedBytes(name)]));
    let expected = RefusalValue::Text("reclaimBlocks".to_owned());
    assert_eq!(refusal.values(), [("name", expected)]);
}

#[test]
fn unknown_or_damaged_revert_data_is_kept() {
    let mut trailing = encode("BadCheckpoint", &[]).to_vec();
    trailing.push(0);
    let out_of_range = encode("TooShallow", &[Token::Uint(AbiNumber::MAX), number(2)]);
    let cut_off = encode("TooShallow", &[number(1), number(2)]).slice(..40);
    let reverted_with_text = Bytes::from(
        [&[0x08, 0xc3, 0x79, 0xa0][..], &ethers::abi::encode(&[Token::String("no".to_owned())])]
            .concat(),
    );
    for data in [
        Bytes::new(),
        Bytes::from_static(&[1, 2, 3]),
        Bytes::from_static(&[0xde, 0xad, 0xbe, 0xef]),
        Bytes::from(trailing),
        out_of_range,
        cut_off,
        reverted_with_text,
    ] {
        let refusal = BridgeRefusal::decode(&data);
        assert_eq!(refusal, BridgeRefusal::Unknown { data });
    }
}
