// SPDX-License-Identifier: Apache-2.0
/**
 * The settings: records with their defaults and their documentation, and the loader that fills them.
 *
 * <pre>
 *   defaults  &lt;  file (YAML)  &lt;  environment (HOLDFAST_...)  &lt;  flags (--set path=value)
 *      each source becomes a tree of nodes that remember where they stand   {@link dev.holdfast.gateway.config.Node}
 *      the trees are laid over each other and bound once                    {@link dev.holdfast.gateway.config.Binder}
 *      every problem is told, with its place, not only the first            {@link dev.holdfast.gateway.config.ConfigException}
 * </pre>
 *
 * Imports no other package of ours, so every package may import it.
 */
@NullMarked
package dev.holdfast.gateway.config;

import org.jspecify.annotations.NullMarked;
