// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

/** What an enqueue call says of each of its messages: whether the message may have been sent before, and by whom. */
public enum EnqueueMode {
    /** Nobody has sent the message before. */
    FRESH('0'),
    /** The caller has sent the message before, perhaps through another gateway. */
    CALLER_REPEATS('1'),
    /** An earlier sending of this very call may have been executed. */
    WE_REPEAT('2'),
    /** Nobody has sent the message before, and it is a QoS 2 message. */
    FRESH_ONCE('3');

    @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it
    private final byte[] argument;

    EnqueueMode(char digit) {
        argument = new byte[] {(byte) digit};
    }

    /** The mode as the script takes it; not to be written to. */
    public byte[] argument() {
        return argument;
    }
}
