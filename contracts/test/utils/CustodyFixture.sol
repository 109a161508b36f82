// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bitcoin} from "./Bitcoin.sol";
import {BridgeFixture} from "./BridgeFixture.sol";
import {Descriptor} from "./Deposits.sol";
import {Vm} from "./Vm.sol";
import {ICustody} from "../../src/interfaces/ICustody.sol";
import {BlockClaims} from "../../src/types/BridgeTypes.sol";
import {Custody, CustodyProof, CustodyRecord} from "../../src/types/CustodyTypes.sol";
import {PaidRedemption, Redemption} from "../../src/types/PegOutTypes.sol";

/// @notice Requests redemptions of a bridge, builds the custody transactions that a federation would sign, proves them.
abstract contract CustodyFixture is BridgeFixture {
    /// @notice A custody transaction before it is serialised. `_plan` fills in what conforms.
    struct Plan {
        uint32 version;
        uint32 lockTime;
        /// Outpoints of 36 bytes, the custody outpoint first.
        bytes[] inputs;
        bytes inputScript;
        uint32 sequence;
        Redemption[] redemptions;
        uint64[] payouts;
        bytes custodyScript;
        uint64 custodyValue;
        bytes anchor;
        uint64 anchorValue;
    }

    address internal constant REQUESTER = address(0x4e0e57e4);
    uint64 internal constant REDEEMED = 100_000;
    uint64 internal constant MAX_FEE = 2000;
    uint64 internal constant REDEMPTION_FEE = 1000;
    uint64 internal constant FUNDS = 40_000_000;
    uint32 internal constant SEQUENCE = 0xfffffffd;

    /// @dev Blocks above a custody transaction's block: six confirmations.
    uint256 internal constant CUSTODY_ABOVE = 5;

    // --- side chain

    /// @dev Mints to the requester for a deposit of FUNDS; returns the deposit's outpoint as an input has it.
    function _fund() internal returns (bytes memory outpoint) {
        return _deposit(0, FUNDS);
    }

    /// @dev Mines and claims a deposit for the requester.
    function _deposit(uint256 salt, uint64 amount) internal returns (bytes memory outpoint) {
        BlockClaims memory claims;
        (claims, outpoint) = _unclaimed(salt, amount, 8);
        bridge.claim(_single(claims));
    }

    /// @dev Mines a deposit for the requester, `above` blocks under the tip.
    function _unclaimed(
        uint256 salt,
        uint64 amount,
        uint256 above
    )
        internal
        returns (BlockClaims memory claims, bytes memory outpoint)
    {
        TestClaim memory one = _requesterPayment(salt, amount);
        (claims,) = _provenDeposit(one, above);
        outpoint = _outpoint(Bitcoin.sha256d(one.transaction), 0);
    }

    function _requesterPayment(uint256 salt, uint64 amount) internal returns (TestClaim memory) {
        Descriptor memory descriptor = _descriptor(salt);
        descriptor.recipient = REQUESTER;
        return _payment(descriptor, amount);
    }

    /// @dev A script of type P2WPKH.
    function _script(uint256 salt) internal pure returns (bytes memory) {
        return abi.encodePacked(hex"0014", bytes20(keccak256(abi.encode("script", salt))));
    }

    function _request(uint64 amount) internal returns (Redemption memory) {
        return _requestTo(amount, MAX_FEE, _script(bridge.redemptionCount()));
    }

    function _requestTo(uint64 amount, uint64 maxFee, bytes memory script) internal returns (Redemption memory made) {
        vm.prank(REQUESTER);
        uint256 id = bridge.requestRedemption(amount, maxFee, script);
        made = Redemption({
            id: uint64(id),
            amount: amount - REDEMPTION_FEE,
            maxFee: maxFee,
            requestedAt: uint64(block.timestamp),
            requester: REQUESTER,
            script: script
        });
    }

    /// @dev `count` redemptions of REDEEMED each.
    function _requests(uint256 count) internal returns (Redemption[] memory made) {
        made = new Redemption[](count);
        for (uint256 i = 0; i < count; ++i) {
            made[i] = _request(REDEEMED);
        }
    }

    function _commitmentOf(Redemption memory made) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(made.id, made.amount, made.maxFee, made.requestedAt, made.requester, keccak256(made.script))
        );
    }

    // --- custody transactions

    function _outpoint(bytes32 txid, uint32 vout) internal pure returns (bytes memory) {
        return abi.encodePacked(txid, Bitcoin.le32(vout));
    }

    /// @dev Id of the deposit with this outpoint.
    function _idOf(bytes memory outpoint) internal pure returns (bytes32) {
        bytes memory bigEndian = bytes.concat(outpoint);
        for (uint256 i = 0; i < 4; ++i) {
            bigEndian[32 + i] = outpoint[35 - i];
        }
        return keccak256(bigEndian);
    }

    function _custodyOutpoint() internal view returns (bytes memory) {
        Custody memory held = bridge.custody();
        return _outpoint(held.txid, held.vout);
    }

    /// @dev Pays these redemptions less 1,500 sat each, which is what miners get, and sweeps these deposits, which it
    /// sorts.
    function _plan(Redemption[] memory redemptions, bytes[] memory deposits) internal view returns (Plan memory plan) {
        plan.version = 3;
        plan.sequence = SEQUENCE;
        plan.inputs = new bytes[](deposits.length + 1);
        plan.inputs[0] = _custodyOutpoint();
        for (uint256 i = 0; i < deposits.length; ++i) {
            plan.inputs[i + 1] = deposits[i];
            for (uint256 j = i + 1; j > 1 && _isBelow(plan.inputs[j], plan.inputs[j - 1]); --j) {
                (plan.inputs[j], plan.inputs[j - 1]) = (plan.inputs[j - 1], plan.inputs[j]);
            }
        }
        plan.redemptions = redemptions;
        plan.payouts = new uint64[](redemptions.length);
        plan.custodyValue = bridge.custody().value;
        for (uint256 i = 0; i < deposits.length; ++i) {
            plan.custodyValue += bridge.deposit(_idOf(deposits[i])).amount;
        }
        for (uint256 i = 0; i < redemptions.length; ++i) {
            plan.payouts[i] = redemptions[i].amount - 1500;
            plan.custodyValue -= redemptions[i].amount;
        }
        plan.custodyScript = Bitcoin.taprootScript(bridge.keys().current);
        plan.anchor = abi.encodePacked(hex"6a40", keccak256("side-chain block"), _idsHash(redemptions));
    }

    function _idsHash(Redemption[] memory redemptions) internal pure returns (bytes32) {
        bytes memory ids;
        for (uint256 i = 0; i < redemptions.length; ++i) {
            ids = abi.encodePacked(ids, uint256(redemptions[i].id));
        }
        return keccak256(ids);
    }

    function _serialise(Plan memory plan) internal pure returns (bytes memory) {
        bytes memory inputs;
        for (uint256 i = 0; i < plan.inputs.length; ++i) {
            inputs = bytes.concat(
                inputs,
                plan.inputs[i],
                Bitcoin.compactSize(plan.inputScript.length),
                plan.inputScript,
                Bitcoin.le32(plan.sequence)
            );
        }
        bytes memory outputs;
        for (uint256 i = 0; i < plan.redemptions.length; ++i) {
            outputs = bytes.concat(outputs, Bitcoin.output(plan.payouts[i], plan.redemptions[i].script));
        }
        return bytes.concat(
            Bitcoin.le32(plan.version),
            Bitcoin.compactSize(plan.inputs.length),
            inputs,
            Bitcoin.compactSize(plan.redemptions.length + 2),
            outputs,
            Bitcoin.output(plan.custodyValue, plan.custodyScript),
            Bitcoin.output(plan.anchorValue, plan.anchor),
            Bitcoin.le32(plan.lockTime)
        );
    }

    function _isBelow(bytes memory left, bytes memory right) private pure returns (bool) {
        (bytes32 leftTxid, uint256 leftVout) = _split(left);
        (bytes32 rightTxid, uint256 rightVout) = _split(right);
        return leftTxid < rightTxid || (leftTxid == rightTxid && leftVout < rightVout);
    }

    function _split(bytes memory outpoint) private pure returns (bytes32 txid, uint256 vout) {
        for (uint256 i = 0; i < 32; ++i) {
            txid |= bytes32(outpoint[i]) >> (8 * i);
        }
        for (uint256 i = 36; i != 32; --i) {
            vout = (vout << 8) | uint8(outpoint[i - 1]);
        }
    }

    // --- proofs

    /// @dev Mines a plan in a block of `size` transactions, `above` blocks under the tip, and returns its proof.
    function _mined(Plan memory plan, uint256 size, uint256 above) internal returns (CustodyProof memory proof) {
        proof = _minedRaw(_serialise(plan), size, above);
        proof.paid = _paid(plan.redemptions);
    }

    function _minedRaw(
        bytes memory transaction,
        uint256 size,
        uint256 above
    )
        internal
        returns (CustodyProof memory proof)
    {
        bytes[] memory transactions = new bytes[](1);
        transactions[0] = transaction;
        TestBlock memory block_ = _block(transactions, size);
        proof.coinbaseDigest = sha256(_coinbase());
        uint32 height = _confirm(block_, above);
        uint256 depth = Bitcoin.depthOf(size);
        proof.block_ = _blockProof(height);
        proof.coinbaseBranch = Bitcoin.branch(block_.txids, 0, depth);
        proof.index = 1;
        proof.branch = Bitcoin.branch(block_.txids, 1, depth);
        proof.transaction = transaction;
    }

    function _paid(Redemption[] memory redemptions) internal pure returns (PaidRedemption[] memory paid) {
        paid = new PaidRedemption[](redemptions.length);
        for (uint256 i = 0; i < paid.length; ++i) {
            Redemption memory one = redemptions[i];
            paid[i] = PaidRedemption({
                id: one.id,
                amount: one.amount,
                maxFee: one.maxFee,
                requestedAt: one.requestedAt,
                requester: one.requester
            });
        }
    }

    /// @dev Mines a plan deep enough and proves it; returns the record that the event published.
    function _prove(Plan memory plan) internal returns (CustodyRecord memory) {
        return _proveMined(_mined(plan, 4, CUSTODY_ABOVE));
    }

    function _proveMined(CustodyProof memory proof) internal returns (CustodyRecord memory) {
        vm.recordLogs();
        bridge.proveCustody(proof);
        return _recordedRecord();
    }

    /// @dev Registers a key, waits and proves a custody transaction that pays it.
    function _rotateTo(bytes32 key) internal returns (CustodyRecord memory record, uint32 height) {
        vm.prank(GOVERNANCE);
        bridge.registerKey(key);
        uint32 usableFrom = uint32(bridge.keys().nextUsableFrom);
        Plan memory plan = _plan(new Redemption[](0), _none());
        plan.custodyScript = Bitcoin.taprootScript(key);
        CustodyProof memory proof = _mined(plan, 4, CUSTODY_ABOVE);
        _setClock(usableFrom);
        record = _proveMined(proof);
        height = record.height;
    }

    function _recordedRecord() internal returns (CustodyRecord memory) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == ICustody.CustodyProven.selector) {
                return abi.decode(logs[i].data, (CustodyRecord));
            }
        }
        revert("no record");
    }

    /// @dev Replaces the newest segments, from `parent` on, by empty blocks to one above the tip.
    function _reorganise(uint256 parent) internal {
        uint256 first = firstOf[parent + 1];
        _append(parent, _mineOn(chain[first - 1], _fillerRoots(chain.length - first + 1, 0xbad)));
    }

    function _none() internal pure returns (bytes[] memory) {
        return new bytes[](0);
    }

    function _single(bytes memory outpoint) internal pure returns (bytes[] memory outpoints) {
        outpoints = new bytes[](1);
        outpoints[0] = outpoint;
    }
}
