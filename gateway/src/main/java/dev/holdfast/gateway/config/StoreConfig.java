// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Doc;

/** Where sessions, queues and retained messages live. */
public record StoreConfig(
        @Doc("Redis. Without a URL everything lives in this process and dies with it.")
        RedisConfig redis) {}
