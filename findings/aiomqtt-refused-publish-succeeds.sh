#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   aiomqtt 2.5.1 with paho-mqtt 2.1.0 from PyPI; the broker is a script with mqtt-packet 9.0.2
# Guess:     await client.publish(...) raises when the server refuses the message with 0x87 (not authorized), and a
#            PUBREC that refuses ends the exchange: no PUBREL [MQTT-4.3.3-4].
# Behaviour: it returns as after a success, at QoS 1 and 2, and has no way to tell. The PUBREC with 0x87 is answered
#            with a PUBREL, as if it were accepted.
# For us:    the gateway refuses so what no rule allows; a script that does not subscribe to what it publishes does not
#            notice. gateway/docs/clients.md says it.
# Seen:      QoS 1: no error / QoS 2: no error / PUBREL after a refused PUBREC: 1
# Exits with 1 if that has changed. Needs node, npm and Python 3.11.
set -euo pipefail
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || { kill "$pid"; wait "$pid" || true; } 2> /dev/null; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet aiomqtt==2.5.1 paho-mqtt==2.1.0 > pip.log 2>&1
npm init -y > npm.log
npm install --silent --no-audit --no-fund mqtt-packet@9.0.2 > npm.log 2>&1

# A broker that does what the text after it says, and writes what it is sent.
cat > broker.mjs << 'JS'
import net from "node:net";
import mqtt from "mqtt-packet";
let connections = 0;
const server = net.createServer((socket) => {
  const nr = ++connections;
  const version = { protocolVersion: 5 };
  const send = (packet) => socket.write(mqtt.generate(packet, version));
  const parser = mqtt.parser();
  socket.on("data", (bytes) => parser.parse(bytes)).on("error", () => {});
  parser.on("packet", (packet) => {
    const { cmd, messageId } = packet;
    if (cmd === "connect") version.protocolVersion = packet.protocolVersion;
    console.log([nr, cmd, cmd === "publish" ? `QoS ${packet.qos}` : "", packet.dup ? "DUP" : ""].join(" ").trim());
    if (cmd === "connect") send({ cmd: "connack", sessionPresent: nr > 1, returnCode: 0, reasonCode: 0 });
    if (cmd === "publish") send({ cmd: packet.qos === 1 ? "puback" : "pubrec", messageId, reasonCode: 0x87 });
    if (cmd === "pubrel") send({ cmd: "pubcomp", messageId, reasonCode: 0x92 });
  });
}).listen(0, "127.0.0.1", () => console.log(`port ${server.address().port}`));
JS
node broker.mjs > packets.log &
pid=$!
until grep -qs "^port" packets.log; do sleep 0.1; done
port=$(sed -n "s/^port //p" packets.log)

cat > refused.py << 'PYTHON'
import asyncio
import sys

import aiomqtt


async def main():
    broker = {"hostname": "127.0.0.1", "port": int(sys.argv[1]), "protocol": aiomqtt.ProtocolVersion.V5}
    async with aiomqtt.Client(**broker) as client:
        for qos in (1, 2):
            try:
                await client.publish("t", "m", qos=qos)
                outcome = "no error"
            except aiomqtt.MqttError as error:
                outcome = f"error {error}"
            print(f"QoS {qos}: {outcome}", end=" / ")


asyncio.run(main())
PYTHON
seen=$(venv/bin/python refused.py "$port")
seen="${seen}PUBREL after a refused PUBREC: $(grep -c pubrel packets.log || true)"
echo "$seen"
[ "$seen" = "QoS 1: no error / QoS 2: no error / PUBREL after a refused PUBREC: 1" ]
