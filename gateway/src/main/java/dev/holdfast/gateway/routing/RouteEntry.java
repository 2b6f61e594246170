// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

/** What stands in the subscription trie under a topic filter. */
sealed interface RouteEntry permits Route, RemoteRoute, SharedGroup {}
