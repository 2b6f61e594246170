// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.bench;

import dev.holdfast.gateway.cli.mqtt.ClientMessage;
import dev.holdfast.gateway.cli.mqtt.Login;
import dev.holdfast.gateway.cli.mqtt.MqttConnection;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.HdrHistogram.Histogram;

/** The connections of a run, on half of the processors: the others are for what is measured. */
final class BenchClients implements AutoCloseable {
    private static final long GOODBYE_SECONDS = 5;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2), NioIoHandler.newFactory());
    private final Measurement measurement;
    private final double connectRate;
    private final Semaphore handshakes;

    /**
     * Clients that connect at a rate.
     *
     * @param atOnce how many may be between their beginning and CONNACK
     */
    BenchClients(Measurement measurement, double connectRate, int atOnce) {
        this.measurement = measurement;
        this.connectRate = connectRate;
        this.handshakes = new Semaphore(atOnce);
    }

    /**
     * Connects clients, records for each how long it took from when it was to begin until CONNACK, and waits for all.
     *
     * @param login of each, by its number
     * @param receiver of each
     * @return those that have been connected, by their numbers; null for others
     */
    List<MqttConnection> connect(
            int count, Histogram times, IntFunction<Login> login, IntFunction<Consumer<ClientMessage>> receiver)
            throws InterruptedException {
        List<CompletableFuture<MqttConnection>> opening = new ArrayList<>();
        new SendPace(connectRate).run(count, () -> true, (number, intended) -> {
            handshakes.acquire(); // who waits here is late, and that counts
            CompletableFuture<MqttConnection> open =
                    MqttConnection.open(loops, login.apply((int) number), receiver.apply((int) number));
            opening.add(open.whenComplete((connection, failure) -> {
                handshakes.release();
                if (failure == null) {
                    Measurement.record(times, intended);
                } else {
                    measurement.failed("connect: " + words(failure));
                }
            }));
        });
        List<MqttConnection> connected = new ArrayList<>();
        for (CompletableFuture<MqttConnection> each : opening) {
            // Each ends by itself: it is as patient as its login says.
            MqttConnection connection = each.exceptionally(failure -> null).join();
            if (connection != null) {
                connected.add(connection);
            }
        }
        return connected;
    }

    /** CONNECTs a second. */
    double connectRate() {
        return connectRate;
    }

    /** Waits for all of them; what fails is told with this name. */
    void await(String name, List<CompletableFuture<Integer>> answers) {
        answers.forEach(each -> each.exceptionally(failure -> {
                    measurement.failed(name + ": " + words(failure));
                    return 0;
                })
                .join());
    }

    static String words(Throwable failure) {
        Throwable cause =
                failure.getCause() != null && failure instanceof CompletionException ? failure.getCause() : failure;
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    /** Says goodbye with all of them. */
    static void disconnect(List<MqttConnection> all) {
        List<CompletableFuture<String>> leaving =
                all.stream().map(MqttConnection::disconnect).toList();
        CompletableFuture.allOf(leaving.toArray(CompletableFuture<?>[]::new))
                .completeOnTimeout(null, GOODBYE_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
}
