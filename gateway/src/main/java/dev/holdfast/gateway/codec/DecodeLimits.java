// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

/**
 * What one packet may hold besides its size, which {@link Framer} bounds.
 *
 * @param maxUserProperties user properties in one property block, 0 or more; beyond: Quota exceeded
 * @param maxUserPropertyBytes UTF-8 bytes of all names and values of them in one block, 0 or more; beyond: Quota exceeded
 * @param maxTopicBytes UTF-8 bytes of a topic name, 1 to 65535; beyond: Topic Name invalid. Topic filters are not
 *     measured here, since a SUBACK answers each of them
 * @param maxTopicLevels levels of a topic name, 1 or more; beyond: Topic Name invalid
 */
public record DecodeLimits(int maxUserProperties, int maxUserPropertyBytes, int maxTopicBytes, int maxTopicLevels) {
    /** 32 user properties of 8 KiB together, topic names of 1 KiB and 32 levels. */
    public static final DecodeLimits DEFAULT = new DecodeLimits(32, 8 * 1024, 1024, 32);
}
