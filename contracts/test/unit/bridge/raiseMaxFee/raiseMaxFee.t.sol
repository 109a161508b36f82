// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IPegOut} from "../../../../src/interfaces/IPegOut.sol";
import {IPegOutErrors} from "../../../../src/interfaces/IPegOutErrors.sol";
import {Redemption} from "../../../../src/types/PegOutTypes.sol";
import {CustodyFixture} from "../../../utils/CustodyFixture.sol";

contract RaiseMaxFeeTest is CustodyFixture {
    Redemption private _made;

    function setUp() public override {
        super.setUp();
        _fund();
        _made = _request(REDEEMED);
    }

    function test_RevertWhen_TheCallerIsNotTheRequester() external {
        vm.expectRevert(abi.encodeWithSelector(IPegOutErrors.NotRequester.selector, address(this)));
        bridge.raiseMaxFee(_made, MAX_FEE + 1);
    }

    function test_RevertWhen_ThePreimageIsAnother() external {
        Redemption memory made = _made;
        made.maxFee += 1;
        _refused(made, MAX_FEE + 2, abi.encodeWithSelector(IPegOutErrors.UnknownRedemption.selector, 1));
        made = _made;
        made.id = 2;
        _refused(made, MAX_FEE + 2, abi.encodeWithSelector(IPegOutErrors.UnknownRedemption.selector, 2));
        made = _made;
        made.script = _script(9);
        _refused(made, MAX_FEE + 2, abi.encodeWithSelector(IPegOutErrors.UnknownRedemption.selector, 1));
    }

    function test_RevertGiven_TheRedemptionIsPaid() external {
        Redemption[] memory paid = new Redemption[](1);
        paid[0] = _made;
        _prove(_plan(paid, _none()));
        _refused(_made, MAX_FEE + 1, abi.encodeWithSelector(IPegOutErrors.UnknownRedemption.selector, 1));
    }

    function test_RevertWhen_TheFeeIsNotGreater() external {
        bytes4 name = IPegOutErrors.MaxFeeTooLow.selector;
        _refused(_made, MAX_FEE, abi.encodeWithSelector(name, MAX_FEE, MAX_FEE + 1));
        _refused(_made, 0, abi.encodeWithSelector(name, 0, MAX_FEE + 1));
    }

    function test_RevertWhen_ThePayoutCouldBeDust() external {
        uint64 most = _made.amount - 294;
        _refused(_made, most + 1, abi.encodeWithSelector(IPegOutErrors.DustPayout.selector, 293, 294));
        vm.prank(REQUESTER);
        bridge.raiseMaxFee(_made, most);
    }

    function test_WhenTheFeeIsGreater() external {
        vm.prank(GUARDIAN);
        bridge.pause();
        // it should emit the fee
        vm.expectEmit(true, false, false, true, address(bridge));
        emit IPegOut.MaxFeeRaised(1, MAX_FEE + 5);
        vm.prank(REQUESTER);
        bridge.raiseMaxFee(_made, MAX_FEE + 5);
        // it should replace the commitment
        _made.maxFee = MAX_FEE + 5;
        vm.assertEq(bridge.redemption(1), _commitmentOf(_made), "commitment");
        // it should stand while the bridge is paused
        vm.prank(REQUESTER);
        bridge.raiseMaxFee(_made, MAX_FEE + 6);
    }

    function _refused(Redemption memory made, uint64 maxFee, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(REQUESTER);
        bridge.raiseMaxFee(made, maxFee);
    }
}
