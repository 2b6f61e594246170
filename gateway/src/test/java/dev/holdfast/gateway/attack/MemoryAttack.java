// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.attack;

import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;

/** Attacks on the memory of a gateway. Each is as large as {@code scale} says; 1 is the size of the table. */
final class MemoryAttack implements Attack {
    private static final int KIB = 1024;
    private static final int PATIENCE_MILLIS = 60_000;
    private static final String DEEP = "a/".repeat(31);

    private final String title;
    private final List<String> settings;
    private final Blow blow;
    private int port;
    private int retained;
    private IntFunction<String> retainedName = number -> "";

    private MemoryAttack(String title, Blow blow, String... settings) {
        this.title = title;
        this.blow = blow;
        this.settings = List.of(settings);
    }

    private MemoryAttack leaves(int topics, IntFunction<String> name) {
        retained = topics;
        retainedName = name;
        return this;
    }

    @Override
    public void clear(Crowd crowd) {
        crowd.clearRetained(retained, retainedName);
    }

    /** What is sent; what is opened stays open until the attack is over. */
    private interface Blow {
        void strike(Sockets sockets) throws IOException;
    }

    static List<MemoryAttack> all(double scale) {
        return List.of(
                unfinishedConnects(scale),
                stalledReaders(scale),
                deepFilters(scale),
                unreleased(scale),
                deepRetained(scale),
                longRetained(scale),
                fullQueues(scale),
                wills(scale));
    }

    static MemoryAttack unfinishedConnects(double scale) {
        byte[] part = new byte[60_000];
        part[0] = 0x10;
        part[1] = (byte) 0xFF;
        part[2] = (byte) 0xFF;
        part[3] = 3;
        return new MemoryAttack("4,600 sockets with 60 kB of an unfinished CONNECT each", sockets -> {
            for (int i = 0; i < (int) (4_600 * scale); i++) {
                sockets.open(0).send(part);
            }
        });
    }

    static MemoryAttack stalledReaders(double scale) {
        return new MemoryAttack("1,500 readers that stall under one publisher of 200 messages of 20 kB", sockets -> {
            for (int i = 0; i < (int) (1_500 * scale); i++) {
                One reader = sockets.open(4 * KIB);
                reader.send(Connect.connect("reader-" + i).keepAlive(0), Subscribe.subscribe("stall", 0));
                reader.read(9);
            }
            One publisher = sockets.connected("publisher");
            for (int i = 0; i < 200; i++) {
                publisher.send(Publish.publish("stall", new byte[20_000]));
            }
        });
    }

    static MemoryAttack deepFilters(double scale) {
        return new MemoryAttack("385 kept sessions with 256 filters of 32 levels each", sockets -> {
            for (int i = 0; i < (int) (385 * scale); i++) {
                One session = sockets.open(0);
                Outgoing[] packets = new Outgoing[5];
                packets[0] = new Connect("deep-" + i).cleanStart(false);
                for (int packet = 0; packet < 4; packet++) {
                    Subscribe subscribe = Subscribe.subscribe(packet + 1);
                    for (int n = 0; n < 64; n++) {
                        subscribe.to(deep(256 * i + 64 * packet + n), 1);
                    }
                    packets[packet + 1] = subscribe;
                }
                session.send(packets);
            }
        });
    }

    /** A name of 32 levels of one letter that differs from others in most of them. */
    private static String deep(int number) {
        StringBuilder name = new StringBuilder();
        for (int level = 0; level < 32; level++) {
            name.append(level == 0 ? "" : "/").append((char) ('a' + (number >> level % 17 & 1)));
        }
        return name.toString();
    }

    static MemoryAttack unreleased(double scale) {
        return new MemoryAttack(
                "1,024 unreleased messages at QoS 2 of 255 KiB of one clean 3.x client",
                sockets -> {
                    One client = sockets.connected("unreleased");
                    for (int i = 1; i <= (int) (1_024 * scale); i++) {
                        client.send(Publish.publish("two", new byte[255 * KIB]).exactlyOnce(i));
                    }
                },
                "limits.byte-rate=1GiB/s");
    }

    static MemoryAttack deepRetained(double scale) {
        return new MemoryAttack(
                        "100,000 retained topics of 32 levels and one byte",
                        sockets -> {
                            One client = sockets.connected("deep-retained");
                            for (int i = 0; i < (int) (100_000 * scale); i++) {
                                client.send(Publish.publish(deepTopic(i), "x").retained());
                            }
                        },
                        "limits.message-rate=100000/s",
                        "limits.byte-rate=1GiB/s")
                .leaves((int) (100_000 * scale), MemoryAttack::deepTopic);
    }

    private static String deepTopic(int number) {
        return "r/" + number + "/" + DEEP.substring(4) + "a";
    }

    static MemoryAttack longRetained(double scale) {
        return new MemoryAttack(
                        "4,000 retained messages of 64 KiB",
                        sockets -> {
                            One client = sockets.connected("long-retained");
                            for (int i = 0; i < (int) (4_000 * scale); i++) {
                                client.send(Publish.publish("l/" + i, new byte[63 * KIB])
                                        .retained());
                            }
                        },
                        "limits.byte-rate=1GiB/s",
                        "limits.message-rate=100000/s")
                .leaves((int) (4_000 * scale), number -> "l/" + number);
    }

    static MemoryAttack fullQueues(double scale) {
        return new MemoryAttack(
                "120 sessions that are away, with 4 MiB for each",
                sockets -> {
                    for (int i = 0; i < 120; i++) {
                        One session = sockets.open(0);
                        session.send(new Connect("away-" + i).cleanStart(false), Subscribe.subscribe("away/" + i, 1));
                        session.read(9);
                        session.close();
                    }
                    One publisher = sockets.connected("fills");
                    for (int n = 0; n < (int) (64 * scale); n++) {
                        for (int i = 0; i < 120; i++) {
                            publisher.send(Publish.publish("away/" + i, new byte[64 * KIB])
                                    .atLeastOnce(1 + n));
                        }
                    }
                },
                "limits.byte-rate=1GiB/s",
                "limits.message-rate=100000/s");
    }

    static MemoryAttack wills(double scale) {
        return new MemoryAttack(
                "5,151 wills of 48 KB",
                sockets -> {
                    for (int i = 0; i < (int) (5_151 * scale); i++) {
                        sockets.open(0)
                                .send(Connect.connect("will-" + i).will(Publish.publish("will", new byte[48_000])));
                    }
                },
                "limits.max-will-bytes=65535B");
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public List<String> settings() {
        return settings;
    }

    @Override
    public void prepare(Crowd crowd) {
        port = crowd.port();
    }

    @Override
    public void go(BooleanSupplier isOver) {
        Thread thread = new Thread(() -> strike(isOver), "attacker");
        thread.setDaemon(true);
        thread.start();
    }

    /** Strikes once, and holds on to what it has opened until it is over. */
    void strike(BooleanSupplier isOver) {
        try (Sockets sockets = new Sockets(isOver)) {
            blow.strike(sockets);
            while (!isOver.getAsBoolean()) {
                Thread.sleep(50);
            }
        } catch (IOException cut) {
            // so the gateway has defended itself
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The sockets of an attacker. */
    private final class Sockets implements AutoCloseable {
        private final List<One> all = new ArrayList<>();
        private final BooleanSupplier isOver;

        Sockets(BooleanSupplier isOver) {
            this.isOver = isOver;
        }

        One open(int receiveBufferBytes) throws IOException {
            if (isOver.getAsBoolean()) {
                throw new IOException("it is over");
            }
            One one = new One(receiveBufferBytes);
            all.add(one);
            return one;
        }

        One connected(String clientId) throws IOException {
            One one = open(0);
            one.send(Connect.connect(clientId).keepAlive(0));
            one.read(4);
            one.drain();
            return one;
        }

        @Override
        public void close() {
            all.forEach(One::close);
        }
    }

    /** One of them, which reads what it is asked to. */
    private final class One {
        private final Socket socket = new Socket();

        One(int receiveBufferBytes) throws IOException {
            if (receiveBufferBytes > 0) {
                socket.setReceiveBufferSize(receiveBufferBytes);
            }
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        }

        /** Sends in one write; one that the gateway has cut is not told again. */
        void send(Outgoing... packets) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (Outgoing packet : packets) {
                bytes.writeBytes(packet.encode(Version.V3_1_1));
            }
            send(bytes.toByteArray());
        }

        void send(byte[] bytes) {
            try {
                socket.getOutputStream().write(bytes);
            } catch (IOException cut) {
                close();
            }
        }

        void read(int bytes) throws IOException {
            socket.getInputStream().readNBytes(bytes);
        }

        /** Reads and forgets whatever comes. */
        void drain() {
            Thread thread = new Thread(
                    () -> {
                        try {
                            socket.setSoTimeout(0);
                            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                        } catch (IOException closed) {
                            // then nothing comes
                        }
                    },
                    "drain");
            thread.setDaemon(true);
            thread.start();
        }

        void close() {
            try {
                socket.close();
            } catch (IOException gone) {
                // then it is closed
            }
        }
    }
}
