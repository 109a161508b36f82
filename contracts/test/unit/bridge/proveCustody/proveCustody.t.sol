// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {ICustody} from "../../../../src/interfaces/ICustody.sol";
import {IHeaderErrors} from "../../../../src/interfaces/IHeaderErrors.sol";
import {IInclusionErrors} from "../../../../src/interfaces/IInclusionErrors.sol";
import {IPegOutErrors} from "../../../../src/interfaces/IPegOutErrors.sol";
import {Deposit, DepositState, Reserves} from "../../../../src/types/BridgeTypes.sol";
import {Custody, CustodyProof, CustodyRecord} from "../../../../src/types/CustodyTypes.sol";
import {Redemption} from "../../../../src/types/PegOutTypes.sol";
import {Bitcoin} from "../../../utils/Bitcoin.sol";
import {CustodyFixture} from "../../../utils/CustodyFixture.sol";

/// @dev What is refused in a transaction's shape is in custodyShape.t.sol, rotations are in rotation.t.sol.
contract ProveCustodyTest is CustodyFixture {
    bytes private _funding;

    function setUp() public override {
        super.setUp();
        _funding = _fund();
    }

    function test_RevertWhen_TheBlockIsNotOfTheBestChain() external {
        CustodyProof memory proof = _proof();
        _reorganise(proof.block_.segmentIndex - 1);
        uint256 index = proof.block_.segmentIndex;
        _refused(proof, abi.encodeWithSelector(IHeaderErrors.UnknownSegment.selector, index));
    }

    function test_RevertGiven_TheBlockIsTooShallow() external {
        CustodyProof memory proof = _mined(_plan(_requests(1), _none()), 4, CUSTODY_ABOVE - 1);
        _refused(proof, abi.encodeWithSelector(IBridgeErrors.TooShallow.selector, 5, 6));
        _extend(1);
        bridge.proveCustody(proof);
    }

    function test_RevertWhen_TheTransactionHas64Bytes() external {
        CustodyProof memory proof = _minedRaw(new bytes(64), 4, CUSTODY_ABOVE);
        _refused(proof, abi.encodeWithSelector(IInclusionErrors.TransactionSize64.selector));
    }

    function test_RevertWhen_TheBranchesDifferInLength() external {
        CustodyProof memory proof = _proof();
        proof.branch = new bytes32[](3);
        _refused(proof, abi.encodeWithSelector(IInclusionErrors.BranchLengthMismatch.selector, 3, 2));
    }

    function test_RevertWhen_TheCoinbaseIsNotIncluded() external {
        CustodyProof memory proof = _proof();
        proof.coinbaseDigest = ~proof.coinbaseDigest;
        _refused(proof, abi.encodeWithSelector(IInclusionErrors.CoinbaseNotIncluded.selector));
        proof = _proofAfter(proof);
        proof.coinbaseBranch = new bytes32[](33);
        proof.branch = new bytes32[](33);
        _refused(proof, abi.encodeWithSelector(IInclusionErrors.CoinbaseNotIncluded.selector));
    }

    function test_RevertWhen_TheTransactionIsTheCoinbase() external {
        CustodyProof memory proof = _proof();
        proof.index = 0;
        _refused(proof, abi.encodeWithSelector(IInclusionErrors.CoinbaseIndex.selector));
    }

    function test_RevertWhen_TheIndexIsOutOfRange() external {
        CustodyProof memory proof = _proof();
        proof.index = 5;
        _refused(proof, abi.encodeWithSelector(IInclusionErrors.IndexOutOfRange.selector, 5, 2));
    }

    function test_RevertWhen_TheTransactionIsNotIncluded() external {
        CustodyProof memory proof = _proof();
        proof.index = 2;
        _refused(proof, abi.encodeWithSelector(IInclusionErrors.TransactionNotIncluded.selector));
        proof.index = 1;
        proof.transaction[50] ^= 0x01;
        _refused(proof, abi.encodeWithSelector(IInclusionErrors.TransactionNotIncluded.selector));
    }

    function test_RevertWhen_TheTransactionSpendsAnotherOutpoint() external {
        Plan memory plan = _plan(_requests(1), _none());
        plan.inputs[0] = _outpoint(keccak256("seed"), 0);
        _refusedPlan(plan, abi.encodeWithSelector(IPegOutErrors.CustodyInputMismatch.selector));
        plan.inputs[0] = _outpoint(keccak256("another"), 1);
        _refusedPlan(plan, abi.encodeWithSelector(IPegOutErrors.CustodyInputMismatch.selector));
    }

    function test_RevertWhen_TheRecordIsProvenTwice() external {
        CustodyProof memory proof = _proof();
        bridge.proveCustody(proof);
        _refused(proof, abi.encodeWithSelector(IPegOutErrors.CustodyInputMismatch.selector));
    }

    function test_RevertWhen_ARedemptionIsUnknown() external {
        Redemption[] memory made = _requests(1);
        made[0].id = 2;
        _refusedPlan(_plan(made, _none()), abi.encodeWithSelector(IPegOutErrors.UnknownRedemption.selector, 2));
        made[0].id = 1;
        made[0].amount += 1;
        _refusedPlan(_plan(made, _none()), abi.encodeWithSelector(IPegOutErrors.UnknownRedemption.selector, 1));
    }

    function test_RevertWhen_ARedemptionIsPaidTwice() external {
        Redemption[] memory made = _requests(1);
        _prove(_plan(made, _none()));
        _refusedPlan(_plan(made, _none()), abi.encodeWithSelector(IPegOutErrors.UnknownRedemption.selector, 1));
    }

    function test_RevertWhen_TheScriptIsAnother() external {
        Redemption[] memory made = _requests(1);
        made[0].script = _script(7);
        _refusedPlan(_plan(made, _none()), abi.encodeWithSelector(IPegOutErrors.UnknownRedemption.selector, 1));
    }

    function test_RevertWhen_ThePayoutIsTooLarge() external {
        Plan memory plan = _plan(_requests(1), _none());
        plan.payouts[0] = plan.redemptions[0].amount + 1;
        _refusedPlan(plan, abi.encodeWithSelector(IPegOutErrors.PayoutMismatch.selector, 1));
        plan.payouts[0] = plan.redemptions[0].amount;
        _prove(plan);
    }

    function test_RevertWhen_ThePayoutIsTooSmall() external {
        Plan memory plan = _plan(_requests(1), _none());
        plan.payouts[0] = plan.redemptions[0].amount - MAX_FEE - 1;
        _refusedPlan(plan, abi.encodeWithSelector(IPegOutErrors.PayoutMismatch.selector, 1));
        plan.payouts[0] += 1;
        _prove(plan);
    }

    function test_RevertWhen_TheIdsDoNotAscend() external {
        Redemption[] memory made = _requests(2);
        (made[0], made[1]) = (made[1], made[0]);
        _refusedPlan(_plan(made, _none()), abi.encodeWithSelector(IPegOutErrors.IdsMismatch.selector));
        made[0] = made[1];
        _refusedPlan(_plan(made, _none()), abi.encodeWithSelector(IPegOutErrors.IdsMismatch.selector));
    }

    function test_RevertWhen_TheTransactionCommitsToOtherIds() external {
        Redemption[] memory made = _requests(2);
        Redemption[] memory first = new Redemption[](1);
        first[0] = made[0];
        Plan memory plan = _plan(first, _none());
        plan.anchor = _plan(made, _none()).anchor;
        _refusedPlan(plan, abi.encodeWithSelector(IPegOutErrors.IdsMismatch.selector));
    }

    function test_WhenItPaysRedemptions() external {
        Redemption[] memory made = _requests(3);
        Redemption[] memory paid = new Redemption[](2);
        (paid[0], paid[1]) = (made[0], made[2]);
        Plan memory plan = _plan(paid, _none());
        CustodyProof memory proof = _mined(plan, 4, CUSTODY_ABOVE);
        CustodyRecord memory expected = _expected(plan, proof);
        bytes32 commitment = keccak256(abi.encode(expected));
        // it should emit the record
        vm.expectEmit(true, true, false, true, address(bridge));
        emit ICustody.CustodyProven(expected.txid, commitment, expected);
        bridge.proveCustody(proof);
        // it should take them off the books
        vm.assertEq(bridge.redemption(1), 0, "first");
        vm.assertEq(bridge.redemption(2), _commitmentOf(made[1]), "second");
        vm.assertEq(bridge.redemption(3), 0, "third");
        vm.assertEq(bridge.reserves().unpaid, REDEEMED - REDEMPTION_FEE, "unpaid");
        // it should move custody
        Custody memory custody = bridge.custody();
        vm.assertEq(custody.txid, expected.txid, "txid");
        vm.assertEq(custody.vout, 2, "vout");
        vm.assertEq(custody.value, CUSTODY_VALUE - 2 * (REDEEMED - REDEMPTION_FEE), "value");
        // it should push the record
        vm.assertEq(bridge.lineage(), commitment, "lineage");
        CustodyRecord memory second = _prove(_plan(new Redemption[](0), _none()));
        vm.assertEq(second.parent, commitment, "parent");
        vm.assertEq(bridge.lineage(), keccak256(abi.encode(second)), "next");
        vm.assertEq(second.previousHeight, expected.height, "height before");
    }

    function test_WhenItSweepsDeposits() external {
        (, bytes memory unknown) = _unclaimed(1, AMOUNT, 8);
        bytes[] memory swept = new bytes[](2);
        (swept[0], swept[1]) = (_funding, unknown);
        Plan memory plan = _plan(_requests(1), swept);
        plan.custodyValue += AMOUNT;
        CustodyRecord memory record = _prove(plan);
        // it should mark minted ones as swept
        Deposit memory deposit = bridge.deposit(_idOf(_funding));
        vm.assertTrue(deposit.state == DepositState.Swept, "swept");
        vm.assertEq(deposit.amount, FUNDS, "amount");
        vm.assertEq(record.swept.length, 1, "swept");
        vm.assertEq(record.swept[0], _idOf(_funding), "swept");
        // it should mark unknown ones as swept unminted
        deposit = bridge.deposit(_idOf(unknown));
        vm.assertTrue(deposit.state == DepositState.SweptUnminted, "unminted");
        vm.assertEq(deposit.amount, 0, "unknown");
        vm.assertEq(record.unbacked.length, 1, "unbacked");
        vm.assertEq(record.unbacked[0], _idOf(unknown), "unbacked");
        // it should adjust the unswept
        Reserves memory reserves = bridge.reserves();
        vm.assertEq(reserves.unswept, 0, "unswept");
        vm.assertEq(reserves.custody, CUSTODY_VALUE + FUNDS + AMOUNT - (REDEEMED - REDEMPTION_FEE), "custody");
    }

    function test_WhenItSweepsADisownedDeposit() external {
        bytes32 id = _idOf(_funding);
        uint32 height = bridge.deposit(id).height;
        Plan memory plan = _plan(new Redemption[](0), _single(_funding));
        _reorganise(0);
        bridge.disown(id, _blockProof(height));
        CustodyRecord memory record = _prove(plan);
        // it should mark it as swept
        vm.assertTrue(bridge.deposit(id).state == DepositState.Swept, "state");
        vm.assertEq(record.swept.length, 0, "swept");
        vm.assertEq(record.unbacked[0], id, "unbacked");
        vm.assertEq(bridge.reserves().unswept, 0, "unswept");
    }

    function test_WhenItPaysNothingAndSweepsNothing() external {
        CustodyRecord memory record = _prove(_plan(new Redemption[](0), _none()));
        // it should move custody
        vm.assertEq(bridge.custody().txid, record.txid, "txid");
        vm.assertEq(bridge.custody().vout, 0, "vout");
        vm.assertEq(bridge.custody().value, CUSTODY_VALUE, "value");
    }

    function test_GivenTheBridgeIsPausedAndInsolvent() external {
        Plan memory plan = _plan(_requests(1), _none());
        plan.custodyValue = 1;
        CustodyProof memory proof = _mined(plan, 4, CUSTODY_ABOVE);
        vm.prank(GUARDIAN);
        bridge.pause();
        bridge.proveCustody(proof);
        // it should prove
        vm.assertEq(bridge.custody().value, 1, "value");
        proof = _mined(_plan(new Redemption[](0), _none()), 4, CUSTODY_ABOVE);
        bridge.proveCustody(proof);
    }

    /// @dev As when the segment of its block has left the ring: three headers, the last one's segment.
    function test_WhenItsBlockIsLinkedToALaterOne() external {
        CustodyProof memory proof = _proof();
        uint32 height = _tipHeight() - uint32(CUSTODY_ABOVE);
        bytes memory header = proof.block_.header;
        bytes memory second = _blockProof(height + 1).header;
        proof.block_ = _blockProof(height + 2);
        bytes memory third = proof.block_.header;
        // it should refuse a gap
        proof.block_.header = bytes.concat(header, third);
        _refused(proof, abi.encodeWithSelector(IHeaderErrors.BadLink.selector, 1));
        // it should refuse a cut off header
        proof.block_.header = bytes.concat(header, second, third, hex"00");
        _refused(proof, abi.encodeWithSelector(IHeaderErrors.CutOff.selector, 241));
        proof.block_.header = "";
        _refused(proof, abi.encodeWithSelector(IHeaderErrors.CutOff.selector, 0));
        proof.block_.header = bytes.concat(header, second);
        _refused(proof, abi.encodeWithSelector(IHeaderErrors.UnknownBlock.selector, Bitcoin.sha256d(second)));
        // it should prove
        proof.block_.header = bytes.concat(header, second, third);
        CustodyRecord memory record = _proveMined(proof);
        vm.assertEq(record.height, height, "height");
        vm.assertEq(record.blockHash, Bitcoin.sha256d(header), "block");
    }

    function test_WhenItPaysAnyNumberOfRedemptions(uint256 count, uint256 fee, uint256 amounts) external {
        count = _bound(count, 0, 40);
        Redemption[] memory made = new Redemption[](count);
        uint256 sum = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint64 amount = uint64(_bound(uint256(keccak256(abi.encode(amounts, i))), 20_000, 90_000));
            made[i] = _request(amount);
            sum += made[i].amount;
        }
        Plan memory plan = _plan(made, _none());
        for (uint256 i = 0; i < count; ++i) {
            plan.payouts[i] = made[i].amount - uint64(_bound(fee, 0, MAX_FEE));
        }
        Reserves memory before = bridge.reserves();
        _prove(plan);
        // it should lower custody and unpaid alike
        Reserves memory reserves = bridge.reserves();
        vm.assertEq(before.custody - reserves.custody, sum, "custody");
        vm.assertEq(before.unpaid - reserves.unpaid, sum, "unpaid");
        vm.assertEq(reserves.unpaid, 0, "all paid");
    }

    // --- fixtures

    function _proof() private returns (CustodyProof memory) {
        return _mined(_plan(_requests(1), _none()), 4, CUSTODY_ABOVE);
    }

    /// @dev The same once more, in another block.
    function _proofAfter(CustodyProof memory proof) private returns (CustodyProof memory later) {
        later = _minedRaw(proof.transaction, 4, CUSTODY_ABOVE);
        later.paid = proof.paid;
    }

    function _expected(Plan memory plan, CustodyProof memory proof) private view returns (CustodyRecord memory record) {
        record.parent = bridge.lineage();
        record.txid = Bitcoin.sha256d(proof.transaction);
        record.vout = uint32(plan.redemptions.length);
        record.value = plan.custodyValue;
        record.blockHash = Bitcoin.sha256d(proof.block_.header);
        record.height = _tipHeight() - uint32(CUSTODY_ABOVE);
        Custody memory custody = bridge.custody();
        (record.previousTxid, record.previousVout, record.previousValue) = (custody.txid, custody.vout, custody.value);
        record.conforming = true;
        uint256 count = plan.redemptions.length;
        record.ids = new uint64[](count);
        record.amounts = new uint64[](count);
        record.commitments = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            record.ids[i] = plan.redemptions[i].id;
            record.amounts[i] = plan.redemptions[i].amount;
            record.commitments[i] = _commitmentOf(plan.redemptions[i]);
        }
    }

    function _refusedPlan(Plan memory plan, bytes memory reason) private {
        _refused(_mined(plan, 4, CUSTODY_ABOVE), reason);
    }

    function _refused(CustodyProof memory proof, bytes memory reason) private {
        vm.expectRevert(reason);
        bridge.proveCustody(proof);
    }
}
