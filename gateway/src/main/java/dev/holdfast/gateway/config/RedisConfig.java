// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Redis. */
public record RedisConfig(
        @Doc("redis://[user:password@]host:port[/database], or rediss:// for TLS. Usually given as --redis.") @Nullable
        Secret url,

        @Doc("What the name of every key begins with; gateways with the same prefix share their sessions.")
        @Default("hf")
        String prefix,

        @Doc("How Redis is run: url names the server, one of the Sentinels, or a node of the cluster.")
        @Default("single")
        Mode mode,

        @Doc("Further Sentinels or nodes, redis://host:port each.") @Default("")
        List<Secret> addresses,

        @Doc("What the Sentinels call the master.") @Default("mymaster")
        String masterName,

        @Doc(
                "PKCS#12 or JKS file: the authorities that sign the certificates of rediss:// servers, instead of the JDK's.")
        @Nullable
        Path trustStore,

        @Doc("The password of the trust store.") @Nullable Secret trustStorePassword,

        @Doc("The Sentinels' own password; the one in url is the master's.") @Nullable
        Secret sentinelPassword,

        @Doc("How many replicas must have a write before it counts as stored (WAIT). 0 asks the master only.")
        @Default("0")
        @Between(min = "0", max = "16")
        int replicas)
        implements Checked {
    @Override
    public void check(Complaints complaints) {
        if (mode == Mode.SINGLE && !addresses.isEmpty()) {
            complaints.about("addresses", "a single Redis has one address, its url; expected mode sentinel or cluster");
        }
    }

    /** How Redis is run. */
    public enum Mode {
        /** One server. */
        SINGLE,
        /** A master and its replicas, watched by Sentinels. */
        SENTINEL,
        /** Redis Cluster. */
        CLUSTER
    }
}
