// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {CustodyFixture} from "../utils/CustodyFixture.sol";
import {CustodyProof, CustodyRecord} from "../../src/types/CustodyTypes.sol";
import {Redemption} from "../../src/types/PegOutTypes.sol";

/// @notice Gas of peg-outs as whole transactions: run with --isolate, which counts intrinsic gas and calldata.
/// @dev The fixture of each: block of 1,024 transactions (ten levels), the header in a segment of its own, payouts to
/// P2WPKH, no deposit swept unless the name says so, redemptions left unpaid, one record in the lineage before.
contract PegOutGas is CustodyFixture {
    uint256 private constant SIZE = 1024;

    function setUp() public override {
        super.setUp();
        bytes memory deposit = _fund();
        _prove(_plan(_requests(1), _single(deposit)));
        _request(REDEEMED);
    }

    function test_Request() external {
        _request(REDEEMED);
        uint256 gas = vm.snapshotGasLastCall("peg_out", "request");
        vm.assertLe(gas, 78_000, "request");
    }

    function test_RequestToTaproot() external {
        _requestTo(REDEEMED, MAX_FEE, abi.encodePacked(hex"5120", keccak256("a key")));
        vm.snapshotGasLastCall("peg_out", "request_taproot");
    }

    function test_ProveOne() external {
        vm.assertLe(_proveOf("prove_1", 1, 0), 95_000, "one payout");
    }

    function test_ProveFive() external {
        vm.assertLe(_proveOf("prove_5", 5, 0), 130_000, "five payouts");
    }

    function test_ProveTwentyFive() external {
        _proveOf("prove_25", 25, 0);
    }

    function test_ProveOneThatSweepsOne() external {
        _proveOf("prove_1_sweep_1", 1, 1);
    }

    function test_ProveFiveThatSweepTwenty() external {
        _proveOf("prove_5_sweep_20", 5, 20);
    }

    function test_UndoOne() external {
        CustodyProof memory proof = _mined(_plan(_requests(1), _none()), SIZE, CUSTODY_ABOVE);
        CustodyRecord memory record = _proveMined(proof);
        _reorganise(proof.block_.segmentIndex - 1);
        bridge.undoCustody(record, _blockProof(record.height));
        vm.snapshotGasLastCall("peg_out", "undo_1");
    }

    function _proveOf(string memory name, uint256 payouts, uint256 deposits) private returns (uint256) {
        bytes[] memory swept = new bytes[](deposits);
        for (uint256 i = 0; i < deposits; ++i) {
            swept[i] = _deposit(100 + i, AMOUNT);
        }
        Redemption[] memory redemptions = _requests(payouts);
        CustodyProof memory proof = _mined(_plan(redemptions, swept), SIZE, CUSTODY_ABOVE);
        bridge.proveCustody(proof);
        return vm.snapshotGasLastCall("peg_out", name);
    }
}
