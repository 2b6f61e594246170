// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.gateway.fault.checker.Event;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Asks every gateway again and again whether it is ready, and writes down what it says. */
final class Probe implements Runnable {
    private static final int PATIENCE_MILLIS = 500;
    private static final long REST_MILLIS = 200;

    private final Rig rig;

    Probe(Rig rig) {
        this.rig = rig;
    }

    @Override
    public void run() {
        while (!Thread.currentThread().isInterrupted()) {
            rig.slots().forEach(this::ask);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(REST_MILLIS));
        }
    }

    private void ask(Rig.Slot slot) {
        String name = slot.name();
        long asked = rig.history().now();
        try {
            HttpURLConnection question = (HttpURLConnection)
                    URI.create("http://127.0.0.1:" + slot.gateway().adminPort() + "/readyz")
                            .toURL()
                            .openConnection();
            question.setConnectTimeout(PATIENCE_MILLIS);
            question.setReadTimeout(PATIENCE_MILLIS);
            boolean ready = question.getResponseCode() == 200;
            question.disconnect();
            rig.history().add(now -> new Event.Ready(asked, name, ready));
        } catch (IOException silent) {
            // It is stopped, or there is none just now.
        }
    }
}
