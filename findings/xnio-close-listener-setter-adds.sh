#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   org.jboss.xnio:xnio-nio 3.8.17.Final from Maven Central (the transport below Undertow)
# Guess:     setCloseListener of a connection sets the listener: of two that are set one after the other, the second is called. Whoever
#            wants to keep the first asks getCloseListener for it and calls it himself, as with every other setter of XNIO.
# Behaviour: on a StreamConnection the setter adds. Both are called, so who calls the one before himself calls it twice; and one
#            that is set after the close is called at once. The close setter of its source channel, beside it, replaces.
# For us:    the TLS context composed its listener with the one before, and the gate counted the end of each such connection
#            twice. It only adds its own now (transport.tls.TlsContext).
# Seen:      connection: first 1 second 1 late 1 / composed: first 2 / source: first 0 second 1
# Exits with 1 if that has changed. Needs a JDK of 17 or newer and Maven.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml << 'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.jboss.xnio</groupId>
      <artifactId>xnio-nio</artifactId>
      <version>3.8.17.Final</version>
    </dependency>
  </dependencies>
</project>
POM
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=path.txt > mvn.log

cat > Listeners.java << 'JAVA'
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

class Listeners {
    private static final LinkedBlockingQueue<StreamConnection> ACCEPTED = new LinkedBlockingQueue<>();

    public static void main(String[] args) throws Exception {
        XnioWorker worker = Xnio.getInstance().createWorker(OptionMap.EMPTY);
        ChannelListener<AcceptingChannel<StreamConnection>> accept = server -> {
            try {
                ACCEPTED.add(server.accept());
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        };
        var server = worker.createStreamConnectionServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), accept, OptionMap.EMPTY);
        server.resumeAccepts();
        int port = ((InetSocketAddress) server.getLocalAddress()).getPort();

        AtomicInteger first = new AtomicInteger();
        AtomicInteger second = new AtomicInteger();
        AtomicInteger late = new AtomicInteger();
        AtomicInteger composed = new AtomicInteger();
        AtomicInteger sourceFirst = new AtomicInteger();
        AtomicInteger sourceSecond = new AtomicInteger();
        try (Socket one = new Socket(InetAddress.getLoopbackAddress(), port);
                Socket two = new Socket(InetAddress.getLoopbackAddress(), port)) {
            StreamConnection plain = ACCEPTED.poll(10, TimeUnit.SECONDS);
            plain.setCloseListener(closed -> first.incrementAndGet());
            plain.setCloseListener(closed -> second.incrementAndGet());
            plain.close();
            plain.setCloseListener(closed -> late.incrementAndGet());

            StreamConnection careful = ACCEPTED.poll(10, TimeUnit.SECONDS);
            careful.getSourceChannel().getCloseSetter().set(closed -> sourceFirst.incrementAndGet());
            careful.getSourceChannel().getCloseSetter().set(closed -> sourceSecond.incrementAndGet());
            careful.setCloseListener(closed -> composed.incrementAndGet());
            ChannelListener<? super StreamConnection> before = careful.getCloseListener();
            careful.setCloseListener(closed -> ChannelListeners.invokeChannelListener(closed, before));
            careful.close();
        }
        server.close();
        worker.shutdown();
        worker.awaitTermination(10, TimeUnit.SECONDS);
        System.out.println("connection: first " + first + " second " + second + " late " + late + " / composed: first " + composed
                + " / source: first " + sourceFirst + " second " + sourceSecond);
    }
}
JAVA
seen=$(java -cp "$(cat path.txt)" Listeners.java 2> java.log)
echo "$seen"
[ "$seen" = "connection: first 1 second 1 late 1 / composed: first 2 / source: first 0 second 1" ]
