#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   u8-mqtt 0.6.7 from npm, an MQTT client for browsers and Node, with its automatic reconnect; the broker is a
#            script with mqtt-packet 9.0.2
# Guess:     a publish at QoS 1 whose connection ends before PUBACK is sent again after the reconnect, or its promise is
#            rejected.
# Behaviour: neither. The client connects again and goes on with what is new; the promise of that publish stays pending
#            for good, and the message is lost.
# For us:    after each failover or restart of a gateway such a client has lost what was under way.
#            gateway/docs/clients.md says it.
# Seen:      connects: 2 / publishes: 1 / promise: pending
# Exits with 1 if that has changed. Needs node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y > npm.log
npm install --silent --no-audit --no-fund u8-mqtt@0.6.7 mqtt-packet@9.0.2 > npm.log 2>&1

cat > again.mjs << 'JS'
import net from "node:net";
import mqtt from "mqtt-packet";
import client from "u8-mqtt";
const connects = [];
let publishes = 0;
const server = net.createServer((socket) => {
  const version = { protocolVersion: 5 };
  const parser = mqtt.parser();
  socket.on("data", (bytes) => parser.parse(bytes)).on("error", () => {});
  parser.on("packet", (packet) => {
    if (packet.cmd === "connect") {
      connects.push(packet.clean);
      const sessionPresent = connects.length > 1;
      socket.write(mqtt.generate({ cmd: "connack", reasonCode: 0, returnCode: 0, sessionPresent }, version));
    }
    if (packet.cmd === "publish") {
      publishes++;
      if (connects.length === 1) socket.destroy();
      else socket.write(mqtt.generate({ cmd: "puback", messageId: packet.messageId, reasonCode: 0 }, version));
    }
  });
}).listen(0, "127.0.0.1");
await new Promise((done) => server.on("listening", done));
console.log = () => {};
const connection = client().with_tcp(`tcp://127.0.0.1:${server.address().port}`).with_autoreconnect();
await connection.connect({ client_id: "c", flags: { clean_start: false } });
let outcome = "pending";
connection.publish({ topic: "t", payload: "m", qos: 1 }).then(() => (outcome = "done"), () => (outcome = "failed"));
await new Promise((done) => setTimeout(done, 10000));
console.info(`connects: ${connects.length} / publishes: ${publishes} / promise: ${outcome}`);
process.exit();
JS
seen=$(node again.mjs | tail -n 1)
echo "$seen"
[ "$seen" = "connects: 2 / publishes: 1 / promise: pending" ]
