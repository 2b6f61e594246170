// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import java.util.List;

/** The same scenario with sessions in memory, in a Redis, and with two gateways on it. */
public enum Deployment {
    MEMORY,
    REDIS,
    TWO_GATEWAYS;

    /**
     * Gateways with one store.
     *
     * @param here where most of a scenario happens
     * @param there the other one; the same but for two gateways
     */
    public record Gateways(TestGateway here, TestGateway there, AutoCloseable end) implements AutoCloseable {
        @Override
        public void close() throws Exception {
            end.close();
        }
    }

    /** Starts the gateways with settings in common. */
    public Gateways start(String... settings) {
        if (this == MEMORY) {
            InProcessGateway one = InProcessGateway.start(List.of(settings));
            return new Gateways(one, one, one);
        }
        Cluster cluster = Cluster.start(settings);
        GatewayProcess here = cluster.gateway();
        return new Gateways(here, this == REDIS ? here : cluster.gateway(), cluster);
    }
}
