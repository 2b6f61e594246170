#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   mqtt-packet 9.0.2 from npm, the codec of MQTT.js, Aedes and others
# Guess:     a PUBLISH that is parsed and generated again has its User Properties in the order in which they came; a
#            server must keep it [MQTT-3.3.2-18], and so should a bridge.
# Behaviour: they become an object with a list for each name. Properties of one name come together, and names that look
#            like whole numbers come first, the smaller before the greater.
# For us:    this gateway keeps the order, but a bridge or a consumer in Node does not show it. A trace such as "hop,
#            via, hop" belongs in one property.
# Seen:      came: hop=a via=b hop=c 20=d 3=e / passed on: 3=e 20=d hop=a hop=c via=b
# Exits with 1 if that has changed. Needs node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y > npm.log
npm install --silent --no-audit --no-fund mqtt-packet@9.0.2 > npm.log 2>&1

cat > order.mjs << 'JS'
import mqtt from "mqtt-packet";
const version = { protocolVersion: 5 };
const text = (s) => [0, s.length, ...Buffer.from(s)];
const pairs = (list) => list.flatMap(([name, value]) => [0x26, ...text(name), ...text(value)]);
/** The names and values of the User Properties of a PUBLISH to "t", as they stand in its bytes. */
const read = (bytes) =>
  [...bytes.toString("latin1").matchAll(/&\0.(\w+)\0.(\w+)/g)].map((m) => `${m[1]}=${m[2]}`).join(" ");
const properties = pairs([["hop", "a"], ["via", "b"], ["hop", "c"], ["20", "d"], ["3", "e"]]);
const body = [...text("t"), properties.length, ...properties];
const sent = Buffer.from([0x30, body.length, ...body]);
let packet;
mqtt.parser(version).on("packet", (parsed) => (packet = parsed)).parse(sent);
console.log(`came: ${read(sent)} / passed on: ${read(mqtt.generate(packet, version))}`);
JS
seen=$(node order.mjs)
echo "$seen"
[ "$seen" = "came: hop=a via=b hop=c 20=d 3=e / passed on: 3=e 20=d hop=a hop=c via=b" ]
