// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IHeaderChain} from "../../../../src/interfaces/IHeaderChain.sol";
import {IHeaderErrors} from "../../../../src/interfaces/IHeaderErrors.sol";
import {Segment, Tip} from "../../../../src/types/HeaderTypes.sol";
import {Bitcoin} from "../../../utils/Bitcoin.sol";
import {BridgeFixture} from "../../../utils/BridgeFixture.sol";
import {ReferenceSegment} from "../../../utils/ReferenceSegment.sol";

contract SubmitHeadersTest is BridgeFixture {
    function test_RevertWhen_ThereAreNoBytes() external {
        _refused(0, "", abi.encodeWithSelector(IHeaderErrors.CutOff.selector, 0));
    }

    function test_RevertWhen_TheBytesAreCutOff() external {
        bytes memory headers = bytes.concat(_next(), hex"00");
        _refused(0, headers, abi.encodeWithSelector(IHeaderErrors.CutOff.selector, 81));
    }

    function test_RevertWhen_AnExtensionHasMoreThan1000Headers() external {
        bytes memory headers = new bytes(80 * 1001);
        _refused(0, headers, abi.encodeWithSelector(IHeaderErrors.TooManyHeaders.selector, 1001, 1000));
    }

    function test_RevertWhen_ABranchHasMoreThan1600Headers() external {
        _extend(1);
        bytes memory headers = new bytes(80 * 1601);
        _refused(0, headers, abi.encodeWithSelector(IHeaderErrors.TooManyHeaders.selector, 1601, 1600));
    }

    function test_RevertWhen_TheParentIndexIsUnknown() external {
        Segment memory parent = segments[0];
        bytes memory headers = _next();
        vm.expectRevert(abi.encodeWithSelector(IHeaderErrors.UnknownSegment.selector, 1));
        bridge.submitHeaders(1, parent, headers);
    }

    function test_RevertWhen_TheParentPreimageIsWrong() external {
        Segment memory parent = segments[0];
        parent.state[1] = bytes32(uint256(parent.state[1]) + (1 << 128));
        bytes memory headers = _next();
        vm.expectRevert(abi.encodeWithSelector(IHeaderErrors.UnknownSegment.selector, 0));
        bridge.submitHeaders(0, parent, headers);
    }

    function test_RevertGiven_TheParentLeftTheBestChain() external {
        _extend(1);
        Segment memory stale = segments[1];
        bytes memory onStale = ReferenceSegment.concatenate(_mineOn(chain[1], _fillerRoots(3, 1)));
        _append(0, _mineOn(chain[0], _fillerRoots(2, 2)));
        vm.expectRevert(abi.encodeWithSelector(IHeaderErrors.UnknownSegment.selector, 1));
        bridge.submitHeaders(1, stale, onStale);
    }

    /// @dev Segment 4,097 took slot 1 of the ring. A reorganisation makes segment 1 one of the newest 4,096 again, but
    /// the slot holds a segment that left the best chain.
    function test_RevertGiven_TheRingEntryOfAnOldSegmentWasOverwrittenByAStaleOne() external {
        _extend(1);
        Segment memory first = segments[1];
        _extend(1);
        // Slot 0: segments 3, peak 4,098, height, time, work as they were.
        uint256 head = uint256(vm.load(address(bridge), 0));
        vm.store(address(bridge), 0, bytes32((head & ((1 << 224) - 1)) | (4098 << 224)));
        vm.assertEq(bridge.segmentCommitment(1), 0, "overwritten");
        vm.assertEq(bridge.segmentCommitment(2), ReferenceSegment.commitment(segments[2]), "kept");
        bytes memory headers = ReferenceSegment.concatenate(_mineOn(chain[1], _fillerRoots(3, 1)));
        vm.expectRevert(abi.encodeWithSelector(IHeaderErrors.UnknownSegment.selector, 1));
        bridge.submitHeaders(1, first, headers);
    }

    function test_RevertWhen_AHeaderDoesNotLink() external {
        bytes[] memory headers = _mineOn(chain[0], _fillerRoots(3, 1));
        headers[2] = Bitcoin.mine(keccak256("elsewhere"), 0, START_TIME + 3 * SPACING);
        _refused(0, _join(headers), abi.encodeWithSelector(IHeaderErrors.BadLink.selector, 2));
    }

    function test_RevertWhen_TheBitsDiffer() external {
        bytes[] memory headers = _mineOn(chain[0], _fillerRoots(2, 1));
        bytes32 previous = Bitcoin.sha256d(headers[0]);
        headers[1] = Bitcoin.mineWith(previous, 0, START_TIME + 2 * SPACING, 0x207ffffe, true);
        _refused(
            0,
            _join(headers),
            abi.encodeWithSelector(IHeaderErrors.BadBits.selector, 1, uint32(0x207ffffe), uint32(0x207fffff))
        );
    }

    function test_RevertWhen_TheProofOfWorkIsMissing() external {
        bytes[] memory headers = _mineOn(chain[0], _fillerRoots(2, 1));
        bytes32 previous = Bitcoin.sha256d(headers[0]);
        headers[1] = Bitcoin.mineWith(previous, 0, START_TIME + 2 * SPACING, Bitcoin.REGTEST_BITS, false);
        _refused(0, _join(headers), abi.encodeWithSelector(IHeaderErrors.BadProofOfWork.selector, 1));
    }

    function test_RevertWhen_TheTimeIsNotAfterTheMedian() external {
        // The times before are the checkpoint's and its ten predecessors', ten minutes apart: the median is the sixth.
        uint32 median = START_TIME - 5 * SPACING;
        bytes memory headers = Bitcoin.mine(Bitcoin.sha256d(chain[0]), 0, median);
        _refused(0, headers, abi.encodeWithSelector(IHeaderErrors.TimeTooOld.selector, 0, median));

        headers = Bitcoin.mine(Bitcoin.sha256d(chain[0]), 0, median + 1);
        bridge.submitHeaders(0, segments[0], headers);
    }

    function test_RevertWhen_TheTimeIsMoreThanTwoHoursAhead() external {
        uint32 limit = clock + 2 hours;
        bytes memory headers = Bitcoin.mine(Bitcoin.sha256d(chain[0]), 0, limit + 1);
        _refused(0, headers, abi.encodeWithSelector(IHeaderErrors.TimeTooNew.selector, 0, limit + 1, limit));

        headers = Bitcoin.mine(Bitcoin.sha256d(chain[0]), 0, limit);
        bridge.submitHeaders(0, segments[0], headers);
    }

    function test_RevertWhen_OnlyAMiddleTimeIsMoreThanTwoHoursAhead() external {
        uint32 limit = clock + 2 hours;
        bytes[] memory headers = new bytes[](2);
        headers[0] = Bitcoin.mine(Bitcoin.sha256d(chain[0]), 0, limit + 1);
        headers[1] = Bitcoin.mine(Bitcoin.sha256d(headers[0]), 0, START_TIME + SPACING);
        _refused(0, _join(headers), abi.encodeWithSelector(IHeaderErrors.TimeTooNew.selector, 0, limit + 1, limit));
    }

    function test_RevertWhen_TheBranchHasTheSameWork() external {
        _extend(2);
        // Work two for each regtest header, the checkpoint's included.
        bytes memory branch = _join(_mineOn(chain[0], _fillerRoots(2, 7)));
        _refused(0, branch, abi.encodeWithSelector(IHeaderErrors.NotEnoughWork.selector, 6, 6));
    }

    function test_WhenTheHeadersExtendTheTip() external {
        bytes[] memory headers = _mineOn(chain[0], _fillerRoots(13, 1));
        _setClock(_timeOf(headers[12]));
        Segment memory expected = _expected(headers);
        bytes memory packed = _join(headers);
        Segment memory parent = segments[0];
        // it should emit the preimage
        vm.expectEmit(true, false, false, true, address(bridge));
        emit IHeaderChain.SegmentStored(1, expected);
        bridge.submitHeaders(0, parent, packed);
        // it should move the tip
        _assertTip(2, CHECKPOINT_HEIGHT + 13, START_TIME + 13 * SPACING, 28);
        // it should store the commitment
        vm.assertEq(bridge.segmentCommitment(1), ReferenceSegment.commitment(expected), "commitment");
    }

    function test_WhenTheHeadersCrossARetargetBoundaryOnRegtest() external {
        _extend(100);
        // One segment across the boundary: fifteen headers of the old period and three of the new.
        _extend(18);
        // it should keep the bits and restart the epoch
        uint256 packed = uint256(segments[2].state[1]);
        vm.assertEq(uint32(packed >> 96), Bitcoin.REGTEST_BITS, "bits");
        vm.assertEq(uint32(packed >> 64), START_TIME + 116 * SPACING, "epoch start");
        vm.assertEq(packed >> 128, 2 * 119, "work");
    }

    function test_WhenABranchHasMoreWork() external {
        _extend(1);
        _extend(1);
        _extend(1);
        _append(1, _mineOn(chain[1], _fillerRoots(3, 7)));
        // it should move the tip
        _assertTip(3, CHECKPOINT_HEIGHT + 4, START_TIME + 4 * SPACING, 10);
        vm.assertEq(bridge.segmentCommitment(2), ReferenceSegment.commitment(segments[2]), "branch");
        // it should forget what it replaces
        vm.assertEq(bridge.segmentCommitment(3), 0, "replaced");
    }

    function test_WhenABranchHasMoreHeadersThanAnExtensionMayHave() external {
        _extend(1);
        // it should read its headers
        _refused(0, new bytes(80 * 1001), abi.encodeWithSelector(IHeaderErrors.BadLink.selector, 0));
    }

    function test_WhenMintingIsPaused() external {
        vm.prank(GUARDIAN);
        bridge.pause();
        _extend(1);
        // it should move the tip
        _assertTip(2, CHECKPOINT_HEIGHT + 1, START_TIME + SPACING, 4);
    }

    function _next() private view returns (bytes memory) {
        return _mineOn(chain[0], _fillerRoots(1, 1))[0];
    }

    function _join(bytes[] memory headers) private pure returns (bytes memory) {
        return ReferenceSegment.concatenate(headers);
    }

    function _refused(uint256 index, bytes memory headers, bytes memory reason) private {
        Segment memory parent = segments[index];
        vm.expectRevert(reason);
        bridge.submitHeaders(index, parent, headers);
    }

    function _assertTip(uint256 count, uint256 height, uint256 time, uint256 work) private view {
        Tip memory tip = bridge.tip();
        vm.assertEq(tip.segments, count, "segments");
        vm.assertEq(tip.height, height, "height");
        vm.assertEq(tip.time, time, "time");
        vm.assertEq(tip.work, work, "work");
    }

    /// @dev The segment of at least eleven regtest headers on the checkpoint, built the plain way.
    function _expected(bytes[] memory headers) private view returns (Segment memory segment) {
        uint256 count = headers.length;
        segment.root = ReferenceSegment.root(ReferenceSegment.hashes(headers));
        uint32 height = CHECKPOINT_HEIGHT + uint32(count);
        segment.meta = bytes32(abi.encodePacked(height, uint32(count), uint32(0), address(this)));
        segment.state[0] = Bitcoin.sha256d(headers[count - 1]);
        segment.state[1] =
            bytes32(abi.encodePacked(uint128(2 * (count + 1)), Bitcoin.REGTEST_BITS, EPOCH_START, uint64(0)));
        uint32[11] memory times;
        for (uint256 i = 0; i < 11; ++i) {
            times[i] = _timeOf(headers[count - 11 + i]);
        }
        (segment.state[2], segment.state[3]) = ReferenceSegment.packTimes(times);
    }
}
