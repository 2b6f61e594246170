#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   io.moquette:moquette-broker 0.17 from Maven Central, an MQTT broker in Java; spoken to with mqtt-packet
#            9.0.2
# Guess:     a retained message that comes because of a new subscription has RETAIN 1, whatever its QoS [MQTT-3.3.1-8 of
#            3.1.1].
# Behaviour: it has RETAIN 1 at QoS 0 only. At QoS 1 and 2 it comes with RETAIN 0 and looks like one that was published
#            just then, so a client that drops the old state, or tells it from a new one, is wrong.
# For us:    this gateway sets the flag. A client that was tried with Moquette alone has met it at QoS 0 only.
# Seen:      at QoS 0: RETAIN 1 / at QoS 1: RETAIN 0
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
  <dependency><groupId>io.moquette</groupId><artifactId>moquette-broker</artifactId><version>0.17</version></dependency>
  </dependencies>
</project>
POM
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=path.txt > mvn.log
npm init -y > npm.log
npm install --silent --no-audit --no-fund mqtt-packet@9.0.2 > npm.log 2>&1

cat > Broker.java << 'JAVA'
import io.moquette.broker.Server;
import io.moquette.broker.config.MemoryConfig;
import java.io.StringReader;
import java.util.Properties;

class Broker {
    public static void main(String[] args) throws Exception {
        Properties settings = new Properties();
        settings.load(new StringReader("host=127.0.0.1\nport=" + args[0]
                + "\nallow_anonymous=true\npersistence_enabled=false\ntelemetry_enabled=false\n"));
        new Server().startServer(new MemoryConfig(settings));
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
const publisher = await open(port, { protocolVersion: 4, clientId: "publisher" });
await publisher.publish("t", "kept", { retain: true });
const seen = [];
for (const qos of [0, 1]) {
  const subscriber = await open(port, { protocolVersion: 4, clientId: `subscriber${qos}` });
  await subscriber.subscribe("t", qos);
  const [message] = await subscriber.until("publish");
  seen.push(`at QoS ${message.qos}: RETAIN ${message.retain ? 1 : 0}`);
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
[ "$seen" = "at QoS 0: RETAIN 1 / at QoS 1: RETAIN 0" ]
