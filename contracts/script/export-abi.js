#!/usr/bin/env node
// Writes abi/<Contract>.json ({ "abi", "bytecode" }) from forge's build output: what the client binds to and the deployer
// sends. With --check nothing is written, and the exit code is 1 when a committed file differs.
"use strict";

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const CONTRACTS = ["Bridge", "FBTC"];
const root = path.resolve(__dirname, "..");
const check = process.argv.includes("--check");

function rendered(name) {
  const artifact = path.join(root, "out", `${name}.sol`, `${name}.json`);
  const { abi, bytecode } = JSON.parse(fs.readFileSync(artifact, "utf8"));
  if (bytecode.object.includes("__$")) throw new Error(`${name} has unlinked libraries`);
  return `${JSON.stringify({ abi, bytecode: bytecode.object }, null, 2)}\n`;
}

const forge = path.join(root, "node_modules", ".bin", "forge");
// The committed bytecode is the default profile's, whatever the caller works with.
execFileSync(forge, ["build", "--skip", "test", "--quiet"], {
  cwd: root,
  env: { ...process.env, FOUNDRY_PROFILE: "default" },
  stdio: ["ignore", "inherit", "inherit"],
});

let stale = 0;
for (const name of CONTRACTS) {
  const file = path.join(root, "abi", `${name}.json`);
  const wanted = rendered(name);
  if (!check) {
    fs.writeFileSync(file, wanted);
  } else if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== wanted) {
    console.error(`abi/${name}.json differs from the sources: run \`npm run abi\` in contracts/ and commit it`);
    stale += 1;
  }
}
process.exit(stale === 0 ? 0 : 1);
