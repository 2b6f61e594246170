// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.log;

/**
 * What has become of a message for a log.
 *
 * @param index of the message; the highest index if the log had the message before; 0 if there is no such log
 * @param isNew whether the message was appended
 */
public record Appended(long index, boolean isNew) {
    /** There is no such log. */
    public static final Appended NOWHERE = new Appended(0, false);
}
