// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {IInclusionErrors} from "../../../../src/interfaces/IInclusionErrors.sol";
import {BlockClaims} from "../../../../src/types/BridgeTypes.sol";
import {Bitcoin} from "../../../utils/Bitcoin.sol";
import {BridgeFixture} from "../../../utils/BridgeFixture.sol";
import {Deposits, Descriptor} from "../../../utils/Deposits.sol";

/// @dev What is refused in a claim's transaction and descriptor; proofs and limits are in claim.t.sol.
contract ClaimDepositTest is BridgeFixture {
    uint256 private constant ABOVE = 8;

    function test_RevertWhen_TheTransactionHas64Bytes() external {
        bytes memory node = abi.encodePacked(keccak256("left"), keccak256("right"));
        _refusedTransaction(node, abi.encodeWithSelector(IInclusionErrors.TransactionSize64.selector));
    }

    function test_RevertWhen_TheTransactionHasTrailingBytes() external {
        bytes memory whole = _payment(_descriptor(1), AMOUNT).transaction;
        _refusedTransaction(bytes.concat(whole, hex"00"), _malformed(whole.length - 4));
    }

    function test_RevertWhen_TheTransactionIsCutOff() external {
        bytes memory whole = _payment(_descriptor(1), AMOUNT).transaction;
        // Lock time one byte short; output script short; nothing but a version.
        _refusedTransaction(_cut(whole, whole.length - 1), _malformed(whole.length - 4));
        _refusedTransaction(_cut(whole, whole.length - 5), _malformed(whole.length - 4));
        // The input's script length and sequence are read from zeros and the next word, past the end.
        vm.assertTrue(_isRefused(_cut(whole, 4)), "version only");
        vm.assertTrue(_isRefused(""), "empty");
    }

    function test_RevertWhen_ACountIsNotMinimal() external {
        bytes memory outputs = Bitcoin.output(AMOUNT, Bitcoin.taprootScript(_outputKey(_descriptor(1)).x));
        bytes memory input = abi.encodePacked(keccak256("spent"), hex"0000000000fdffffff");
        bytes memory end = abi.encodePacked(hex"01", outputs, hex"00000000");
        _refusedTransaction(abi.encodePacked(hex"02000000fd0100", input, end), _malformed(4));
        _refusedTransaction(abi.encodePacked(hex"02000000fdfc00", input, end), _malformed(4));
        _refusedTransaction(abi.encodePacked(hex"02000000fe01000000", input, end), _malformed(4));
        _refusedTransaction(abi.encodePacked(hex"02000000feffff0000", input, end), _malformed(4));
    }

    function test_RevertWhen_ACountHasNineBytes() external {
        bytes memory input = abi.encodePacked(keccak256("spent"), hex"0000000000fdffffff");
        _refusedTransaction(abi.encodePacked(hex"02000000ff0000000001000000", input), _malformed(4));
    }

    function test_RevertWhen_TheTransactionHasNoInputs() external {
        bytes memory output = Bitcoin.output(AMOUNT, Bitcoin.taprootScript(keccak256("key")));
        _refusedTransaction(abi.encodePacked(hex"020000000002", output, output, hex"00000000"), _malformed(4));
    }

    function test_RevertWhen_AScriptLengthPassesTheEnd() external {
        bytes memory input = abi.encodePacked(keccak256("spent"), hex"00000000feffffffff");
        _refusedTransaction(abi.encodePacked(hex"0200000001", input), _malformed(46 + uint256(0xffffffff) + 4));
    }

    function test_RevertWhen_TheTransactionCarriesAWitness() external {
        bytes memory plain = _payment(_descriptor(1), AMOUNT).transaction;
        bytes memory rest = new bytes(plain.length - 4);
        for (uint256 i = 0; i < rest.length; ++i) {
            rest[i] = plain[i + 4];
        }
        _refusedTransaction(
            abi.encodePacked(hex"020000000001", rest),
            abi.encodeWithSelector(IInclusionErrors.WitnessSerialisation.selector)
        );
    }

    function test_RevertWhen_TheOutputIsMissing() external {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        one.vout = 1;
        _refused(one, abi.encodeWithSelector(IInclusionErrors.OutputMissing.selector, 1, 1));
    }

    function test_RevertWhen_TheOutputIsNotTaproot() external {
        bytes32 key = _outputKey(_descriptor(1)).x;
        bytes4 reason = IBridgeErrors.OutputNotTaproot.selector;
        _refusedScript(abi.encodePacked(hex"0020", key), abi.encodeWithSelector(reason));
        _refusedScript(abi.encodePacked(hex"5220", key), abi.encodeWithSelector(reason));
        _refusedScript(abi.encodePacked(hex"5120", key, hex"51"), abi.encodeWithSelector(reason));
        _refusedScript("", abi.encodeWithSelector(reason));
    }

    function test_RevertWhen_TheRecipientDiffers(address recipient) external {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        vm.assume(recipient != RECIPIENT);
        one.descriptor.recipient = recipient;
        _mismatch(one);
    }

    function test_RevertWhen_TheCarrierFeeDiffers(uint64 carrierFee) external {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        vm.assume(carrierFee != 0);
        one.descriptor.carrierFee = carrierFee;
        _mismatch(one);
    }

    function test_RevertWhen_TheSaltDiffers() external {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        one.descriptor.salt = ~one.descriptor.salt;
        _mismatch(one);
    }

    function test_RevertWhen_TheActionDiffers() external {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        one.descriptor.action = hex"0000";
        _mismatch(one);
        one.descriptor.action = "";
        _mismatch(one);
    }

    function test_RevertWhen_TheReclaimKeyDiffers() external {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        one.descriptor.reclaimKey = ~one.descriptor.reclaimKey;
        _mismatch(one);
    }

    function test_RevertWhen_TheDepositIsOfAnotherInstance() external {
        Descriptor memory descriptor = _descriptor(1);
        descriptor.deployment = ~descriptor.deployment;
        _mismatch(_payment(descriptor, AMOUNT));
    }

    function test_RevertWhen_TheDepositHasAnotherTimelock() external {
        Descriptor memory descriptor = _descriptor(1);
        descriptor.reclaimBlocks -= 1;
        _mismatch(_payment(descriptor, AMOUNT));
    }

    function test_RevertWhen_TheOutputKeyYIsNegated() external {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        uint256 y = Deposits.P - uint256(one.key.y);
        one.key.y = bytes32(y);
        one.key.slope = Deposits.slope(uint256(one.key.x), y);
        _mismatch(one);
    }

    function test_RevertWhen_TheSlopeDiffers(uint256 difference) external {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        difference = _bound(difference, 1, type(uint256).max);
        unchecked {
            // Any other word, those that are congruent included.
            one.key.slope = bytes32(uint256(one.key.slope) + difference);
        }
        _mismatch(one);
    }

    function test_RevertWhen_TheAmountIsUnderTheFloor() external {
        _refused(
            _payment(_descriptor(1), 29_999),
            abi.encodeWithSelector(IBridgeErrors.AmountTooSmall.selector, 29_999, 30_000)
        );
    }

    function test_RevertWhen_TheCarrierFeeIsAboveTheAmount() external {
        Descriptor memory descriptor = _descriptor(1);
        descriptor.carrierFee = AMOUNT + 1;
        _refused(
            _payment(descriptor, AMOUNT),
            abi.encodeWithSelector(IBridgeErrors.CarrierFeeTooHigh.selector, AMOUNT + 1, AMOUNT)
        );
    }

    function test_WhenTheCarrierFeeIsTheWholeAmount() external {
        Descriptor memory descriptor = _descriptor(1);
        descriptor.carrierFee = AMOUNT;
        (BlockClaims memory claims,) = _provenDeposit(_payment(descriptor, AMOUNT), ABOVE);
        vm.prank(CARRIER);
        bridge.claim(_single(claims));
        // it should mint nothing to the recipient
        vm.assertEq(token.balanceOf(RECIPIENT), 0, "recipient");
        vm.assertEq(token.balanceOf(CARRIER), AMOUNT, "carrier");
    }

    function test_WhenTheDepositIsOneOfManyOutputs() external {
        _mintOneOf(3, 1);
    }

    function test_WhenTheTransactionHasMoreThan252Outputs() external {
        _mintOneOf(253, 252);
    }

    function test_WhenTwoOutputsAreDeposits() external {
        TestClaim memory first = _payment(_descriptor(1), AMOUNT);
        TestClaim memory second = _payment(_descriptor(2), 2 * AMOUNT);
        first.transaction = Bitcoin.transaction(
            keccak256("spent"),
            2,
            bytes.concat(
                Bitcoin.output(AMOUNT, Bitcoin.taprootScript(first.key.x)),
                Bitcoin.output(2 * AMOUNT, Bitcoin.taprootScript(second.key.x))
            )
        );
        second.transaction = first.transaction;
        second.vout = 1;
        (BlockClaims memory claims,) = _provenDeposit(first, ABOVE);
        second.branch = first.branch;
        claims.claims = bytes.concat(_pack(first), _pack(second));
        bridge.claim(_single(claims));
        // it should mint each
        vm.assertEq(token.balanceOf(RECIPIENT), 3 * AMOUNT, "recipient");
    }

    // --- fixtures

    function _mintOneOf(uint256 count, uint32 vout) private {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        bytes memory outputs;
        for (uint256 i = 0; i < count; ++i) {
            bytes memory other = Bitcoin.output(i, hex"6a");
            outputs =
                bytes.concat(outputs, i == vout ? Bitcoin.output(AMOUNT, Bitcoin.taprootScript(one.key.x)) : other);
        }
        one.transaction = Bitcoin.transaction(keccak256("spent"), count, outputs);
        one.vout = vout;
        (BlockClaims memory claims,) = _provenDeposit(one, ABOVE);
        bridge.claim(_single(claims));
        // it should mint that output
        vm.assertEq(token.balanceOf(RECIPIENT), AMOUNT, "recipient");
        vm.assertEq(bridge.deposit(_depositId(one.transaction, vout)).amount, AMOUNT, "deposit");
    }

    function _refused(TestClaim memory one, bytes memory reason) private {
        (BlockClaims memory claims,) = _provenDeposit(one, ABOVE);
        vm.expectRevert(reason);
        bridge.claim(_single(claims));
    }

    function _mismatch(TestClaim memory one) private {
        _refused(one, abi.encodeWithSelector(IBridgeErrors.DescriptorMismatch.selector));
    }

    /// @dev Whatever the bytes are, the block holds them as its second transaction.
    function _refusedTransaction(bytes memory transaction, bytes memory reason) private {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        one.transaction = transaction;
        _refused(one, reason);
    }

    function _isRefused(bytes memory transaction) private returns (bool) {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        one.transaction = transaction;
        (BlockClaims memory claims,) = _provenDeposit(one, ABOVE);
        (bool success, bytes memory reason) = address(bridge).call(abi.encodeCall(bridge.claim, (_single(claims))));
        return !success && bytes4(reason) == IInclusionErrors.TransactionMalformed.selector;
    }

    function _refusedScript(bytes memory script, bytes memory reason) private {
        _refusedTransaction(Bitcoin.transaction(keccak256("spent"), 1, Bitcoin.output(AMOUNT, script)), reason);
    }

    function _malformed(uint256 offset) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IInclusionErrors.TransactionMalformed.selector, offset);
    }

    function _cut(bytes memory data, uint256 length) private pure returns (bytes memory cut) {
        cut = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            cut[i] = data[i];
        }
    }
}
