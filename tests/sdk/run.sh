#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 Retryscope contributors
# SPDX-License-Identifier: Apache-2.0
# The official SDKs from npm against the simulated providers of the command line in CLI_BINARY, and the engine against a
# provider that nobody here wrote. Arguments name suites. Ends with 77 where Node 20, npm or the packages are not to be had.
set -euo pipefail
: "${CLI_BINARY:?names the built retryscope-cli, such as build/bin/retryscope-cli}"
CLI_BINARY=$(realpath "$CLI_BINARY")
export CLI_BINARY
cd "$(dirname "$0")"
skip() { echo "SKIPPED: $1"; exit 77; }
command -v node > /dev/null || skip "Node is not installed; version 20 or later runs this test"
node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' || skip "Node $(node --version) is too old; version 20 or later runs this test"
if ! cmp -s package-lock.json node_modules/.installed; then
  command -v npm > /dev/null || skip "npm is not installed; it fetches the packages of this test"
  echo "installing the packages of package-lock.json"
  timeout 240 npm ci --ignore-scripts --no-audit --no-fund > npm.log 2>&1 || { tail -n 5 npm.log; skip "the packages cannot be fetched (all of it in tests/sdk/npm.log)"; }
  cp package-lock.json node_modules/.installed
fi
exec node --test-reporter=spec main.mjs "$@"
