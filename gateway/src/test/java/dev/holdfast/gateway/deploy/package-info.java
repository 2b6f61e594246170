// SPDX-License-Identifier: Apache-2.0
/**
 * The files under {@code deploy/}, each run by the program that it is for: HAProxy, nginx, Prometheus, Helm, Redis, and the
 * gateway itself.
 */
@NullMarked
package dev.holdfast.gateway.deploy;

import org.jspecify.annotations.NullMarked;
