// SPDX-License-Identifier: Apache-2.0
/**
 * What the tests of whole gateways share: the program in a process of its own or in this one, several of them on one
 * Redis, proxies that break connections, and what an operator sees and asks.
 */
@NullMarked
package dev.holdfast.gateway.harness;

import org.jspecify.annotations.NullMarked;
