// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import dev.holdfast.gateway.harness.mqtt.Channel;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One test's bench: opens connections to the gateway, closes them when the test ends, and keeps its names apart from
 * those of other tests on the same gateway.
 */
public final class Lab implements AutoCloseable {
    private static final AtomicInteger TESTS = new AtomicInteger();
    private static final long RUN = ProcessHandle.current().pid();

    private final TestGateway gateway;
    private final String prefix = "t" + RUN + "-" + TESTS.incrementAndGet();
    private final Deque<RawClient> opened = new ArrayDeque<>();
    private final List<RawClient> innocents = new ArrayList<>();
    private int anonymous;

    public Lab(TestGateway gateway) {
        this.gateway = gateway;
    }

    public TestGateway gateway() {
        return gateway;
    }

    /** A topic name or filter that only this test uses. */
    public String topic(String rest) {
        return prefix + "/" + rest;
    }

    /** A client identifier that only this test uses. */
    public String id(String rest) {
        return prefix + "-" + rest;
    }

    /** A share name that only this test uses, in a filter. */
    public String shared(String group, String rest) {
        return "$share/" + prefix + group + "/" + topic(rest);
    }

    /** A connection on which nothing has been sent. */
    public RawClient open(Version version, ClientTransport transport) {
        Channel channel = transport == ClientTransport.TCP
                ? TcpChannel.open(gateway.tcpPort())
                : WebSocketChannel.open(
                        gateway.wsPort(), OpeningHandshake.handshake().subprotocol(version.subprotocol));
        return track(new RawClient(channel, version));
    }

    public RawClient open(Dialect dialect) {
        return open(dialect.version, dialect.transport);
    }

    public RawClient open(Version version) {
        return open(version, ClientTransport.TCP);
    }

    /** A client over a channel that the test made. */
    public RawClient over(Channel channel, Version version) {
        return track(new RawClient(channel, version));
    }

    private RawClient track(RawClient client) {
        opened.push(client);
        return client;
    }

    /** A client with a clean session and a name of its own. */
    public RawClient connect(Dialect dialect) {
        return open(dialect).connected(anonymous());
    }

    public RawClient connect(Version version) {
        return open(version).connected(anonymous());
    }

    public RawClient connect(Version version, Connect connect) {
        return open(version).connected(connect);
    }

    public RawClient connect(Dialect dialect, Connect connect) {
        return open(dialect).connected(connect);
    }

    /** A CONNECT with a clean session and a name of its own. */
    public Connect anonymous() {
        return Connect.connect(id("c" + ++anonymous));
    }

    /** Opens connections that have nothing to do with the mischief to come, enough to be on every I/O thread. */
    public void innocentsConnect() {
        for (int i = 0; i < 4; i++) {
            RawClient innocent = connect(Version.V5);
            innocents.add(innocent.subscribed(topic("innocent/" + i), 1));
        }
    }

    /** Every innocent connection still publishes and receives, and a new one can be made. */
    public void innocentsAreStillServed() {
        if (!gateway.isAlive()) {
            throw new AssertionError("the gateway's process is gone");
        }
        innocentsPublish();
        connect(Version.V5).expectAlive();
    }

    /** Every innocent connection still publishes and receives. */
    public void innocentsPublish() {
        for (int i = 0; i < innocents.size(); i++) {
            RawClient innocent = innocents.get(i);
            innocent.send(Publish.publish(topic("innocent/" + i), "alive"));
            innocent.expectPublish("alive");
        }
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }
}
