#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   org.eclipse.paho:org.eclipse.paho.mqttv5.client 1.2.5 and org.fusesource.mqtt-client:mqtt-client 1.16 from
#            Maven Central; the broker is a script with mqtt-packet 9.0.2
# Guess:     a message of QoS 2 whose PUBREC was lost with the connection comes again, with the same packet identifier
#            and DUP 1; the client, which keeps its session, shows it to the application once [MQTT-4.3.3-10 of 5].
# Behaviour: both show it twice. The client knows no more that it has received this packet identifier.
# For us:    the gateway repeats as MQTT asks, with identifier and DUP; it cannot tell that the PUBREC was on its way.
#            gateway/docs/clients.md names both clients.
# Seen:      shown by Paho: 2 / by fusesource: 2
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
    <groupId>org.eclipse.paho</groupId><artifactId>org.eclipse.paho.mqttv5.client</artifactId><version>1.2.5</version>
  </dependency>
  <dependency>
    <groupId>org.fusesource.mqtt-client</groupId><artifactId>mqtt-client</artifactId><version>1.16</version>
  </dependency>
  </dependencies>
</project>
POM
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=path.txt > mvn.log
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
    if (cmd === "connect") send({ cmd: "connack", sessionPresent: nr % 2 === 0, returnCode: 0, reasonCode: 0 });
    const message = { cmd: "publish", topic: "t", payload: "m", qos: 2, messageId: 7, retain: false };
    if (cmd === "connect" && nr % 2 === 0) send({ ...message, dup: true });
    if (cmd === "subscribe") send({ cmd: "suback", messageId, granted: [2] });
    if (cmd === "subscribe" && nr % 2 === 1) send({ ...message, dup: false });
    if (cmd === "pubrec" && nr % 2 === 1) socket.destroy();
    if (cmd === "pubrec" && nr % 2 === 0) send({ cmd: "pubrel", messageId });
  });
}).listen(0, "127.0.0.1", () => console.log(`port ${server.address().port}`));
JS
node broker.mjs > packets.log &
pid=$!
until grep -qs "^port" packets.log; do sleep 0.1; done
port=$(sed -n "s/^port //p" packets.log)

cat > Twice.java << 'JAVA'
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.paho.mqttv5.client.*;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.fusesource.mqtt.client.*;

class Twice {
    public static void main(String[] args) throws Exception {
        var shown = new AtomicInteger();
        var paho = new MqttAsyncClient("tcp://127.0.0.1:" + args[0], "paho", new MemoryPersistence());
        paho.setCallback(new MqttCallback() {
            public void messageArrived(String topic, MqttMessage message) { shown.incrementAndGet(); }
            public void disconnected(MqttDisconnectResponse response) {}
            public void mqttErrorOccurred(MqttException exception) {}
            public void deliveryComplete(IMqttToken token) {}
            public void connectComplete(boolean again, String uri) {}
            public void authPacketArrived(int reason, MqttProperties properties) {}
        });
        var options = new MqttConnectionOptions();
        options.setCleanStart(false);
        options.setSessionExpiryInterval(100L);
        options.setAutomaticReconnect(true);
        paho.connect(options).waitForCompletion(10000);
        paho.subscribe("t", 2).waitForCompletion(10000);
        Thread.sleep(5000);
        System.out.print("shown by Paho: " + shown.getAndSet(0));
        MQTT settings = new MQTT();
        settings.setHost("127.0.0.1", Integer.parseInt(args[0]));
        settings.setClientId("fusesource");
        settings.setCleanSession(false);
        FutureConnection fuse = settings.futureConnection();
        fuse.connect().await(10, TimeUnit.SECONDS);
        fuse.subscribe(new Topic[] {new Topic("t", QoS.EXACTLY_ONCE)}).await(10, TimeUnit.SECONDS);
        try {
            while (true) {
                fuse.receive().await(5, TimeUnit.SECONDS).ack();
                shown.incrementAndGet();
            }
        } catch (java.util.concurrent.TimeoutException nothingMore) {
            System.out.println(" / by fusesource: " + shown);
        }
        System.exit(0);
    }
}
JAVA
seen=$(java -Xmx200m -cp "$(cat path.txt)" Twice.java "$port" 2> java.log)
echo "$seen"
[ "$seen" = "shown by Paho: 2 / by fusesource: 2" ]
