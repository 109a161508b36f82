// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {IPegOut} from "../../../../src/interfaces/IPegOut.sol";
import {IPegOutErrors} from "../../../../src/interfaces/IPegOutErrors.sol";
import {Redemption} from "../../../../src/types/PegOutTypes.sol";
import {Bitcoin} from "../../../utils/Bitcoin.sol";
import {CustodyFixture} from "../../../utils/CustodyFixture.sol";
import {Deposits} from "../../../utils/Deposits.sol";

contract RequestRedemptionTest is CustodyFixture {
    bytes private _p2pkh = abi.encodePacked(hex"76a914", bytes20(uint160(1)), hex"88ac");
    bytes private _p2sh = abi.encodePacked(hex"a914", bytes20(uint160(2)), hex"87");
    bytes private _p2wpkh = abi.encodePacked(hex"0014", bytes20(uint160(3)));
    bytes private _p2wsh = abi.encodePacked(hex"0020", keccak256("script"));
    bytes private _p2tr = abi.encodePacked(hex"5120", keccak256("key"));

    function setUp() public override {
        super.setUp();
        _fund();
    }

    function test_RevertGiven_TheBridgeIsPaused() external {
        vm.prank(GUARDIAN);
        bridge.pause();
        _refused(
            REDEEMED, MAX_FEE, _p2wpkh, abi.encodeWithSelector(IBridgeErrors.Paused.selector, uint256(clock) + 7 days)
        );
    }

    function test_RevertWhen_TheAmountIsBelowTheFloor() external {
        bytes4 name = IPegOutErrors.RedemptionTooSmall.selector;
        _refused(19_999, MAX_FEE, _p2wpkh, abi.encodeWithSelector(name, 19_999, 20_000));
        _requestTo(20_000, MAX_FEE, _p2wpkh);
    }

    function test_RevertWhen_TheAmountIsAboveTheCap() external {
        bytes4 name = IPegOutErrors.RedemptionTooLarge.selector;
        _refused(10_000_000_001, MAX_FEE, _p2wpkh, abi.encodeWithSelector(name, 10_000_000_001, 10_000_000_000));
    }

    function test_RevertWhen_TheGreatestFeeIsBelowTheFloor() external {
        _refused(REDEEMED, 499, _p2wpkh, abi.encodeWithSelector(IPegOutErrors.MaxFeeTooLow.selector, 499, 500));
        _requestTo(REDEEMED, 500, _p2wpkh);
    }

    function test_RevertWhen_TheScriptIsOfNoStandardType() external {
        _unsupported("");
        _unsupported(hex"6a");
        // Pay to anchor, a later witness version, lengths beside the standard ones.
        _unsupported(hex"51024e73");
        _unsupported(abi.encodePacked(hex"5220", keccak256("key")));
        _unsupported(abi.encodePacked(hex"0021", keccak256("key"), hex"00"));
        bytes[5] memory standard = [_p2pkh, _p2sh, _p2wpkh, _p2wsh, _p2tr];
        for (uint256 i = 0; i < 5; ++i) {
            _unsupported(bytes.concat(standard[i], hex"00"));
            bytes memory changed = bytes.concat(standard[i]);
            changed[1] ^= 0x01;
            _unsupported(changed);
        }
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory changed = bytes.concat(standard[i]);
            changed[changed.length - 1] ^= 0x01;
            _unsupported(changed);
        }
    }

    function test_RevertWhen_TheScriptPaysAKeyOfTheFederation() external {
        _federationScript(federationKey);
        (, bytes32 next) = Deposits.evenKey(2);
        vm.prank(GOVERNANCE);
        bridge.registerKey(next);
        _federationScript(next);
        (, bytes32 other) = Deposits.evenKey(3);
        _rotateTo(other);
        _federationScript(other);
        _federationScript(federationKey);
    }

    function test_RevertWhen_ThePayoutCouldBeDust() external {
        // Owed 99,000.
        _dust(_p2pkh, 546);
        _dust(_p2sh, 540);
        _dust(_p2wpkh, 294);
        _dust(_p2wsh, 330);
        _dust(_p2tr, 330);
        bytes4 name = IPegOutErrors.DustPayout.selector;
        _refused(REDEEMED, 99_001, _p2tr, abi.encodeWithSelector(name, 0, 330));
    }

    function test_RevertGiven_TheBridgeIsInsolvent() external {
        // The deposit is gone: 40,000,000 owed, 5,000,000 in custody.
        TestClaim memory one = _requesterPayment(0, FUNDS);
        _reorganise(0);
        uint32 height = CHECKPOINT_HEIGHT + 1;
        bridge.disown(_depositId(one.transaction, 0), _blockProof(height));
        bytes memory reason = abi.encodeWithSelector(IBridgeErrors.Insolvent.selector, FUNDS, CUSTODY_VALUE);
        _refused(REDEEMED, MAX_FEE, _p2wpkh, reason);
    }

    function test_RevertWhen_TheCallerHoldsLess() external {
        bytes memory reason = abi.encodeWithSelector(
            IERC20Errors.ERC20InsufficientBalance.selector, REQUESTER, uint256(FUNDS), uint256(FUNDS) + 1
        );
        _refused(FUNDS + 1, MAX_FEE, _p2wpkh, reason);
    }

    function test_WhenTheScriptIsOfAnyStandardType() external {
        bytes[5] memory standard = [_p2pkh, _p2sh, _p2wpkh, _p2wsh, _p2tr];
        for (uint256 i = 0; i < 5; ++i) {
            Redemption memory made = _requestTo(REDEEMED, MAX_FEE, standard[i]);
            // it should owe the amount less the fee
            vm.assertEq(bridge.redemption(made.id), _commitmentOf(made), "commitment");
            vm.assertEq(bridge.reserves().unpaid, (i + 1) * (REDEEMED - REDEMPTION_FEE), "unpaid");
        }
    }

    function test_WhenTheRedemptionIsAccepted() external {
        // it should emit the redemption
        vm.expectEmit(true, true, false, true, address(bridge));
        emit IPegOut.RedemptionRequested(1, REQUESTER, REDEEMED - REDEMPTION_FEE, MAX_FEE, clock, _p2wpkh);
        Redemption memory made = _requestTo(REDEEMED, MAX_FEE, _p2wpkh);
        // it should burn the amount
        vm.assertEq(token.balanceOf(REQUESTER), FUNDS - REDEEMED, "balance");
        vm.assertEq(bridge.reserves().supply, FUNDS - REDEEMED, "supply");
        // it should owe the amount less the fee
        vm.assertEq(bridge.reserves().unpaid, REDEEMED - REDEMPTION_FEE, "unpaid");
        // it should store the commitment
        vm.assertEq(bridge.redemption(1), _commitmentOf(made), "commitment");
        // it should count ids from one
        vm.assertEq(made.id, 1, "first");
        vm.assertEq(_request(REDEEMED).id, 2, "second");
        vm.assertEq(bridge.redemptionCount(), 2, "count");
        vm.assertEq(bridge.redemption(0), 0, "none");
        vm.assertEq(bridge.redemption(3), 0, "not yet");
    }

    function _refused(uint64 amount, uint64 maxFee, bytes memory script, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(REQUESTER);
        bridge.requestRedemption(amount, maxFee, script);
    }

    function _unsupported(bytes memory script) private {
        _refused(REDEEMED, MAX_FEE, script, abi.encodeWithSelector(IPegOutErrors.UnsupportedScript.selector, script));
    }

    function _federationScript(bytes32 key) private {
        bytes memory reason = abi.encodeWithSelector(IPegOutErrors.FederationScript.selector, key);
        _refused(REDEEMED, MAX_FEE, Bitcoin.taprootScript(key), reason);
    }

    /// @dev One satoshi below the least payout is refused, the least is not.
    function _dust(bytes memory script, uint64 dust) private {
        uint64 maxFee = REDEEMED - REDEMPTION_FEE - dust;
        bytes memory reason = abi.encodeWithSelector(IPegOutErrors.DustPayout.selector, dust - 1, dust);
        _refused(REDEEMED, maxFee + 1, script, reason);
        _requestTo(REDEEMED, maxFee, script);
    }
}
