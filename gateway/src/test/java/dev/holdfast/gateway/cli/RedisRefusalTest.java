// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.HoldfastProcess;
import dev.holdfast.store.redis.RedisProcess;
import org.junit.jupiter.api.Test;

/** The gateway does not start on a Redis that it must not trust, and says why. */
final class RedisRefusalTest {
    @Test
    void sessionsOfANewerFormatAreRefused() throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            redis.command("SET", "hf:f{g}", "2");

            assertThat(whyNot(redis.address()))
                    .contains("Redis is refused", "format 2", "this build reads 1", "start that one again");
        }
    }

    @Test
    void aRedisThatWouldEvictSessionsIsRefused() throws Exception {
        try (RedisProcess evicting = RedisProcess.start("--maxmemory-policy", "allkeys-lru")) {
            assertThat(whyNot(evicting.address())).contains("Redis is refused", "maxmemory-policy allkeys-lru");
        }
    }

    @Test
    void aReplicaIsRefused() throws Exception {
        try (RedisProcess master = RedisProcess.start();
                RedisProcess replica =
                        RedisProcess.start("--replicaof", "127.0.0.1 " + Integer.toString(master.port()))) {
            assertThat(whyNot(replica.address())).contains("Redis is refused", "is a replica of 127.0.0.1");
        }
    }

    @Test
    void aRedisThatIsNotThereIsReported() throws Exception {
        RedisProcess gone = RedisProcess.start();
        String address = gone.address();
        gone.close();

        assertThat(whyNot(address)).contains("Redis cannot be reached");
    }

    private static String whyNot(String redis) throws Exception {
        try (HoldfastProcess serve = HoldfastProcess.start(
                "serve", "--dev", "--tcp-port", "0", "--ws-port", "0", "--admin-port", "0", "--redis", redis)) {
            assertThat(serve.exitCode()).isEqualTo(1);
            assertThat(serve.err().lines().filter(line -> line.startsWith("holdfast:")))
                    .hasSize(1);
            return serve.err();
        }
    }
}
