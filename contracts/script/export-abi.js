#!/usr/bin/env node
// Writes what others read instead of the sources, from forge's build output:
//   abi/<Contract>.json: the client binds to `abi`, the deployer sends `bytecode`. With its constructor's values written over
//     `deployedBytecode` at the places that `immutables` lists by name, the code of a deployment is known beforehand.
//   abi/Bridge.storage.json: where the bridge keeps what attesters read by storage proofs; members of structs by their path.
// With --check nothing is written, and the exit code is 1 when a committed file differs.
"use strict";

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const CONTRACTS = ["Bridge", "FBTC", "Channels", "IssuedToken"];
const root = path.resolve(__dirname, "..");
const out = path.join(root, "out", "abi");
const check = process.argv.includes("--check");

const forge = path.join(root, "node_modules", ".bin", "forge");
// The committed bytecode is the default profile's, whatever the caller works with, and of one run over all sources: the ids
// in the syntax trees, which some of the optimiser's choices follow, are those of a run.
execFileSync(forge, ["build", "src", "--force", "--out", out, "--ast", "--quiet", "--extra-output", "storageLayout"], {
  cwd: root,
  env: { ...process.env, FOUNDRY_PROFILE: "default" },
  stdio: ["ignore", "inherit", "inherit"],
});

function artifact(name) {
  return JSON.parse(fs.readFileSync(path.join(out, `${name}.sol`, `${name}.json`), "utf8"));
}

// Names of the immutables of all sources by the ids of their declarations.
function immutableNames() {
  const names = new Map();
  const files = fs.readdirSync(out, { recursive: true }).filter((file) => file.endsWith(".json"));
  for (const file of files) {
    const { ast } = JSON.parse(fs.readFileSync(path.join(out, file), "utf8"));
    for (const { nodeType, nodes } of ast?.nodes ?? []) {
      if (nodeType !== "ContractDefinition") continue;
      for (const { mutability, id, name } of nodes) if (mutability === "immutable") names.set(String(id), name);
    }
  }
  return names;
}

function contract(name) {
  const { abi, bytecode, deployedBytecode } = artifact(name);
  for (const { object } of [bytecode, deployedBytecode]) {
    if (object.includes("__$")) throw new Error(`${name} has unlinked libraries`);
  }
  const immutables = Object.entries(deployedBytecode.immutableReferences ?? {}).map(([id, places]) => {
    if (!names.has(id)) throw new Error(`${name}: no declaration of immutable ${id}`);
    return [names.get(id), places.map(({ start }) => start)];
  });
  immutables.sort(([left], [right]) => (left < right ? -1 : 1));
  return {
    abi,
    bytecode: bytecode.object,
    deployedBytecode: deployedBytecode.object,
    immutables: Object.fromEntries(immutables),
  };
}

// Each variable, and each member of a struct under its path, with its absolute slot and the byte from the right that it starts at.
function storage(name) {
  const { storage: variables, types } = artifact(name).storageLayout;
  const flatten = (members, prefix, base) =>
    members.flatMap(({ label, slot, offset, type }) => {
      const at = base + Number(slot);
      const inner = types[type].members;
      if (inner) return flatten(inner, `${prefix}${label}.`, at);
      return [{ label: prefix + label, slot: at, offset, type: types[type].label }];
    });
  return flatten(variables, "", 0);
}

const names = immutableNames();
let stale = 0;
function commit(file, content) {
  const target = path.join(root, "abi", file);
  const wanted = `${JSON.stringify(content, null, 2)}\n`;
  if (!check) {
    fs.writeFileSync(target, wanted);
  } else if (!fs.existsSync(target) || fs.readFileSync(target, "utf8") !== wanted) {
    console.error(`abi/${file} differs from the sources: run \`npm run abi\` in contracts/ and commit it`);
    stale += 1;
  }
}

for (const name of CONTRACTS) commit(`${name}.json`, contract(name));
commit("Bridge.storage.json", storage("Bridge"));
process.exit(stale === 0 ? 0 : 1);
