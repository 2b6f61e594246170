#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   com.hivemq:hivemq-community-edition-embedded 2025.4 from Maven Central; spoken to with mqtt-packet 9.0.2
# Guess:     a client with a Receive Maximum of 100 gets up to 100 messages of QoS 1 before it has acknowledged the
#            first.
# Behaviour: of messages that come one after the other a connected client is sent the first; the others wait until it
#            has been acknowledged. Then all the others come at once. A client that acknowledges in batches, when it
#            has, say, five, waits without end.
# For us:    a client was tried against HiveMQ CE with one message in flight, whatever it can bear; here it gets as many
#            as its Receive Maximum allows.
# Seen:      sent before an acknowledgement: 1 of 5 / after one: 5 of 5
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
    <groupId>com.hivemq</groupId><artifactId>hivemq-community-edition-embedded</artifactId><version>2025.4</version>
  </dependency>
  </dependencies>
</project>
POM
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=path.txt > mvn.log
npm init -y > npm.log
npm install --silent --no-audit --no-fund mqtt-packet@9.0.2 > npm.log 2>&1

mkdir conf data extensions
cat > Broker.java << 'JAVA'
import com.hivemq.embedded.EmbeddedHiveMQ;
import java.nio.file.Files;
import java.nio.file.Path;

class Broker {
    public static void main(String[] args) throws Exception {
        Files.writeString(Path.of("conf/config.xml"), "<hivemq><listeners><tcp-listener><port>" + args[0] + "</port>"
                + "<bind-address>127.0.0.1</bind-address></tcp-listener></listeners>"
                + "<persistence><mode>in-memory</mode></persistence>"
                + "<anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics></hivemq>");
        EmbeddedHiveMQ.builder().withConfigurationFolder(Path.of("conf")).withDataFolder(Path.of("data"))
                .withExtensionsFolder(Path.of("extensions")).build().start().join();
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
const properties = { receiveMaximum: 100 };
const subscriber = await open(port, { protocolVersion: 5, clientId: "subscriber", properties });
await subscriber.subscribe("t", 1);
const publisher = await open(port, { protocolVersion: 5, clientId: "publisher" });
for (let i = 0; i < 5; i++) await publisher.publish("t", `${i}`);
await sleep(3000);
const [first] = subscriber.all("publish");
const before = subscriber.all("publish").length;
subscriber.send({ cmd: "puback", messageId: first.messageId });
const after = await subscriber.until("publish", 5);
console.log(`sent before an acknowledgement: ${before} of 5 / after one: ${after.length} of 5`);
process.exit();
JS
port=$(node -e 's = net.createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });')
java -Xmx400m -cp "$(cat path.txt)" Broker.java "$port" > broker.log 2>&1 &
pid=$!
until grep -qs "^up" broker.log; do kill -0 "$pid"; sleep 0.1; done
seen=$(node probe.mjs "$port")
echo "$seen"
[ "$seen" = "sent before an acknowledgement: 1 of 5 / after one: 5 of 5" ]
