// SPDX-License-Identifier: Apache-2.0
/**
 * How records of settings are filled: the annotations on their components, the sources as trees of nodes, the binder
 * that makes records of the trees, and the problems that it finds. Knows no particular setting.
 */
@NullMarked
package dev.holdfast.gateway.config.binding;

import org.jspecify.annotations.NullMarked;
