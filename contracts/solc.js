#!/usr/bin/env node
// Lets forge drive the WebAssembly compiler of the npm package `solc`: forge expects a program that
// answers `--version` and otherwise turns standard JSON on stdin into standard JSON on stdout.
"use strict";

const fs = require("node:fs");
const solc = require("solc");

if (process.argv.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else {
  process.stdout.write(solc.compile(fs.readFileSync(0, "utf8")));
}
