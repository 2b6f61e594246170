// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.store.cluster.Inbox;
import dev.holdfast.store.cluster.Membership;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * What gateways that share their stores know each other by.
 *
 * @param membership who is alive
 * @param inbox what they tell each other
 * @param retainedCatchUp done when every change of a retained message that was acknowledged before is known here
 * @param trouble what the store has failed with in the last seconds, a sentence; empty if nothing
 * @param parts which of its parts are away, where it has parts
 */
record SharedStores(
        Membership membership,
        Inbox inbox,
        Supplier<CompletionStage<Void>> retainedCatchUp,
        Supplier<String> trouble,
        StoreParts parts) {}
