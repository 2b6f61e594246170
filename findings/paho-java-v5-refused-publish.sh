#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   org.eclipse.paho:org.eclipse.paho.mqttv5.client 1.2.5 from Maven Central; the broker is a script with
#            mqtt-packet 9.0.2
# Guess:     a publish that the server refuses with 0x87 (not authorized) fails once, at QoS 1 as well as at QoS 2, and
#            is over.
# Behaviour: at QoS 1 the refusal counts as delivery: the token is complete, it has no exception, and only its reason
#            codes tell. At QoS 2 the client closes the connection; with automatic reconnect it comes back, sends the
#            same message again, is refused again, and so on without end.
# For us:    the gateway refuses a publish that no rule allows in this way. gateway/docs/clients.md says it: look at the
#            reason codes, and do not publish at QoS 2 what may be refused.
# Seen:      QoS 1: complete true, exception null, reasons [135] / QoS 2: sent again three or more times
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
    if (cmd === "publish") send({ cmd: packet.qos === 1 ? "puback" : "pubrec", messageId, reasonCode: 0x87 });
  });
}).listen(0, "127.0.0.1", () => console.log(`port ${server.address().port}`));
JS
node broker.mjs > packets.log &
pid=$!
until grep -qs "^port" packets.log; do sleep 0.1; done
port=$(sed -n "s/^port //p" packets.log)

cat > Refused.java << 'JAVA'
import java.util.Arrays;
import org.eclipse.paho.mqttv5.client.*;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;

class Refused {
    public static void main(String[] args) throws Exception {
        var client = new MqttAsyncClient("tcp://127.0.0.1:" + args[0], "client", new MemoryPersistence());
        var options = new MqttConnectionOptions();
        options.setCleanStart(false);
        options.setSessionExpiryInterval(100L);
        options.setAutomaticReconnect(true);
        client.connect(options).waitForCompletion(10000);
        IMqttToken token = client.publish("t", new byte[1], 1, false);
        token.waitForCompletion(10000);
        System.out.println("QoS 1: complete " + token.isComplete() + ", exception " + token.getException()
                + ", reasons " + Arrays.toString(token.getReasonCodes()));
        client.publish("t", new byte[1], 2, false);
        Thread.sleep(12000);
        System.exit(0);
    }
}
JAVA
seen=$(java -Xmx200m -cp "$(cat path.txt)" Refused.java "$port" 2> java.log)
again=$(grep -c "^[0-9]* publish QoS 2 DUP" packets.log || true)
[ "$again" -lt 3 ] || again="three or more"
seen="$seen / QoS 2: sent again $again times"
echo "$seen"
[ "$seen" = "QoS 1: complete true, exception null, reasons [135] / QoS 2: sent again three or more times" ]
