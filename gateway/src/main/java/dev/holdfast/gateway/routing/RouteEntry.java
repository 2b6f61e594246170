// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.topic.TrieEntry;

/** What stands in the subscription trie under a topic filter. */
sealed interface RouteEntry extends TrieEntry permits Route, RemoteRoute, SharedGroup {}
