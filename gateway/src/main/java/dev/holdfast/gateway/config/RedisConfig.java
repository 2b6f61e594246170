// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import org.jspecify.annotations.Nullable;

/** Redis. */
public record RedisConfig(
        @Doc("redis://[user:password@]host:port[/database], or rediss:// for TLS. Usually given as --redis.") @Nullable
        Secret url,

        @Doc("What the name of every key begins with; gateways with the same prefix share their sessions.")
        @Default("hf")
        String prefix) {}
