#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   aedes 1.2.0 from npm, an MQTT broker for Node, with what it keeps in memory; spoken to with mqtt-packet
#            9.0.2
# Guess:     a session that comes back gets what was kept for it, then what is published from then on: what one
#            publisher sent at one QoS to one topic comes in its order [MQTT-4.6.0-6].
# Behaviour: the subscriptions of the session are live again before the kept messages have been read. What is published
#            meanwhile goes out between them: a message published later comes first. Nothing is lost.
# For us:    this gateway keeps that order for a session that comes back. Whether a client relies on it, a test against
#            aedes shows by chance.
# Seen:      messages: 700 of 700 / in the order of publishing: no
# Exits with 1 if that has changed. Needs node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y > npm.log
npm install --silent --no-audit --no-fund aedes@1.2.0 mqtt-packet@9.0.2 > npm.log 2>&1
cat > probe.mjs << 'JS'
import net from "node:net";
import { Aedes } from "aedes";
import mqtt from "mqtt-packet";
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
/** A connection that keeps what it gets and answers nothing by itself. */
async function open(port, connect) {
  const version = { protocolVersion: connect.protocolVersion };
  const me = { got: [], closed: false, socket: net.connect(port, "127.0.0.1") };
  const parser = mqtt.parser(version).on("packet", (packet) => me.got.push(packet));
  me.socket.on("data", (bytes) => parser.parse(bytes)).on("error", () => {}).on("close", () => (me.closed = true));
  me.all = (cmd) => me.got.filter((packet) => packet.cmd === cmd);
  me.until = async (cmd, count = 1) => {
    for (const end = Date.now() + 10000; me.all(cmd).length < count && Date.now() < end; ) await sleep(5);
    return me.all(cmd);
  };
  me.send = async (packet, answer) => {
    const before = me.all(answer).length;
    me.socket.write(mqtt.generate(packet, version));
    if (answer) await me.until(answer, before + 1);
  };
  me.publish = (topic, payload, more) =>
    me.send({ cmd: "publish", topic, payload, qos: 1, messageId: 1, dup: false, retain: false, ...more }, "puback");
  me.subscribe = (topic, qos) => me.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos }] }, "suback");
  await me.send({ cmd: "connect", protocolId: "MQTT", clean: true, keepalive: 0, ...connect }, "connack");
  return me;
}
const server = net.createServer((await Aedes.createBroker()).handle).listen(0, "127.0.0.1");
await sleep(100);
const port = server.address().port;
const member = { protocolVersion: 4, clientId: "member", clean: false };
let subscriber = await open(port, member);
await subscriber.subscribe("t", 1);
subscriber.socket.destroy();
await sleep(200);
const publisher = await open(port, { protocolVersion: 4, clientId: "publisher" });
for (let i = 0; i < 300; i++) await publisher.publish("t", `${i}`);
const back = open(port, member);
for (let i = 300; i < 700; i++) await publisher.publish("t", `${i}`);
subscriber = await back;
await subscriber.until("publish", 700);
const numbers = subscriber.all("publish").map((packet) => Number(packet.payload));
const inOrder = numbers.every((number, i) => i === 0 || number > numbers[i - 1]);
console.log(`messages: ${new Set(numbers).size} of 700 / in the order of publishing: ${inOrder ? "yes" : "no"}`);
process.exit();
JS
seen=$(node probe.mjs)
echo "$seen"
[ "$seen" = "messages: 700 of 700 / in the order of publishing: no" ]
