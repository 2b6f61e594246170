#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   get-jwks 11.0.3 and jwks-rsa 4.1.0 from npm, beside jose 6.2.18
# Guess:     a JWK Set of three keys is fetched once, and all three are known then.
# Behaviour: both keep single keys by their kid and throw the rest of what they fetched away: each key that is seen for
#            the first time costs a fetch of the whole set. jose keeps the set. While an issuer changes its keys, or
#            cannot be reached, a key that had been in the set already is not known.
# For us:    this gateway keeps the whole set. Behind one issuer a service in Node may refuse a token, since the issuer
#            is away, that the gateway takes.
# Seen:      fetches for three keys of one set: get-jwks 3 / jwks-rsa 3 / jose 1
# Exits with 1 if that has changed. Needs node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y > npm.log
npm install --silent --no-audit --no-fund get-jwks@11.0.3 jwks-rsa@4.1.0 jose@6.2.18 > npm.log 2>&1

cat > fetches.mjs << 'JS'
import { generateKeyPairSync } from "node:crypto";
import http from "node:http";
import getJwks from "get-jwks";
import { createRemoteJWKSet } from "jose";
import jwksRsa from "jwks-rsa";
const kids = ["a", "b", "c"];
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
const set = JSON.stringify({ keys: kids.map((kid) => ({ ...key, kid, alg: "RS256", use: "sig" })) });
let fetches = 0;
const issuer = http.createServer((_, response) => {
  fetches++;
  response.setHeader("Content-Type", "application/json").end(set);
});
await new Promise((done) => issuer.listen(0, "127.0.0.1", done));
const domain = `http://127.0.0.1:${issuer.address().port}`;
const jwksUri = `${domain}/.well-known/jwks.json`;
const remote = createRemoteJWKSet(new URL(jwksUri));
const [first, second] = [getJwks(), jwksRsa({ jwksUri })];
const seen = [];
for (const [name, find] of [
  ["get-jwks", (kid) => first.getPublicKey({ domain, alg: "RS256", kid })],
  ["jwks-rsa", (kid) => second.getSigningKey(kid)],
  ["jose", (kid) => remote({ alg: "RS256", kid })],
]) {
  fetches = 0;
  for (const kid of [...kids, ...kids]) await find(kid);
  seen.push(`${name} ${fetches}`);
}
console.log(`fetches for three keys of one set: ${seen.join(" / ")}`);
process.exit();
JS
seen=$(node fetches.mjs)
echo "$seen"
[ "$seen" = "fetches for three keys of one set: get-jwks 3 / jwks-rsa 3 / jose 1" ]
