#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   org.jboss.xnio:xnio-nio 3.8.17.Final from Maven Central (the transport below Undertow)
# Guess:     the attribute ConnectionCount of a listening server, which the management bean of a worker offers, is a
#            number that somebody keeps: reading it costs nothing and may be done anywhere.
# Behaviour: reading it sends a task to the thread that accepts for this server and waits until that thread has run it.
#            A monitor that asks wakes the accept thread of every listener, and a caller on an I/O thread blocks it. The
#            attributes beside it (the limits) are read at once.
# For us:    the gate before the listeners asked it once for each accepted connection, which doubled the CPU time of a
#            connect. It counts by itself now (transport.listen.Gate).
# Seen:      1,000 readings of the limit: no wait / 1,000 readings of the count: waits
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

cat > Count.java << 'JAVA'
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.function.IntSupplier;
import org.xnio.ChannelListener;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;
import org.xnio.management.XnioServerMXBean;

class Count {
    public static void main(String[] args) throws Exception {
        XnioWorker worker = Xnio.getInstance().createWorker(OptionMap.EMPTY);
        ChannelListener<AcceptingChannel<StreamConnection>> nobodyComes = channel -> {};
        var server = worker.createStreamConnectionServer(new InetSocketAddress("127.0.0.1", 0), nobodyComes, OptionMap.EMPTY);
        server.resumeAccepts();
        XnioServerMXBean bean = worker.getMXBean().getServerMXBeans().iterator().next();
        int water = waits(() -> bean.getConnectionLimitHighWater());
        int count = waits(() -> bean.getConnectionCount());
        System.out.println("1,000 readings of the limit: " + (water < 10 ? "no wait" : "waits")
                + " / 1,000 readings of the count: " + (count > 500 ? "waits" : "no wait"));
        worker.shutdownNow();
    }

    /** How often this thread had to wait for another one. */
    private static int waits(IntSupplier attribute) {
        var threads = ManagementFactory.getThreadMXBean();
        long me = Thread.currentThread().getId();
        long before = threads.getThreadInfo(me).getWaitedCount();
        for (int i = 0; i < 1000; i++) {
            attribute.getAsInt();
        }
        return (int) (threads.getThreadInfo(me).getWaitedCount() - before);
    }
}
JAVA
seen=$(java -cp "$(cat path.txt)" Count.java 2> java.log)
echo "$seen"
[ "$seen" = "1,000 readings of the limit: no wait / 1,000 readings of the count: waits" ]
