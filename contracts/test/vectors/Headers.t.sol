// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bridge} from "../../src/Bridge.sol";
import {IHeaderErrors} from "../../src/interfaces/IHeaderErrors.sol";
import {Segment, Tip} from "../../src/types/HeaderTypes.sol";
import {MainnetVectors} from "../utils/MainnetVectors.sol";
import {Test} from "../utils/Test.sol";

/// @notice Mainnet's own headers: proof of work, retarget and reorganisation.
contract HeadersVectorsTest is Test {
    function test_MainnetHeadersAreAccepted() external {
        string memory json = MainnetVectors.read("mainnet-headers");
        (Bridge bridge, Segment memory checkpoint) = MainnetVectors.deploy(json, _genesis(json));
        vm.recordLogs();
        bridge.submitHeaders(0, checkpoint, MainnetVectors.headers(json, ".chain", 0, 18));
        Tip memory tip = bridge.tip();
        vm.assertEq(tip.height, 562_639, "height");
        bytes32 digest = vm.parseJsonBytes32(json, ".chain[17].digest_le");
        vm.assertEq(MainnetVectors.lastSegment().state[0], digest, "tip hash");
    }

    function test_MainnetHeaderOfAnotherBranchDoesNotLink() external {
        string memory json = MainnetVectors.read("mainnet-headers");
        (Bridge bridge, Segment memory checkpoint) = MainnetVectors.deploy(json, _genesis(json));
        bytes memory headers =
            bytes.concat(MainnetVectors.headers(json, ".chain", 0, 9), MainnetVectors.headers(json, ".chain", 10, 11));
        vm.expectRevert(abi.encodeWithSelector(IHeaderErrors.BadLink.selector, 9));
        bridge.submitHeaders(0, checkpoint, headers);
    }

    function test_EveryBitOfAMainnetHeaderCounts(uint256 bit) external {
        bit = _bound(bit, 0, 639);
        string memory json = MainnetVectors.read("mainnet-headers");
        (Bridge bridge, Segment memory checkpoint) = MainnetVectors.deploy(json, _genesis(json));
        bytes memory headers = MainnetVectors.headers(json, ".chain", 0, 1);
        headers[bit / 8] ^= bytes1(uint8(2 ** (bit % 8)));
        bytes4 reason = IHeaderErrors.BadProofOfWork.selector;
        if (bit / 8 >= 4 && bit / 8 < 36) reason = IHeaderErrors.BadLink.selector;
        if (bit / 8 >= 72 && bit / 8 < 76) reason = IHeaderErrors.BadBits.selector;
        (bool success, bytes memory data) =
            address(bridge).call(abi.encodeCall(bridge.submitHeaders, (0, checkpoint, headers)));
        vm.assertFalse(success, "accepted");
        vm.assertEq(bytes32(bytes4(data)), bytes32(reason), "reason");
    }

    function test_MainnetRetargetIsExact() external {
        string memory json = MainnetVectors.read("mainnet-headersWithRetarget");
        (Bridge bridge, Segment memory checkpoint) =
            MainnetVectors.deploy(json, MainnetVectors.header(json, ".oldPeriodStart"));
        vm.recordLogs();
        bridge.submitHeaders(0, checkpoint, MainnetVectors.headers(json, ".chain", 0, 18));
        uint256 packed = uint256(MainnetVectors.lastSegment().state[1]);
        vm.assertEq(uint32(packed >> 96), 0x17371ef4, "bits");
        uint32 start = MainnetVectors.timeOf(MainnetVectors.header(json, ".chain[9]"));
        vm.assertEq(uint32(packed >> 64), start, "epoch start");
        vm.assertEq(bridge.tip().height, 554_408, "height");
    }

    /// @dev A wrong start of the period gives other bits at 554,400, the tenth header.
    function test_MainnetRetargetDependsOnThePeriodsStart() external {
        string memory json = MainnetVectors.read("mainnet-headersWithRetarget");
        bytes memory start = MainnetVectors.header(json, ".oldPeriodStart");
        start[70] ^= 0x01;
        (Bridge bridge, Segment memory checkpoint) = MainnetVectors.deploy(json, start);
        bytes memory headers = MainnetVectors.headers(json, ".chain", 0, 18);
        (bool success, bytes memory data) =
            address(bridge).call(abi.encodeCall(bridge.submitHeaders, (0, checkpoint, headers)));
        vm.assertFalse(success, "accepted");
        vm.assertEq(bytes32(bytes4(data)), bytes32(IHeaderErrors.BadBits.selector), "reason");
    }

    /// @dev 437,478 was found twice: its first block was replaced when a block followed the second.
    function test_MainnetReorganisationAcrossARetarget() external {
        string memory json = MainnetVectors.read("mainnet-headersReorgAndRetarget");
        (Bridge bridge, Segment memory checkpoint) =
            MainnetVectors.deploy(json, MainnetVectors.header(json, ".oldPeriodStart"));
        bytes memory shared = bytes.concat(
            MainnetVectors.headers(json, ".preRetargetChain", 0, 5),
            MainnetVectors.headers(json, ".postRetargetChain", 0, 6)
        );
        vm.recordLogs();
        bridge.submitHeaders(0, checkpoint, shared);
        Segment memory fork = MainnetVectors.lastSegment();
        bridge.submitHeaders(1, fork, MainnetVectors.header(json, ".orphan_437478"));
        vm.assertEq(bridge.tip().height, 437_478, "orphan");

        bytes memory same = MainnetVectors.headers(json, ".postRetargetChain", 6, 7);
        uint128 work = bridge.tip().work;
        vm.expectRevert(abi.encodeWithSelector(IHeaderErrors.NotEnoughWork.selector, work, work));
        bridge.submitHeaders(1, fork, same);

        bytes32 orphan = bridge.segmentCommitment(2);
        bridge.submitHeaders(1, fork, MainnetVectors.headers(json, ".postRetargetChain", 6, 8));
        vm.assertEq(bridge.tip().height, 437_479, "reorganised");
        vm.assertTrue(bridge.segmentCommitment(2) != orphan, "replaced");
    }

    function _genesis(string memory json) private pure returns (bytes memory) {
        return MainnetVectors.header(json, ".genesis");
    }
}
