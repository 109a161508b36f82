// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IInclusionErrors} from "../../src/interfaces/IInclusionErrors.sol";
import {Bitcoin} from "../utils/Bitcoin.sol";
import {InclusionHarness} from "../utils/InclusionHarness.sol";
import {Test} from "../utils/Test.sol";

/// @notice Proofs of a mainnet block of 2,500 transactions, made by the Rust light client.
contract InclusionVectorsTest is Test {
    InclusionHarness private _harness;
    string private _json;

    function setUp() external {
        _harness = new InclusionHarness();
        _json = vm.readFile("../tests/vectors/inclusion.json");
    }

    function test_ProofsOfAMainnetBlockHold() external view {
        for (uint256 i = 0; i < 4; ++i) {
            InclusionHarness.Proof memory proof = _proof(i);
            bytes memory transaction = vm.parseJsonBytes(_json, string.concat(_key(i), ".tx"));
            vm.assertEq(Bitcoin.sha256d(transaction), proof.txid, "txid");
            _harness.check(proof);
        }
    }

    function test_EveryBitOfAMainnetBranchCounts(uint256 which, uint256 level, uint256 bit) external {
        InclusionHarness.Proof memory proof = _proof(_bound(which, 0, 3));
        level = _bound(level, 0, proof.branch.length - 1);
        proof.branch[level] ^= bytes32(2 ** _bound(bit, 0, 255));
        vm.expectRevert(abi.encodeWithSelector(IInclusionErrors.TransactionNotIncluded.selector));
        _harness.check(proof);
    }

    function test_OtherIndicesOfAMainnetProofAreRefused(uint256 which, uint256 index) external {
        InclusionHarness.Proof memory proof = _proof(_bound(which, 0, 3));
        index = _bound(index, 0, 8191);
        vm.assume(index != proof.index);
        proof.index = index;
        (bool success,) = address(_harness).call(abi.encodeCall(_harness.check, (proof)));
        vm.assertFalse(success, "another index");
    }

    /// @dev The coinbase's parent shown as the coinbase, with the branch from there: one level too short for the claim.
    function test_InnerNodeIsNoTransaction() external {
        InclusionHarness.Proof memory proof = _proof(0);
        bytes32 coinbase = sha256(abi.encodePacked(proof.coinbaseDigest));
        bytes memory node = abi.encodePacked(coinbase, proof.coinbaseBranch[0]);
        proof.coinbaseDigest = sha256(node);
        bytes32[] memory shorter = new bytes32[](proof.coinbaseBranch.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) {
            shorter[i] = proof.coinbaseBranch[i + 1];
        }
        proof.coinbaseBranch = shorter;
        vm.expectRevert(abi.encodeWithSelector(IInclusionErrors.TransactionNotIncluded.selector));
        _harness.check(proof);
    }

    function test_ClaimsOfAMainnetBlockShareTheirCaps() external view {
        uint256 next = 0;
        for (uint256 i = 0; i < 6; ++i) {
            string memory key = string.concat(".claims[", vm.toString(i), "]");
            uint256[] memory indices = vm.parseJsonUintArray(_json, string.concat(key, ".indices"));
            InclusionHarness.Proof memory proof = _proof(0);
            proof.coinbaseBranch = vm.parseJsonBytes32Array(_json, string.concat(key, ".coinbase_branch"));
            proof.cap = vm.parseJsonBytes32Array(_json, string.concat(key, ".cap"));
            for (uint256 j = 0; j < indices.length; ++j) {
                string memory branch = string.concat(key, ".branches[", vm.toString(j), "]");
                proof.branch = vm.parseJsonBytes32Array(_json, branch);
                proof.index = indices[j];
                proof.txid = _txid(indices[j]);
                _harness.check(proof);
                ++next;
            }
        }
        vm.assertEq(next, 46, "claims");
    }

    function _proof(uint256 i) private view returns (InclusionHarness.Proof memory proof) {
        string memory key = _key(i);
        proof.merkleRoot = vm.parseJsonBytes32(_json, ".merkle_root");
        proof.txid = vm.parseJsonBytes32(_json, string.concat(key, ".txid"));
        proof.index = vm.parseJsonUint(_json, string.concat(key, ".index"));
        proof.branch = vm.parseJsonBytes32Array(_json, string.concat(key, ".branch"));
        proof.coinbaseDigest = vm.parseJsonBytes32(_json, string.concat(key, ".coinbase"));
        proof.coinbaseBranch = vm.parseJsonBytes32Array(_json, string.concat(key, ".coinbase_branch"));
        proof.cap = new bytes32[](1);
        proof.cap[0] = proof.merkleRoot;
    }

    function _txid(uint256 index) private view returns (bytes32) {
        for (uint256 i = 0;; ++i) {
            string memory key = string.concat(".claimed_txids[", vm.toString(i), "]");
            if (vm.parseJsonUint(_json, string.concat(key, ".index")) == index) {
                return vm.parseJsonBytes32(_json, string.concat(key, ".txid"));
            }
        }
        revert("index not in the vectors");
    }

    function _key(uint256 i) private pure returns (string memory) {
        return string.concat(".proofs[", vm.toString(i), "]");
    }
}
