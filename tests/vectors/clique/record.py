#!/usr/bin/env python3
"""Records headers and proofs of two private Clique networks of the real geth: record.py GETH FOLDER"""

import json, pathlib, socket, subprocess, sys, tempfile, time, urllib.request

CONTRACT = "0x" + "c0" * 20
FORKS = "homestead eip150 eip155 eip158 byzantium constantinople petersburg istanbul muirGlacier berlin london"
SLOTS = ["0x" + f"{slot:064x}" for slot in (0, 1, 2, 7, 2**256 - 1)]


def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    """One geth with one account that seals."""

    def __init__(self, geth, folder):
        self.geth, self.folder, self.http = geth, folder, port()
        folder.mkdir()
        (folder / "password").write_text("vector")
        self.run("account", "new", "--password", str(folder / "password"))
        key = next((folder / "keystore").iterdir())
        self.address = "0x" + json.loads(key.read_text())["address"]

    def run(self, *arguments):
        subprocess.run([self.geth, "--datadir", self.folder, *arguments], check=True, capture_output=True)

    def start(self, genesis):
        self.run("init", str(genesis))
        arguments = (
            f"--networkid 1337 --http --http.port {self.http} --http.api eth,debug,clique,admin --authrpc.port {port()}"
            f" --port {port()} --nodiscover --nat none --ipcdisable --syncmode full --gcmode archive --mine"
            f" --miner.etherbase {self.address} --unlock {self.address} --password {self.folder}/password"
            " --allow-insecure-unlock --verbosity 1"
        )
        self.process = subprocess.Popen([self.geth, "--datadir", self.folder, *arguments.split()])

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def call(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}", body, {"Content-Type": "application/json"})
        for _ in range(100):
            try:
                answer = json.load(urllib.request.urlopen(request))
                return answer["result"]
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"{method}: no answer")

    def number(self):
        return int(self.call("eth_blockNumber"), 16)

    def reach(self, done):
        while not done():
            time.sleep(0.2)


def genesis_of(signers, funded):
    config = {"chainId": 1337, "clique": {"period": 1, "epoch": 5}}
    config.update({f"{fork}Block": 0 for fork in FORKS.split()})
    alloc = {signer: {"balance": hex(10**21)} for signer in funded}
    alloc[CONTRACT] = {
        "balance": "5",
        "nonce": "0x1",
        "code": "0x6001600055",
        "storage": {SLOTS[0]: SLOTS[1], SLOTS[1]: "0x" + "ab" * 32, SLOTS[2]: SLOTS[0], SLOTS[4]: "0x" + "00" * 31 + "ff"},
    }
    alloc["0x" + "e0" * 20] = {"balance": "0x0"}
    extra = "0x" + "00" * 32 + "".join(sorted(signer[2:] for signer in signers)) + "00" * 65
    return {
        "config": config,
        "timestamp": hex(int(time.time()) - 5),
        "difficulty": "0x1",
        "gasLimit": hex(30_000_000),
        "extraData": extra,
        "alloc": alloc,
    }


def record(geth, folder, signers, spare, story):
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        nodes = [Node(geth, scratch / str(at)) for at in range(signers + spare)]
        authorized = sorted(nodes[:signers], key=lambda node: node.address)
        genesis = genesis_of([node.address for node in authorized], [node.address for node in nodes])
        (scratch / "genesis.json").write_text(json.dumps(genesis))
        for node in nodes:
            node.start(scratch / "genesis.json")
        for node in nodes[1:]:
            for other in nodes:
                node.call("admin_addPeer", other.call("admin_nodeInfo")["enode"])
        first = nodes[0]
        story(first, nodes)
        tip = first.number() - 1
        headers = [first.call("debug_getRawHeader", hex(at)) for at in range(tip + 1)]
        known = [first.call("clique_getSnapshot", hex(at)) for at in range(tip + 1)]
        owners = [nodes[0].address, CONTRACT, "0x" + "e0" * 20, "0x" + "99" * 20]
        proofs = [first.call("eth_getProof", owner, SLOTS, hex(tip)) for owner in owners]
        for node in nodes:
            node.stop()
        first.run("export", str(scratch / "blocks"), "1", str(tip))
        origin = f"geth {geth_version(geth)}, private network, period 1 s, epoch 5, {len(nodes)} nodes"
        document = {
            "origin": origin,
            "genesis": genesis,
            "headers": headers,
            "signers": [sorted(snapshot["signers"]) for snapshot in known],
            "export": "0x" + (scratch / "blocks").read_bytes().hex(),
            "proofs": {"block": tip, "answers": proofs},
        }
        name = {1: "one-signer", 3: "three-signers"}[signers]
        (folder / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


def geth_version(geth):
    lines = subprocess.run([geth, "version"], check=True, capture_output=True, text=True).stdout.splitlines()
    return next(line.split()[1] for line in lines if line.startswith("Version"))


def wait(first, nodes):
    first.reach(lambda: first.number() >= 17)


def vote_in_and_out(first, nodes):
    """The fourth node is voted in, seals, and is voted out again."""
    *old, new = nodes
    signers = lambda: first.call("clique_getSigners")
    first.reach(lambda: first.number() >= 6)
    for node in old[:2]:
        node.call("clique_propose", new.address, True)
    first.reach(lambda: new.address in signers())
    joined = first.number()
    first.reach(lambda: first.number() >= joined + 12)
    for node in old:
        node.call("clique_discard", new.address)
        node.call("clique_propose", new.address, False)
    first.reach(lambda: new.address not in signers())
    left = first.number()
    first.reach(lambda: first.number() >= left + 12)


if __name__ == "__main__":
    geth, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    record(geth, folder, 1, 0, wait)
    record(geth, folder, 3, 1, vote_in_and_out)
