// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

/**
 * An entry for tests and benchmarks.
 *
 * @param <V> what it carries
 */
record KeyedEntry<V>(Object key, V value) implements TrieEntry {}
