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
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Messages on topics, each with a publisher and some subscribers: how long from when a message was to be sent until each
 * subscriber has it, and until its publisher has the acknowledgement; and whether each has come, once.
 */
final class Traffic {
    private static final long LOOK_NANOS = 5_000_000;

    private final Shape shape;
    private final BenchClients clients;
    private final Measurement measurement;
    private final long run = new SecureRandom().nextLong();
    private final List<List<Seen>> seen = new ArrayList<>();
    private final List<BitSet> sent = new ArrayList<>();
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();

    /**
     * What is sent.
     *
     * @param perSecond messages, on all topics together
     * @param size bytes of a payload; at least 24
     */
    record Shape(String prefix, int topics, int subscribers, double perSecond, Duration duration, int qos, int size) {}

    Traffic(Shape shape, BenchClients clients, Measurement measurement) {
        this.shape = shape;
        this.clients = clients;
        this.measurement = measurement;
        for (int i = 0; i < shape.topics(); i++) {
            List<Seen> ofTopic = new ArrayList<>();
            for (int j = 0; j < shape.subscribers(); j++) {
                ofTopic.add(new Seen());
            }
            seen.add(ofTopic);
            sent.add(new BitSet());
        }
    }

    /** Runs it. */
    void run(Login login, Duration settle) throws InterruptedException {
        Histogram connects = measurement.times("connect");
        Histogram deliveries = measurement.times("delivery");
        Histogram acks = shape.qos() == 0 ? null : measurement.times("acknowledgement");
        int listeners = shape.topics() * shape.subscribers();
        List<MqttConnection> subscribers = clients.connect(
                listeners,
                connects,
                number -> login.as(login.clientId() + "-s" + number),
                number -> message -> receive(number, message, deliveries));
        List<MqttConnection> publishers = clients.connect(
                shape.topics(), connects, number -> login.as(login.clientId() + "-p" + number), number -> any -> {});
        if (subscribers.size() == listeners && publishers.size() == shape.topics()) {
            List<CompletableFuture<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < listeners; i++) {
                answers.add(subscribers.get(i).subscribe(List.of(topic(i / shape.subscribers())), shape.qos()));
            }
            clients.await("subscribe", answers);
            publish(publishers, acks, settle);
        } else {
            measurement.failed("not all clients could connect: nothing was sent");
        }
        BenchClients.disconnect(publishers);
        BenchClients.disconnect(subscribers);
    }

    private String topic(int number) {
        return shape.prefix() + "/" + number;
    }

    private void receive(int subscriber, ClientMessage message, Histogram deliveries) {
        Stamp stamp = Stamp.read(message.payload());
        if (stamp.run() != run) {
            return;
        }
        Seen mine = seen.get(subscriber / shape.subscribers()).get(subscriber % shape.subscribers());
        if (mine.add((int) (stamp.number() / shape.topics()))) {
            Measurement.record(deliveries, stamp.intendedNanos());
            received.incrementAndGet();
        }
    }

    private void publish(List<MqttConnection> publishers, @Nullable Histogram acks, Duration settle)
            throws InterruptedException {
        long wanted = (long) (shape.perSecond() * shape.duration().toMillis() / 1_000);
        long begin = System.nanoTime();
        long done = new SendPace(shape.perSecond()).run(wanted, () -> true, (number, intended) -> {
            int topic = (int) (number % shape.topics());
            byte[] payload = new Stamp(run, number, intended).payload(shape.size());
            publishers
                    .get(topic)
                    .publish(ClientMessage.of(topic(topic), payload, shape.qos()))
                    .whenComplete((code, failure) -> {
                        if (failure != null) {
                            measurement.failed("publish: " + BenchClients.words(failure));
                        } else {
                            if (acks != null) {
                                Measurement.record(acks, intended);
                            }
                            synchronized (sent) {
                                sent.get(topic).set((int) (number / shape.topics()));
                            }
                        }
                        answered.incrementAndGet(); // after all that is told of it
                    });
        });
        double seconds = (System.nanoTime() - begin) / 1e9;
        long until = System.nanoTime() + settle.toNanos();
        while (System.nanoTime() - until < 0
                && (answered.get() < done || received.get() < done * shape.subscribers())) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        tell(done, seconds);
    }

    private void tell(long done, double seconds) {
        long missing = 0;
        long twice = 0;
        synchronized (sent) {
            for (int i = 0; i < shape.topics(); i++) {
                for (Seen each : seen.get(i)) {
                    missing += each.missing(sent.get(i));
                    twice += each.twice();
                }
            }
        }
        measurement.count("messages sent", done);
        measurement.count("sent a second", done / seconds);
        measurement.count("messages received", received.get());
        measurement.countFault("not answered", done - answered.get());
        // At QoS 0 some may be lost, and at QoS 1 some may come twice; it is told all the same.
        if (shape.qos() == 0) {
            measurement.count("lost", missing);
        } else {
            measurement.countFault("lost", missing);
        }
        if (shape.qos() == 1) {
            measurement.count("twice", twice);
        } else {
            measurement.countFault("twice", twice);
        }
    }
}
