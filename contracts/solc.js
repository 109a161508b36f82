#!/usr/bin/env node
// Lets forge drive the WebAssembly compiler of the npm package `solc`: forge expects a program that
// answers `--version` and otherwise turns standard JSON on stdin into standard JSON on stdout.
//
// The compiler takes minutes for all tests, and the same input always has the same output: where
// FARBANK_SOLC_CACHE names a folder, outputs are kept there and found again.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const zlib = require("node:zlib");
const solc = require("solc");

// All inputs of a checkout are about ten; an output has a few MiB.
const KEPT = 40;

function compile(input) {
  const folder = process.env.FARBANK_SOLC_CACHE;
  if (!folder) return solc.compile(input);
  const digest = crypto.createHash("sha256").update(solc.version()).update("\0").update(input).digest("hex");
  const file = path.join(folder, `${digest}.json.gz`);
  try {
    const output = zlib.gunzipSync(fs.readFileSync(file)).toString("utf8");
    fs.utimesSync(file, new Date(), new Date());
    return output;
  } catch {
    // Not there, or damaged: made anew.
  }
  const output = solc.compile(input);
  keep(folder, file, output);
  return output;
}

function keep(folder, file, output) {
  fs.mkdirSync(folder, { recursive: true });
  const scratch = `${file}.${process.pid}`;
  fs.writeFileSync(scratch, zlib.gzipSync(output));
  fs.renameSync(scratch, file);
  const used = (name) => fs.statSync(path.join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const entries = fs.readdirSync(folder).map((name) => ({ name, used: used(name) }));
  entries.sort((a, b) => b.used - a.used);
  for (const { name } of entries.slice(KEPT)) fs.rmSync(path.join(folder, name), { force: true });
}

if (process.argv.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else {
  process.stdout.write(compile(fs.readFileSync(0, "utf8")));
}
