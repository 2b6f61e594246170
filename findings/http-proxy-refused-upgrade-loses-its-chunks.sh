#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   http-proxy 1.18.1 from npm, beside httpxy 0.5.6, which began as its copy
# Guess:     a WebSocket upgrade that the server refuses with 429 and a body comes through the proxy as the response
#            that it is, whether its length is given or it comes in chunks.
# Behaviour: with chunks http-proxy passes on the header Transfer-Encoding: chunked, and then the body without its
#            chunks. The client cannot read the response: a parse error instead of 429 and its Retry-After. httpxy has
#            mended it.
# For us:    this gateway refuses an upgrade with a short body and its Content-Length, so that its 401, 429 and 503 pass
#            such a proxy.
# Seen:      http-proxy: 429 later, chunked: HPE_INVALID_CHUNK_SIZE / httpxy: 429 later, chunked: 429 later
# Exits with 1 if that has changed. Needs node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y > npm.log
npm install --silent --no-audit --no-fund http-proxy@1.18.1 httpxy@0.5.6 > npm.log 2>&1

cat > refuse.mjs << 'JS'
import http from "node:http";
import httpProxy from "http-proxy";
import { createProxyServer } from "httpxy";
const listen = (server) => new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));
const backend = http.createServer();
backend.on("upgrade", (request, socket) => {
  const known = "Content-Length: 5\r\n\r\nlater";
  const chunked = "Transfer-Encoding: chunked\r\n\r\n5\r\nlater\r\n0\r\n\r\n";
  socket.write("HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nRetry-After: 7\r\n");
  socket.end(request.url === "/length" ? known : chunked);
});
const target = `http://127.0.0.1:${await listen(backend)}`;
const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" };
headers["Sec-WebSocket-Key"] = "AAAAAAAAAAAAAAAAAAAAAA==";
const ask = (port, path) => new Promise((done) => {
  const take = (response) => {
    let body = "";
    response.on("data", (part) => (body += part)).on("error", () => {});
    response.on("close", () => done(`${response.statusCode} ${body || "no body"}`));
  };
  http.get({ host: "127.0.0.1", port, path, headers }, take).on("error", (error) => done(error.code));
});
const [older, newer] = [httpProxy.createProxyServer({ target }), createProxyServer({ target })];
const seen = [];
for (const [name, upgrade] of [
  ["http-proxy", (request, socket, head) => older.ws(request, socket, head)],
  ["httpxy", (request, socket, head) => newer.ws(request, socket, {}, head)],
]) {
  const front = http.createServer().on("upgrade", upgrade);
  const port = await listen(front);
  seen.push(`${name}: ${await ask(port, "/length")}, chunked: ${await ask(port, "/chunked")}`);
}
console.log(seen.join(" / "));
process.exit();
JS
seen=$(node refuse.mjs)
echo "$seen"
[ "$seen" = "http-proxy: 429 later, chunked: HPE_INVALID_CHUNK_SIZE / httpxy: 429 later, chunked: 429 later" ]
