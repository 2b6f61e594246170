#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   mqtt (MQTT.js) 5.16.0 from npm, bundled by esbuild 0.25.0
# Guess:     what its types declare and Node runs, `import { connect } from "mqtt"`, also works in a browser bundle.
# Behaviour: it does not. Under the export condition "browser" the package leads to dist/mqtt.esm.js, which exports a
#            default only; types and the Node build have the named exports. The code type-checks, runs in Node, and the
#            bundler refuses it: No matching export in ".../mqtt.esm.js" for import "connect".
# For us:    web-demo/client imports the default, `import mqtt from "mqtt"`, which all builds have.
# Seen:      node: function / types: declared / bundle: No matching export / default import: bundled
# Exits with 1 if that has changed. Needs node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y > npm.log
npm install --silent --no-audit --no-fund mqtt@5.16.0 esbuild@0.25.0 > npm.log 2>&1

echo 'import { connect } from "mqtt"; console.log(typeof connect);' > named.mjs
echo 'import mqtt from "mqtt"; console.log(typeof mqtt.connect);' > default.mjs

in_node=$(node named.mjs)
types=$(grep -q "^export {.*connectAsync" node_modules/mqtt/build/mqtt.d.ts && echo declared || echo missing)
if npx esbuild named.mjs --bundle --platform=browser --outfile=named.js > bundle.log 2>&1; then
  named=bundled
else
  named=$(grep -o "No matching export" bundle.log | head -n 1)
fi
npx esbuild default.mjs --bundle --platform=browser --outfile=default.js > default.log 2>&1 && by_default=bundled

echo "node: $in_node / types: $types / bundle: $named / default import: ${by_default:-refused}"
[ "$in_node / $types / $named / ${by_default:-}" = "function / declared / No matching export / bundled" ]
