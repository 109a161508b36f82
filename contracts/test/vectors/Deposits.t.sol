// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {DepositScript} from "../../src/libraries/DepositScript.sol";
import {Secp256k1} from "../../src/libraries/Secp256k1.sol";
import {Deposits, Descriptor} from "../utils/Deposits.sol";
import {Test} from "../utils/Test.sol";

/// @notice Taproot outputs of BIP-0341's wallet vectors, and deposits as the Rust relayer derives them.
contract DepositsVectorsTest is Test {
    uint256 private constant HALF = 0x3FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFBFFFFF0C;

    function test_TweaksOfBip341Agree() external view {
        string memory json = vm.readFile("../tests/vectors/bip-0341/wallet-test-vectors.json");
        for (uint256 i = 0; i < 7; ++i) {
            string memory key = string.concat(".scriptPubKey[", vm.toString(i), "]");
            bytes32 internalKey = _word(json, string.concat(key, ".given.internalPubkey"));
            bytes32 tweak = _word(json, string.concat(key, ".intermediary.tweak"));
            uint256 x = uint256(_word(json, string.concat(key, ".intermediary.tweakedPubkey")));
            // The first has no script tree.
            if (i != 0) {
                bytes32 root = _word(json, string.concat(key, ".intermediary.merkleRoot"));
                vm.assertEq(DepositScript.tweak(internalKey, root), tweak, "tweak");
            }
            vm.assertTrue(Secp256k1.isKey(internalKey), "key");
            uint256 y = _liftX(x);
            // x alone says nothing about y: exactly one of the two points is the sum.
            bool even = _isTweaked(internalKey, tweak, x, y);
            bool odd = _isTweaked(internalKey, tweak, x, Deposits.P - y);
            vm.assertTrue(even != odd, "output key");
            vm.assertFalse(_isTweaked(internalKey, bytes32(uint256(tweak) ^ 1), x, y), "other tweak");
        }
    }

    function test_DepositsOfTheRelayerAgree() external view {
        string memory json = vm.readFile("../tests/vectors/deposits.json");
        for (uint256 i = 0; i < 4; ++i) {
            string memory key = string.concat(".deposits[", vm.toString(i), "]");
            bytes32 commitment = _commitment(json, key);
            vm.assertEq(commitment, vm.parseJsonBytes32(json, string.concat(key, ".commitment")), "commitment");
            bytes32 internalKey = vm.parseJsonBytes32(json, string.concat(key, ".federationKey"));
            bytes32 leaf = DepositScript.leafHash(
                commitment,
                vm.parseJsonUint(json, string.concat(key, ".reclaimBlocks")),
                vm.parseJsonBytes32(json, string.concat(key, ".reclaimKey"))
            );
            bytes32 tweak = DepositScript.tweak(internalKey, leaf);
            vm.assertEq(tweak, vm.parseJsonBytes32(json, string.concat(key, ".tweak")), "tweak");
            bool accepted = Secp256k1.isTweaked(
                internalKey,
                tweak,
                uint256(vm.parseJsonBytes32(json, string.concat(key, ".outputX"))),
                uint256(vm.parseJsonBytes32(json, string.concat(key, ".outputY"))),
                uint256(vm.parseJsonBytes32(json, string.concat(key, ".slope")))
            );
            vm.assertTrue(accepted, "output key");
        }
    }

    /// @dev The leaf against its plain twin for any descriptor.
    function test_LeafFollowsItsTwin(
        bytes32 deployment,
        address recipient,
        uint64 carrierFee,
        bytes32 salt,
        bytes32 reclaimKey,
        uint32 reclaimBlocks
    )
        external
        view
    {
        Descriptor memory descriptor = Descriptor({
            deployment: deployment,
            recipient: recipient,
            carrierFee: carrierFee,
            salt: salt,
            action: hex"00",
            reclaimKey: reclaimKey,
            reclaimBlocks: uint32(_bound(reclaimBlocks, 256, 32_767))
        });
        bytes32 commitment =
            DepositScript.commitment(deployment, recipient, carrierFee, salt, keccak256(descriptor.action));
        vm.assertEq(commitment, Deposits.commitment(descriptor), "commitment");
        bytes32 leaf = DepositScript.leafHash(commitment, descriptor.reclaimBlocks, reclaimKey);
        vm.assertEq(leaf, Deposits.leafHash(descriptor), "leaf");
    }

    function test_TweakNotBelowTheOrderIsRefused() external view {
        uint256 x = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798;
        uint256 y = 0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8;
        bytes32 generator = bytes32(x);
        uint256 slope = uint256(Deposits.slope(x, y));
        vm.assertTrue(Secp256k1.isTweaked(generator, 0, x, y, slope), "tweak zero");
        vm.assertFalse(Secp256k1.isTweaked(generator, bytes32(Deposits.N), x, y, slope), "tweak n");
        vm.assertFalse(Secp256k1.isTweaked(generator, 0, x, y, slope ^ 1), "other slope");
    }

    function _isTweaked(bytes32 internalKey, bytes32 tweak, uint256 x, uint256 y) private view returns (bool) {
        return Secp256k1.isTweaked(internalKey, tweak, x, y, uint256(Deposits.slope(x, y)));
    }

    /// @dev A square root of x^3 + 7: its (p + 1) / 4-th power.
    function _liftX(uint256 x) private view returns (uint256) {
        uint256 square = addmod(mulmod(mulmod(x, x, Deposits.P), x, Deposits.P), 7, Deposits.P);
        return Deposits.modexp(square, HALF);
    }

    function _commitment(string memory json, string memory key) private pure returns (bytes32) {
        return DepositScript.commitment(
            vm.parseJsonBytes32(json, string.concat(key, ".instance")),
            vm.parseJsonAddress(json, string.concat(key, ".recipient")),
            vm.parseJsonUint(json, string.concat(key, ".carrierFee")),
            vm.parseJsonBytes32(json, string.concat(key, ".salt")),
            keccak256(vm.parseJsonBytes(json, string.concat(key, ".action")))
        );
    }

    /// @dev The vectors' hexadecimal has no prefix.
    function _word(string memory json, string memory key) private pure returns (bytes32) {
        return vm.parseBytes32(string.concat("0x", vm.parseJsonString(json, key)));
    }
}
