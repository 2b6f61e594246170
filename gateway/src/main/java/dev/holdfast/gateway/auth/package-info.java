// SPDX-License-Identifier: Apache-2.0
/**
 * Who a client is and what it may do: the contract between the rest of the gateway and the authenticators. Credentials
 * go in, a verdict with an identity and its permissions comes out. The sub-packages keep the contract, and nothing here
 * knows them.
 */
@NullMarked
package dev.holdfast.gateway.auth;

import org.jspecify.annotations.NullMarked;
