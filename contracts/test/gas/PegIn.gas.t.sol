// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bitcoin} from "../utils/Bitcoin.sol";
import {BridgeFixture} from "../utils/BridgeFixture.sol";
import {Deposits, Descriptor} from "../utils/Deposits.sol";
import {BlockClaims} from "../../src/types/BridgeTypes.sol";

/// @notice Gas of claims as whole transactions: run with --isolate, which counts intrinsic gas and calldata.
/// @dev The fixture of each: block of 1,024 transactions (ten levels), one input and one output in the deposit's
/// transaction, the header in a segment of its own, another deposit minted from another block before, so that the
/// totals are not zero. The block's own record of minted sums is a fresh slot, its most expensive state.
contract PegInGas is BridgeFixture {
    uint256 private constant SIZE = 1024;

    function setUp() public override {
        super.setUp();
        Descriptor memory descriptor = _descriptor(0);
        descriptor.recipient = address(0x01d);
        (BlockClaims memory claims,) = _provenDeposit(_payment(descriptor, AMOUNT), 8);
        bridge.claim(_single(claims));
        _extend(249);
    }

    /// @dev The block after takes the next slot of the record, which is new.
    function test_ClaimNewHolderFirstRecord() external {
        _extend(3);
        _claimOne("claim_new_holder_first_record", _descriptor(1));
    }

    function test_ClaimNewHolder() external {
        uint256 gas = _claimOne("claim_new_holder", _descriptor(1));
        vm.assertLe(gas, 160_000, "new holder");
    }

    function test_ClaimExistingHolder() external {
        Descriptor memory descriptor = _descriptor(1);
        descriptor.recipient = address(0x01d);
        _claimOne("claim_existing_holder", descriptor);
    }

    /// @dev The sender holds fBTC already and takes a carrier fee: one mint more.
    function test_ClaimNewHolderWithCarrierFee() external {
        Descriptor memory descriptor = _descriptor(2);
        descriptor.recipient = address(this);
        descriptor.carrierFee = 100;
        (BlockClaims memory first,) = _provenDepositIn(_payment(descriptor, AMOUNT), 4, 257);
        bridge.claim(_single(first));

        descriptor = _descriptor(1);
        descriptor.carrierFee = 100;
        _claimOne("claim_new_holder_carrier_fee", descriptor);
    }

    function test_Batch20NewEach() external {
        _claimBatch("batch_20_new_each", true);
    }

    function test_Batch20ExistingEach() external {
        _claimBatch("batch_20_existing_each", false);
    }

    function _claimOne(string memory name, Descriptor memory descriptor) private returns (uint256) {
        (BlockClaims memory claims,) = _provenDepositIn(_payment(descriptor, AMOUNT), SIZE, 8);
        bridge.claim(_single(claims));
        return vm.snapshotGasLastCall("peg_in", name);
    }

    /// @dev Twenty deposits of one block in one call, cap at level 5: 32 nodes.
    function _claimBatch(string memory name, bool newHolders) private {
        TestClaim[] memory all = new TestClaim[](20);
        bytes[] memory transactions = new bytes[](20);
        for (uint256 i = 0; i < 20; ++i) {
            Descriptor memory descriptor = _descriptor(10 + i);
            descriptor.recipient = newHolders ? address(uint160(uint256(keccak256(abi.encode(i))))) : address(0x01d);
            all[i] = _payment(descriptor, AMOUNT);
            all[i].index = uint32(i + 1);
            transactions[i] = all[i].transaction;
        }
        TestBlock memory block_ = _block(transactions, SIZE);
        bytes memory coinbase = _coinbase();
        uint32 height = _confirm(block_, 8);
        bytes memory packed;
        for (uint256 i = 0; i < 20; ++i) {
            all[i].branch = Bitcoin.branch(block_.txids, all[i].index, 5);
            packed = bytes.concat(packed, _pack(all[i]));
        }
        BlockClaims memory claims = _proof(height, block_, 5, coinbase, packed);
        bridge.claim(_single(claims));
        uint256 gas = vm.snapshotGasLastCall("peg_in", string.concat(name, "_total"));
        vm.snapshotValue("peg_in", name, gas / 20);
    }
}
