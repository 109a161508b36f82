// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ChannelFixture} from "./ChannelFixture.sol";
import {HostileToken} from "./HostileToken.sol";
import {TypedData} from "./TypedData.sol";
import {Settle, SettleItem, Signature} from "../../src/types/ChannelTypes.sol";

/// @notice A hub with a channel to each of its clients, both sides funded with FUNDS.
abstract contract BatchFixture is ChannelFixture {
    uint256 internal constant CLIENTS = 9;
    /// @dev What a settle of this fixture pays out.
    uint128 internal constant CLIENT_OUT = 300;
    uint128 internal constant HUB_OUT = 700;

    uint256 internal hubSecret = 0x40b;
    address internal hub_;
    bytes32[] internal ids;

    function setUp() public virtual override {
        super.setUp();
        hub_ = vm.addr(hubSecret);
        _enrich(hub_);
        _connect(CLIENTS);
    }

    /// @dev Opens channels until the hub has this many.
    function _connect(uint256 count) internal {
        for (uint256 i = ids.length; i < count; ++i) {
            _enrich(client(i));
            ids.push(_openWith(address(token), i));
        }
    }

    function client(uint256 i) internal pure returns (address) {
        return vm.addr(_clientSecret(i));
    }

    function _clientSecret(uint256 i) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("client", i))) >> 8;
    }

    function _openWith(address token_, uint256 i) internal returns (bytes32 id) {
        (address first, address second) = _sides(i);
        vm.prank(hub_);
        id = channels.open(first, second, token_, CHALLENGE, "", FUNDS);
        vm.prank(client(i));
        channels.fund(id, client(i) == first, FUNDS);
    }

    /// @dev The settle of client `i` with this number, in this channel.
    function _settleOf(bytes32 id, uint256 i, uint64 seq) internal view returns (Settle memory) {
        (address first,) = _sides(i);
        return first == hub_ ? _settlement(id, seq, HUB_OUT, CLIENT_OUT) : _settlement(id, seq, CLIENT_OUT, HUB_OUT);
    }

    function _signedItem(uint256 i, Settle memory settle) internal view returns (SettleItem memory) {
        return SettleItem({settle: settle, client: _sign(_clientSecret(i), _digest(settle))});
    }

    function _itemOf(uint256 i, uint64 seq) internal view returns (SettleItem memory) {
        return _signedItem(i, _settleOf(ids[i], i, seq));
    }

    /// @dev An item of each of the first clients.
    function _items(uint256 count) internal view returns (SettleItem[] memory items) {
        items = new SettleItem[](count);
        for (uint256 i = 0; i < count; ++i) {
            items[i] = _itemOf(i, 1);
        }
    }

    /// @dev An item of a channel in another token, which is allowed first.
    function _itemIn(address token_, uint256 i) internal returns (SettleItem memory) {
        _allow(token_);
        HostileToken(token_).mint(hub_, FUNDS);
        HostileToken(token_).mint(client(i), FUNDS);
        return _signedItem(i, _settleOf(_openWith(token_, i), i, 1));
    }

    /// @dev An item of a channel that is not the hub's.
    function _foreignItem() internal returns (SettleItem memory) {
        return _item(_settlement(_open(), 1, 1, 1));
    }

    /// @dev Client `i` and the hub settle without a batch.
    function _settleAlone(uint256 i) internal {
        Settle memory settle = _settleOf(ids[i], i, 1);
        bytes32 digest = _digest(settle);
        (address first,) = _sides(i);
        (Signature memory hub, Signature memory other) = (_sign(hubSecret, digest), _sign(_clientSecret(i), digest));
        if (first == hub_) channels.settle(settle, hub, other);
        else channels.settle(settle, other, hub);
    }

    function _closeByHub(uint256 i) internal {
        vm.prank(hub_);
        channels.close(ids[i], _noProof(), _noSignature());
    }

    function _hubSignature(SettleItem[] memory items) internal view returns (Signature memory) {
        return _signBatch(hubSecret, TypedData.rootOf(_leaves(items)), DEADLINE);
    }

    function _leaves(SettleItem[] memory items) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            leaves[i] = TypedData.hash(items[i].settle);
        }
    }

    /// @dev Whom an item's signature is said to be of.
    function _recover(SettleItem memory item) internal view returns (address) {
        bytes32 vs = item.client.vs;
        bytes32 s = bytes32(uint256(vs) & (2 ** 255 - 1));
        return ecrecover(_digest(item.settle), uint8(27 + (uint256(vs) >> 255)), item.client.r, s);
    }

    function _sides(uint256 i) internal view returns (address first, address second) {
        return client(i) < hub_ ? (client(i), hub_) : (hub_, client(i));
    }
}
