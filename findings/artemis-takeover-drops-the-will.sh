#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   org.apache.activemq:artemis-server and artemis-mqtt-protocol 2.40.0 from Maven Central; spoken to with
#            mqtt-packet 9.0.2
# Guess:     a client that connects with the client identifier of another ends that connection, and the will of the one
#            that was ended is published, as after any end without DISCONNECT from the client [MQTT-3.1.2-8].
# Behaviour: the connection is closed with 0x8E and its will, without a delay, is dropped. When the connection is cut,
#            it is published.
# For us:    here both publish it. A device that comes back before its old connection was missed is reported as gone and
#            back on this gateway, and not at all on Artemis.
# Seen:      cut: connection closed, wills 1 / taken over: connection closed, wills 0
# Exits with 1 if that has changed. Needs node, npm, a JDK of 17 or newer and Maven.
set -euo pipefail
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || { kill "$pid"; wait "$pid" || true; } 2> /dev/null; rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml << 'POM'
<project>
  <modelVersion>4.0.0</modelVersion><groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
  <dependency>
    <groupId>org.apache.activemq</groupId><artifactId>artemis-server</artifactId><version>2.40.0</version>
  </dependency>
  <dependency>
    <groupId>org.apache.activemq</groupId><artifactId>artemis-mqtt-protocol</artifactId><version>2.40.0</version>
  </dependency>
  </dependencies>
</project>
POM
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=path.txt > mvn.log
npm init -y > npm.log
npm install --silent --no-audit --no-fund mqtt-packet@9.0.2 > npm.log 2>&1

cat > Broker.java << 'JAVA'
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;

class Broker {
    public static void main(String[] args) throws Exception {
        var settings = new ConfigurationImpl().setPersistenceEnabled(false).setSecurityEnabled(false);
        settings.addAcceptorConfiguration("mqtt", "tcp://127.0.0.1:" + args[0] + "?protocols=MQTT");
        new EmbeddedActiveMQ().setConfiguration(settings).start();
        System.out.println("up");
    }
}
JAVA
cat > probe.mjs << 'JS'
import net from "node:net";
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
const port = Number(process.argv[2]);
const seen = [];
for (const name of ["cut", "taken over"]) {
  const watcher = await open(port, { protocolVersion: 5, clientId: `watcher of ${name}` });
  await watcher.subscribe("wills", 0);
  const will = { topic: "wills", payload: Buffer.from("gone"), qos: 0, retain: false };
  const client = await open(port, { protocolVersion: 5, clientId: name, will });
  if (name === "cut") client.socket.destroy();
  else await open(port, { protocolVersion: 5, clientId: name });
  await sleep(2500);
  seen.push(`${name}: connection ${client.closed ? "closed" : "open"}, wills ${watcher.all("publish").length}`);
  watcher.socket.destroy();
}
console.log(seen.join(" / "));
process.exit();
JS
port=$(node -e 's = net.createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });')
java -Xmx400m -cp "$(cat path.txt)" Broker.java "$port" > broker.log 2>&1 &
pid=$!
until grep -qs "^up" broker.log; do kill -0 "$pid"; sleep 0.1; done
seen=$(node probe.mjs "$port")
echo "$seen"
[ "$seen" = "cut: connection closed, wills 1 / taken over: connection closed, wills 0" ]
