#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   faye-websocket 0.11.4 from npm (with its websocket-driver 0.7.4), beside ws 8.23.0
# Guess:     a client tells its application the code of the server's Close. 1012 (service restart), 1013 (try again
#            later) and 1014 (bad gateway) are registered and permitted.
# Behaviour: it takes these three for a violation, answers 1002 and tells its application 1002, protocol error, without
#            the reason. 1001, 1011 and 4000 come as they were sent.
# For us:    this gateway ends with 1001 when it stops, not with 1012, and needs none of the three; a proxy before it
#            that says 1012 or 1013 at a restart looks to such a client like a broken protocol.
# Seen:      ws: 1001 1011 1012 1013 1014 4000 / faye: 1001 1011 1002 1002 1002 4000
# Exits with 1 if that has changed. Needs node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y > npm.log
npm install --silent --no-audit --no-fund faye-websocket@0.11.4 ws@8.23.0 > npm.log 2>&1

cat > close.mjs << 'JS'
import faye from "faye-websocket";
import { WebSocket, WebSocketServer } from "ws";
const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
server.on("connection", (socket, request) => socket.close(Number(request.url.slice(1)), "back soon"));
await new Promise((done) => server.on("listening", done));
const codes = [1001, 1011, 1012, 1013, 1014, 4000];
for (const [name, Client] of [["ws", WebSocket], ["faye", faye.Client]]) {
  const came = [];
  for (const code of codes) {
    const socket = new Client(`ws://127.0.0.1:${server.address().port}/${code}`);
    came.push(await new Promise((done) => (socket.onclose = (event) => done(event.code))));
  }
  console.log(`${name}: ${came.join(" ")}`);
}
process.exit();
JS
seen=$(node close.mjs | paste -sd / | sed "s./. / .")
echo "$seen"
[ "$seen" = "ws: 1001 1011 1012 1013 1014 4000 / faye: 1001 1011 1002 1002 1002 4000" ]
