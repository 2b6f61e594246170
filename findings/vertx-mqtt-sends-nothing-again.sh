#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   io.vertx:vertx-mqtt 5.0.7 from Maven Central, its client; the broker is a script with mqtt-packet 9.0.2
# Guess:     a publish at QoS 1 succeeds when PUBACK has come. If the connection ends before, the same client sends the
#            message again when it connects to its kept session [MQTT-4.4.0-1].
# Behaviour: its Future succeeds when the bytes are written. After a reconnect with session present nothing is sent
#            again: what had not been acknowledged is lost. Only publishCompletionExpirationHandler would tell.
# For us:    a message that the gateway has not acknowledged is the client's to repeat, and this client does not:
#            gateway/docs/clients.md says so.
# Seen:      publish: succeeded / session present: true / sent again: 0
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
  <dependency><groupId>io.vertx</groupId><artifactId>vertx-mqtt</artifactId><version>5.0.7</version></dependency>
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
    if (cmd === "connect") send({ cmd: "connack", sessionPresent: nr > 1, returnCode: 0, reasonCode: 0 });
    if (cmd === "publish" && nr === 1) socket.destroy();
    if (cmd === "publish" && nr > 1) send({ cmd: "puback", messageId });
  });
}).listen(0, "127.0.0.1", () => console.log(`port ${server.address().port}`));
JS
node broker.mjs > packets.log &
pid=$!
until grep -qs "^port" packets.log; do sleep 0.1; done
port=$(sed -n "s/^port //p" packets.log)

cat > Again.java << 'JAVA'
import io.netty.handler.codec.mqtt.MqttQoS;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.mqtt.MqttClient;
import io.vertx.mqtt.MqttClientOptions;
import java.util.concurrent.TimeUnit;

class Again {
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        var client = MqttClient.create(Vertx.vertx(), new MqttClientOptions().setClientId("c").setCleanSession(false));
        client.connect(port, "127.0.0.1").toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        var published = client.publish("t", Buffer.buffer("m"), MqttQoS.AT_LEAST_ONCE, false, false);
        while (client.isConnected()) {
            Thread.sleep(20);
        }
        Thread.sleep(500);
        System.out.print("publish: " + (published.succeeded() ? "succeeded" : "failed"));
        var again = client.connect(port, "127.0.0.1").toCompletionStage().toCompletableFuture();
        System.out.print(" / session present: " + again.get(10, TimeUnit.SECONDS).isSessionPresent());
        Thread.sleep(5000);
        System.exit(0);
    }
}
JAVA
seen=$(java -Xmx200m -cp "$(cat path.txt)" Again.java "$port" 2> java.log)
seen="$seen / sent again: $(grep -c "^2 publish" packets.log || true)"
echo "$seen"
[ "$seen" = "publish: succeeded / session present: true / sent again: 0" ]
