// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.app.Gateway;
import dev.holdfast.gateway.config.ConfigChange;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.hooks.LifecycleListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** The gateway in this process, on free loopback ports: quick to start. */
public final class InProcessGateway implements TestGateway {
    private final Gateway gateway;

    private InProcessGateway(HoldfastConfig config, List<LifecycleListener> listeners) {
        try {
            gateway = Gateway.start(config, listeners);
        } catch (CommandFailure e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    /** Starts with the settings of {@code --dev} and these, as {@code path=value}. */
    public static InProcessGateway start(List<String> settings) {
        return start(settings, List.of());
    }

    /** The same with listeners of lifecycle events. */
    public static InProcessGateway start(List<String> settings, List<LifecycleListener> listeners) {
        return new InProcessGateway(config(settings), listeners);
    }

    private static HoldfastConfig config(List<String> settings) {
        List<String> all = new ArrayList<>(List.of(
                "dev=true",
                "listeners.host=127.0.0.1",
                "listeners.tcp-port=0",
                "listeners.ws-port=0",
                "listeners.admin-port=0"));
        all.addAll(settings);
        return HoldfastConfig.of(all.toArray(String[]::new));
    }

    /** Has it use other settings as far as it can without a restart. */
    public ConfigChange reload(List<String> settings) {
        try {
            return gateway.reload(config(settings));
        } catch (CommandFailure e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /** Ends a session as an operator does; says whether there was one. */
    public boolean kick(String clientId) {
        return gateway.kick(clientId)
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    /** Has it emptied as an operator does. */
    public CompletionStage<Void> drain() {
        return gateway.drain();
    }

    @Override
    public int tcpPort() {
        return gateway.tcp().getPort();
    }

    @Override
    public int wsPort() {
        return gateway.webSocket().getPort();
    }

    @Override
    public int adminPort() {
        return gateway.admin().getPort();
    }

    @Override
    public long pid() {
        return ProcessHandle.current().pid();
    }

    @Override
    public boolean isAlive() {
        return true;
    }

    /** The log of this process goes where the tests' own goes. */
    @Override
    public Path log() {
        throw new IllegalStateException("a gateway in this process has no log file");
    }

    @Override
    public void close() {
        gateway.close();
    }
}
