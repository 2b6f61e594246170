// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

/**
 * A connection that a later attach, or an operator, has deprived of its session.
 *
 * @param gateway the gateway that must close it
 * @param epoch of its attach
 * @param owesWill whether its will waits for the word of that gateway ({@link SessionStore#settleWill})
 */
public record DisplacedConnection(String gateway, long epoch, boolean owesWill) {}
