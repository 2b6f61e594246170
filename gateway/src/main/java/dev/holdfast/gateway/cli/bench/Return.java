// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.bench;

import dev.holdfast.gateway.cli.mqtt.ClientMessage;
import dev.holdfast.gateway.cli.mqtt.Login;
import dev.holdfast.gateway.cli.mqtt.MqttConnection;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Clients that go, get messages while they are away, and come back: how long a message takes until it is acknowledged, hence in
 * the queue; and from when a client was to come back until it is connected, and until it has all.
 */
final class Return {
    private static final long LOOK_NANOS = 5_000_000;

    private final Shape shape;
    private final BenchClients clients;
    private final Measurement measurement;
    private final long run = new SecureRandom().nextLong();
    private final List<Seen> seen = new ArrayList<>();
    private final AtomicLong complete = new AtomicLong();

    /**
     * Who goes and what comes meanwhile.
     *
     * @param perSecond messages that are published, to all together
     * @param size bytes of a payload; at least 24
     */
    record Shape(String prefix, int sessions, int messages, double perSecond, int qos, int size, Duration kept) {}

    Return(Shape shape, BenchClients clients, Measurement measurement) {
        this.shape = shape;
        this.clients = clients;
        this.measurement = measurement;
        for (int i = 0; i < shape.sessions(); i++) {
            seen.add(new Seen());
        }
    }

    /** Runs it, and ends the sessions afterwards. */
    void run(Login login, Duration settle) throws InterruptedException {
        Histogram stored = measurement.times("acknowledgement");
        Histogram resumed = measurement.times("resume");
        Histogram whole = measurement.times("all received");
        Histogram setup = measurement.times("connect");
        Login fresh = login.keeping(true, shape.kept());
        List<MqttConnection> first =
                clients.connect(shape.sessions(), setup, number -> named(fresh, number), number -> any -> {});
        if (first.size() < shape.sessions()) {
            measurement.failed("not all clients could connect: nothing was sent");
            BenchClients.disconnect(first);
            return;
        }
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            answers.add(first.get(i).subscribe(List.of(topic(i)), shape.qos()));
        }
        clients.await("subscribe", answers);
        BenchClients.disconnect(first);
        List<BitSet> sent = publish(login, setup, stored);
        comeBack(login, settle, resumed, whole, sent);
        // Nothing of the run stays.
        Histogram ignored = new Histogram(2);
        Login last = login.keeping(true, Duration.ZERO);
        BenchClients.disconnect(
                clients.connect(shape.sessions(), ignored, number -> named(last, number), number -> any -> {}));
    }

    private static Login named(Login login, int number) {
        return login.as(login.clientId() + "-" + number);
    }

    private String topic(int number) {
        return shape.prefix() + "/" + number;
    }

    private List<BitSet> publish(Login login, Histogram setup, Histogram stored) throws InterruptedException {
        List<BitSet> sent = new ArrayList<>();
        for (int i = 0; i < shape.sessions(); i++) {
            sent.add(new BitSet());
        }
        List<MqttConnection> publisher =
                clients.connect(1, setup, number -> login.as(login.clientId() + "-p"), number -> any -> {});
        if (publisher.isEmpty()) {
            return sent;
        }
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        long all = (long) shape.sessions() * shape.messages();
        new SendPace(shape.perSecond()).run(all, () -> true, (number, intended) -> {
            int session = (int) (number % shape.sessions());
            int message = (int) (number / shape.sessions());
            byte[] payload = new Stamp(run, message, intended).payload(shape.size());
            CompletableFuture<Integer> answer =
                    publisher.get(0).publish(ClientMessage.of(topic(session), payload, shape.qos()));
            answers.add(answer.thenApply(code -> {
                Measurement.record(stored, intended);
                synchronized (sent) {
                    sent.get(session).set(message);
                }
                return code;
            }));
        });
        clients.await("publish", answers);
        BenchClients.disconnect(publisher);
        measurement.count("messages sent", all);
        return sent;
    }

    private void comeBack(Login login, Duration settle, Histogram resumed, Histogram whole, List<BitSet> sent)
            throws InterruptedException {
        Login back = login.keeping(false, shape.kept());
        AtomicLongArray intendedNanos = new AtomicLongArray(shape.sessions());
        double rate = clients.connectRate();
        long begin = System.nanoTime();
        for (int i = 0; i < shape.sessions(); i++) {
            intendedNanos.set(i, begin + (long) (i * 1e9 / rate));
        }
        List<MqttConnection> connected = clients.connect(
                shape.sessions(),
                resumed,
                number -> named(back, number),
                number -> message -> receive(number, message, intendedNanos.get(number), whole));
        long until = System.nanoTime() + settle.toNanos();
        while (System.nanoTime() - until < 0 && complete.get() < shape.sessions()) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        long received = 0;
        long missing = 0;
        long twice = 0;
        synchronized (sent) {
            for (int i = 0; i < shape.sessions(); i++) {
                received += seen.get(i).count();
                missing += seen.get(i).missing(sent.get(i));
                twice += seen.get(i).twice();
            }
        }
        measurement.count("messages received", received);
        measurement.countFault(
                "sessions not found",
                connected.stream().filter(each -> !each.isSessionPresent()).count());
        measurement.countFault("lost", missing);
        if (shape.qos() == 1) {
            measurement.count("twice", twice);
        } else {
            measurement.countFault("twice", twice);
        }
        BenchClients.disconnect(connected);
    }

    private void receive(int session, ClientMessage message, long intendedNanos, Histogram whole) {
        Stamp stamp = Stamp.read(message.payload());
        if (stamp.run() != run || !seen.get(session).add((int) stamp.number())) {
            return;
        }
        if (seen.get(session).count() == shape.messages()) {
            Measurement.record(whole, intendedNanos);
            complete.incrementAndGet();
        }
    }
}
