// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bridge} from "../../src/Bridge.sol";
import {Segment} from "../../src/types/HeaderTypes.sol";
import {MainnetVectors} from "../utils/MainnetVectors.sol";
import {Test} from "../utils/Test.sol";

/// @notice Segments of mainnet headers as the Rust light client builds them.
contract SegmentsVectorsTest is Test {
    string private _json;

    function setUp() external {
        _json = MainnetVectors.read("segments");
    }

    function test_SegmentsOfAPlainChainAgree() external {
        _check("mainnet-headers", 0, ".genesis", 18);
    }

    function test_SegmentsAcrossARetargetAgree() external {
        _check("mainnet-headersWithRetarget", 1, ".oldPeriodStart", 18);
    }

    function test_SegmentsAcrossAnotherRetargetAgree() external {
        _check("mainnet-headersReorgAndRetarget", 2, ".oldPeriodStart", 13);
    }

    /// @dev Every number of headers as one segment, and the next header as a segment of its own.
    function _check(string memory file, uint256 which, string memory start, uint256 count) private {
        string memory headersJson = MainnetVectors.read(file);
        (Bridge bridge, Segment memory checkpoint) =
            MainnetVectors.deploy(headersJson, MainnetVectors.header(headersJson, start));
        string memory chain = string.concat(".chains[", vm.toString(which), "]");
        _assertCommitment(bridge, 0, string.concat(chain, ".checkpoint.segment"));
        address submitter = vm.parseJsonAddress(_json, string.concat(chain, ".submitter"));
        bytes memory headers = vm.parseJsonBytes(_json, string.concat(chain, ".headers"));
        vm.assertEq(headers.length, 80 * count, "headers");
        for (uint256 n = 1; n <= count; ++n) {
            uint256 snapshot = vm.snapshotState();
            string memory key = string.concat(chain, ".segments[", vm.toString(n - 1), "]");
            vm.recordLogs();
            vm.prank(submitter);
            bridge.submitHeaders(0, checkpoint, _slice(headers, 0, n));
            _assertCommitment(bridge, 1, string.concat(key, ".segment"));
            if (n < count) {
                Segment memory parent = MainnetVectors.lastSegment();
                vm.prank(submitter);
                bridge.submitHeaders(1, parent, _slice(headers, n, n + 1));
                _assertCommitment(bridge, 2, string.concat(key, ".next"));
            }
            vm.revertToState(snapshot);
        }
    }

    function _assertCommitment(Bridge bridge, uint256 index, string memory key) private view {
        bytes32 expected = vm.parseJsonBytes32(_json, string.concat(key, ".commitment"));
        vm.assertEq(bridge.segmentCommitment(index), expected, key);
    }

    function _slice(bytes memory headers, uint256 first, uint256 last) private pure returns (bytes memory part) {
        part = new bytes(80 * (last - first));
        for (uint256 i = 0; i < part.length; ++i) {
            part[i] = headers[80 * first + i];
        }
    }
}
