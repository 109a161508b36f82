// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridge} from "../../../../src/interfaces/IBridge.sol";
import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {IHeaderErrors} from "../../../../src/interfaces/IHeaderErrors.sol";
import {IInclusionErrors} from "../../../../src/interfaces/IInclusionErrors.sol";
import {BlockClaims, Deposit, DepositState, Parameters, Reserves} from "../../../../src/types/BridgeTypes.sol";
import {Bitcoin} from "../../../utils/Bitcoin.sol";
import {BridgeFixture} from "../../../utils/BridgeFixture.sol";
import {Descriptor} from "../../../utils/Deposits.sol";

/// @dev What is refused in a claim's transaction and descriptor is in claimDeposit.t.sol.
contract ClaimTest is BridgeFixture {
    /// @dev Blocks above a deposit's block unless said otherwise: nine confirmations.
    uint256 private constant ABOVE = 8;

    function test_RevertGiven_MintingIsPaused() external {
        BlockClaims memory claims = _proven();
        vm.prank(GUARDIAN);
        bridge.pause();
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.Paused.selector, uint256(clock) + 7 days));
    }

    function test_RevertGiven_TheTipIsStale() external {
        BlockClaims memory claims = _proven();
        uint32 tipTime = clock;
        _setClock(tipTime + 6 hours + 1);
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.StaleTip.selector, tipTime, clock));
        _setClock(tipTime + 6 hours);
        bridge.claim(_single(claims));
    }

    function test_RevertWhen_TheHeaderIsCutOff() external {
        BlockClaims memory claims = _proven();
        claims.header = bytes.concat(claims.header, hex"00");
        _refused(claims, abi.encodeWithSelector(IHeaderErrors.CutOff.selector, 81));
    }

    function test_RevertWhen_TheSegmentIsUnknown() external {
        BlockClaims memory claims = _proven();
        claims.segmentIndex = 9;
        _refused(claims, abi.encodeWithSelector(IHeaderErrors.UnknownSegment.selector, 9));
    }

    function test_RevertGiven_TheBlockLeftTheBestChain() external {
        BlockClaims memory claims = _proven();
        _append(0, _mineOn(chain[0], _fillerRoots(10, 7)));
        _refused(claims, abi.encodeWithSelector(IHeaderErrors.UnknownSegment.selector, 1));
    }

    function test_RevertWhen_TheHeaderIsNotAtItsPosition() external {
        BlockClaims memory claims = _proven();
        claims.position = 1;
        bytes32 hash = Bitcoin.sha256d(claims.header);
        _refused(claims, abi.encodeWithSelector(IHeaderErrors.UnknownBlock.selector, hash));
    }

    function test_RevertWhen_TheHeaderIsNotOfTheSegment() external {
        BlockClaims memory claims = _proven();
        claims.header[40] ^= 0x01;
        bytes32 hash = Bitcoin.sha256d(claims.header);
        _refused(claims, abi.encodeWithSelector(IHeaderErrors.UnknownBlock.selector, hash));
    }

    function test_RevertWhen_TheSegmentPathHasAWrongLength() external {
        BlockClaims memory claims = _proven();
        claims.segmentPath = new bytes32[](1);
        bytes32 hash = Bitcoin.sha256d(claims.header);
        _refused(claims, abi.encodeWithSelector(IHeaderErrors.UnknownBlock.selector, hash));
    }

    function test_RevertGiven_TheDepositIsTooCloseToItsReclaim() external {
        Parameters memory parameters = _parameters();
        parameters.reclaimBlocks = 256;
        parameters.sweepWindow = 240;
        parameters.maxConfirmations = 16;
        parameters.unsweptAlarm = 120;
        _deploy(parameters);
        (BlockClaims memory claims, uint32 height) = _provenDeposit(_payment(_descriptor(1), AMOUNT), 16);
        uint256 snapshot = vm.snapshotState();
        bridge.claim(_single(claims));
        vm.revertToState(snapshot);
        _extend(1);
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.TooCloseToReclaim.selector, height + 17, height + 16));
    }

    function test_RevertWhen_TheCoinbaseDigestIsWrong() external {
        BlockClaims memory claims = _proven();
        claims.coinbaseDigest = ~claims.coinbaseDigest;
        _refused(claims, abi.encodeWithSelector(IInclusionErrors.CoinbaseNotIncluded.selector));
    }

    function test_RevertWhen_TheCoinbaseBranchIsMutated() external {
        BlockClaims memory claims = _proven();
        claims.coinbaseBranch[1] = ~claims.coinbaseBranch[1];
        _refused(claims, abi.encodeWithSelector(IInclusionErrors.CoinbaseNotIncluded.selector));
    }

    function test_RevertWhen_TheCapIsMutated() external {
        BlockClaims memory claims = _proven();
        claims.cap[0] = ~claims.cap[0];
        _refused(claims, abi.encodeWithSelector(IInclusionErrors.CoinbaseNotIncluded.selector));
    }

    function test_RevertWhen_TheCapIsEmpty() external {
        BlockClaims memory claims = _proven();
        claims.cap = new bytes32[](0);
        _refused(claims, abi.encodeWithSelector(IInclusionErrors.CoinbaseNotIncluded.selector));
    }

    /// @dev Three transactions, the last of them the deposit: a cap of four nodes has the same root.
    function test_RevertWhen_TheCapRepeatsItsLastNode() external {
        (BlockClaims memory claims, TestClaim memory one) = _lastOfThree();
        claims.coinbaseBranch = new bytes32[](0);
        bytes32 txid = Bitcoin.sha256d(one.transaction);
        bytes32[] memory cap = new bytes32[](4);
        cap[0] = sha256(abi.encodePacked(claims.coinbaseDigest));
        cap[1] = keccak256(abi.encode("other transaction", 1));
        cap[2] = txid;
        cap[3] = txid;
        claims.cap = cap;
        one.branch = new bytes32[](0);
        one.index = 3;
        claims.claims = _pack(one);
        _refused(claims, abi.encodeWithSelector(IInclusionErrors.RepeatedSibling.selector, 0));
    }

    function test_RevertWhen_TheTreeSeemsDeeperThanItCanBe() external {
        BlockClaims memory claims = _proven();
        claims.coinbaseBranch = new bytes32[](33);
        _refused(claims, abi.encodeWithSelector(IInclusionErrors.CoinbaseNotIncluded.selector));
    }

    function test_RevertWhen_ThereAreNoClaims() external {
        BlockClaims memory claims = _proven();
        claims.claims = "";
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.ClaimMalformed.selector, 0));
    }

    function test_RevertWhen_AClaimIsCutOff() external {
        BlockClaims memory claims = _proven();
        bytes memory whole = claims.claims;
        claims.claims = _cut(whole, whole.length - 1);
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.ClaimMalformed.selector, 0));
        claims.claims = bytes.concat(whole, hex"00");
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.ClaimMalformed.selector, whole.length));
    }

    function test_RevertWhen_TheActionIsTooLong() external {
        Descriptor memory descriptor = _descriptor(1);
        descriptor.action = new bytes(1025);
        (BlockClaims memory claims,) = _provenDeposit(_payment(descriptor, AMOUNT), ABOVE);
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.ActionTooLong.selector, 1025, 1024));
    }

    function test_RevertGiven_TheDepositIsMinted() external {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        (BlockClaims memory claims,) = _provenDeposit(one, ABOVE);
        bridge.claim(_single(claims));
        bytes32 id = _depositId(one.transaction, 0);
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.AlreadyMinted.selector, id));
    }

    function test_RevertWhen_ADepositIsClaimedTwiceInOneCall() external {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        (BlockClaims memory claims,) = _provenDeposit(one, ABOVE);
        claims.claims = bytes.concat(claims.claims, claims.claims);
        bytes32 id = _depositId(one.transaction, 0);
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.AlreadyMinted.selector, id));
    }

    function test_RevertWhen_TheIndexIsTheCoinbase() external {
        _refusedAtIndex(0, abi.encodeWithSelector(IInclusionErrors.CoinbaseIndex.selector));
    }

    function test_RevertWhen_TheIndexIsOutOfRange() external {
        _refusedAtIndex(5, abi.encodeWithSelector(IInclusionErrors.IndexOutOfRange.selector, 5, 2));
    }

    function test_RevertWhen_TheIndexIsMutated() external {
        _refusedAtIndex(2, abi.encodeWithSelector(IInclusionErrors.TransactionNotIncluded.selector));
        _refusedAtIndex(3, abi.encodeWithSelector(IInclusionErrors.TransactionNotIncluded.selector));
    }

    function test_RevertWhen_TheBranchIsMutated() external {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        (BlockClaims memory claims,) = _provenDeposit(one, ABOVE);
        for (uint256 i = 0; i < 2; ++i) {
            one.branch[i] ^= bytes32(uint256(1));
            claims.claims = _pack(one);
            _refused(claims, abi.encodeWithSelector(IInclusionErrors.TransactionNotIncluded.selector));
            one.branch[i] ^= bytes32(uint256(1));
        }
    }

    /// @dev Index 3 of three transactions would be the repetition of the last one.
    function test_RevertWhen_TheBranchRepeatsALeftSibling() external {
        (BlockClaims memory claims, TestClaim memory one) = _lastOfThree();
        one.index = 3;
        claims.claims = _pack(one);
        _refused(claims, abi.encodeWithSelector(IInclusionErrors.RepeatedSibling.selector, 0));
    }

    function test_RevertGiven_TheBlockIsTooShallow() external {
        (BlockClaims memory claims,) = _provenDeposit(_payment(_descriptor(1), AMOUNT), 4);
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.TooShallow.selector, 5, 6));
        _extend(1);
        bridge.claim(_single(claims));
    }

    function test_RevertGiven_TheSumMintedFromTheBlockNeedsMoreConfirmations() external {
        // Two halves of a bitcoin: each alone needs six confirmations, both together seven.
        (BlockClaims memory claims, bytes[] memory packed) = _two(50_000_000, 5);
        claims.claims = bytes.concat(packed[0], packed[1]);
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.TooShallow.selector, 6, 7));
        claims.claims = packed[0];
        bridge.claim(_single(claims));
        claims.claims = packed[1];
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.TooShallow.selector, 6, 7));
        _extend(1);
        bridge.claim(_single(claims));
    }

    function test_RevertGiven_TheWindowIsFull() external {
        Parameters memory parameters = _parameters();
        parameters.mintCap = AMOUNT + AMOUNT / 2;
        _deploy(parameters);
        bridge.claim(_single(_proven()));
        (BlockClaims memory claims,) = _provenDeposit(_payment(_descriptor(2), AMOUNT), ABOVE);
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.MintCapExceeded.selector, 2 * AMOUNT, parameters.mintCap));
    }

    function test_RevertGiven_TooMuchValueIsUnswept() external {
        Parameters memory parameters = _parameters();
        parameters.unsweptValueCap = 2 * AMOUNT - 1;
        _deploy(parameters);
        bridge.claim(_single(_proven()));
        (BlockClaims memory claims,) = _provenDeposit(_payment(_descriptor(2), AMOUNT), ABOVE);
        _refused(
            claims,
            abi.encodeWithSelector(IBridgeErrors.UnsweptValueExceeded.selector, 2 * AMOUNT, parameters.unsweptValueCap)
        );
    }

    function test_RevertGiven_TooManyDepositsAreUnswept() external {
        Parameters memory parameters = _parameters();
        parameters.unsweptCountCap = 1;
        _deploy(parameters);
        bridge.claim(_single(_proven()));
        (BlockClaims memory claims,) = _provenDeposit(_payment(_descriptor(2), AMOUNT), ABOVE);
        _refused(claims, abi.encodeWithSelector(IBridgeErrors.UnsweptCountExceeded.selector, 2, 1));
    }

    function test_WhenOneDepositIsProven() external {
        TestClaim memory one = _payment(_descriptor(1), AMOUNT);
        (BlockClaims memory claims, uint32 height) = _provenDeposit(one, ABOVE);
        bytes32 txid = Bitcoin.sha256d(one.transaction);
        bytes32 id = keccak256(abi.encodePacked(txid, uint32(0)));
        // it should emit the outpoint
        vm.expectEmit(true, true, false, true, address(bridge));
        emit IBridge.Minted(id, RECIPIENT, AMOUNT, 0, height, txid, 0);
        bridge.claim(_single(claims));
        // it should mint to the recipient
        vm.assertEq(token.balanceOf(RECIPIENT), AMOUNT, "recipient");
        vm.assertEq(token.totalSupply(), AMOUNT, "supply");
        // it should record the deposit
        Deposit memory deposit = bridge.deposit(id);
        vm.assertEq(deposit.amount, AMOUNT, "amount");
        vm.assertEq(deposit.height, height, "height");
        bytes32 hash = Bitcoin.sha256d(claims.header);
        vm.assertEq(deposit.blockHashLow, uint128(bytes16(hash)), "block hash");
        vm.assertTrue(deposit.state == DepositState.Minted, "state");
        vm.assertEq(bridge.mintedFrom(height), AMOUNT, "minted from the block");
        vm.assertEq(bridge.mintedFrom(height + 1), 0, "the block above");
        // it should add to the reserves
        Reserves memory reserves = bridge.reserves();
        vm.assertEq(reserves.supply, AMOUNT, "supply");
        vm.assertEq(reserves.unswept, AMOUNT, "unswept");
        vm.assertEq(reserves.custody, CUSTODY_VALUE, "custody");
        vm.assertEq(reserves.unpaid, 0, "unpaid");
    }

    function test_WhenThereIsACarrierFee() external {
        Descriptor memory descriptor = _descriptor(1);
        descriptor.carrierFee = 1500;
        (BlockClaims memory claims,) = _provenDeposit(_payment(descriptor, AMOUNT), ABOVE);
        vm.prank(CARRIER);
        bridge.claim(_single(claims));
        // it should mint the fee to the sender
        vm.assertEq(token.balanceOf(CARRIER), 1500, "carrier");
        vm.assertEq(token.balanceOf(RECIPIENT), AMOUNT - 1500, "recipient");
        vm.assertEq(bridge.reserves().unswept, AMOUNT, "whole deposit");
    }

    function test_WhenTheActionIsOfALaterKind() external {
        Descriptor memory descriptor = _descriptor(1);
        descriptor.action = hex"01c0ffee";
        (BlockClaims memory claims,) = _provenDeposit(_payment(descriptor, AMOUNT), ABOVE);
        bridge.claim(_single(claims));
        // it should mint plainly to the recipient
        vm.assertEq(token.balanceOf(RECIPIENT), AMOUNT, "recipient");
    }

    function test_WhenTheTransactionIsTheLastOfAnOddRow() external {
        (BlockClaims memory claims,) = _lastOfThree();
        bridge.claim(_single(claims));
        // it should mint
        vm.assertEq(token.balanceOf(RECIPIENT), AMOUNT, "recipient");
    }

    function test_WhenClaimsShareACap() external {
        (BlockClaims memory claims, bytes[] memory packed) = _two(AMOUNT, ABOVE);
        claims.claims = bytes.concat(packed[1], packed[0]);
        bridge.claim(_single(claims));
        // it should mint each
        vm.assertEq(token.balanceOf(RECIPIENT), 2 * AMOUNT, "recipient");
        vm.assertEq(bridge.reserves().unswept, 2 * AMOUNT, "unswept");
    }

    function test_WhenClaimsAreOfTwoBlocks() external {
        BlockClaims[] memory blocks = new BlockClaims[](2);
        uint32 first;
        uint32 second;
        (blocks[0], first) = _provenDeposit(_payment(_descriptor(1), AMOUNT), 1);
        (blocks[1], second) = _provenDeposit(_payment(_descriptor(2), 2 * AMOUNT), ABOVE);
        bridge.claim(blocks);
        // it should mint each
        vm.assertEq(token.balanceOf(RECIPIENT), 3 * AMOUNT, "recipient");
        vm.assertEq(bridge.mintedFrom(first), AMOUNT, "first");
        vm.assertEq(bridge.mintedFrom(second), 2 * AMOUNT, "second");
        vm.assertEq(bridge.reserves().unswept, 3 * AMOUNT, "unswept");
    }

    function test_GivenAnOldBlockLiesBelowTheWindow() external {
        Parameters memory parameters = _parameters();
        parameters.mintCap = AMOUNT;
        _deploy(parameters);
        (BlockClaims memory old,) = _provenDeposit(_payment(_descriptor(1), 3 * AMOUNT), ABOVE);
        _refused(old, abi.encodeWithSelector(IBridgeErrors.MintCapExceeded.selector, 3 * AMOUNT, AMOUNT));
        _extend(100);
        _extend(68);
        bridge.claim(_single(old));
        // it should mint beyond the cap
        vm.assertEq(token.balanceOf(RECIPIENT), 3 * AMOUNT, "recipient");
    }

    // --- fixtures

    function _proven() private returns (BlockClaims memory claims) {
        (claims,) = _provenDeposit(_payment(_descriptor(1), AMOUNT), ABOVE);
    }

    function _refused(BlockClaims memory claims, bytes memory reason) private {
        vm.expectRevert(reason);
        bridge.claim(_single(claims));
    }

    function _refusedAtIndex(uint32 index, bytes memory reason) private {
        TestClaim memory one = _payment(_descriptor(index), AMOUNT);
        (BlockClaims memory claims,) = _provenDeposit(one, ABOVE);
        one.index = index;
        claims.claims = _pack(one);
        _refused(claims, reason);
    }

    /// @dev Coinbase, another transaction, the deposit.
    function _lastOfThree() private returns (BlockClaims memory claims, TestClaim memory one) {
        one = _payment(_descriptor(1), AMOUNT);
        one.index = 2;
        TestBlock memory block_ = _block(new bytes[](0), 3);
        block_.txids[2] = Bitcoin.sha256d(one.transaction);
        bytes memory coinbase = _coinbase();
        uint32 height = _confirm(block_, ABOVE);
        one.branch = Bitcoin.branch(block_.txids, 2, 2);
        claims = _proof(height, block_, 2, coinbase, _pack(one));
    }

    /// @dev A block of seven transactions with two deposits, a cap of four nodes, and the packed claims.
    function _two(uint64 amount, uint256 above) private returns (BlockClaims memory claims, bytes[] memory packed) {
        TestClaim[] memory both = new TestClaim[](2);
        bytes[] memory transactions = new bytes[](2);
        for (uint32 i = 0; i < 2; ++i) {
            both[i] = _payment(_descriptor(i), amount);
            both[i].index = i + 1;
            transactions[i] = both[i].transaction;
        }
        TestBlock memory block_ = _block(transactions, 7);
        bytes memory coinbase = _coinbase();
        uint32 height = _confirm(block_, above);
        packed = new bytes[](2);
        for (uint256 i = 0; i < 2; ++i) {
            both[i].branch = Bitcoin.branch(block_.txids, both[i].index, 1);
            packed[i] = _pack(both[i]);
        }
        claims = _proof(height, block_, 1, coinbase, "");
    }

    function _cut(bytes memory data, uint256 length) private pure returns (bytes memory cut) {
        cut = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            cut[i] = data[i];
        }
    }
}
