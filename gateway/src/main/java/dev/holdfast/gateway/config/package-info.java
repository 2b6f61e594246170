// SPDX-License-Identifier: Apache-2.0
/**
 * The settings of the gateway: records with their defaults and their documentation, and the loader that fills them.
 *
 * <pre>
 *   defaults  &lt;  file (YAML)  &lt;  environment (HOLDFAST_...)  &lt;  flags (--set path=value)
 *      each source becomes a tree of nodes that know where they stand   {@link dev.holdfast.gateway.config.binding.Node}
 *      the trees are laid over each other and bound once                {@link dev.holdfast.gateway.config.binding.Binder}
 *      every problem is told, with its place, not only the first        {@link dev.holdfast.gateway.config.ConfigException}
 * </pre>
 *
 * Imports nothing of ours outside {@code config}, so every package may import it.
 */
@NullMarked
package dev.holdfast.gateway.config;

import org.jspecify.annotations.NullMarked;
