// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * QoS 2 messages received and not yet released, by packet identifier, in the order they came. Looked up by walking:
 * there are no more of them than the Receive Maximum that the client was given.
 */
final class InboundPackets {
    private final HeldMemory memory;
    private int[] packetIds = new int[4];
    private @Nullable Message[] messages = new @Nullable Message[4];
    private int size;

    InboundPackets(HeldMemory memory) {
        this.memory = memory;
    }

    /** Keeps a message; false, and nothing changes, if its packet identifier holds one already. */
    boolean hold(int packetId, Message message) {
        if (indexOf(packetId) >= 0) {
            return false;
        }
        if (size == packetIds.length) {
            packetIds = Arrays.copyOf(packetIds, 2 * size);
            messages = Arrays.copyOf(messages, 2 * size);
        }
        message.hold(memory, HeldMemory.Kind.QOS2_HELD);
        packetIds[size] = packetId;
        messages[size++] = message;
        return true;
    }

    @Nullable
    Message get(int packetId) {
        int index = indexOf(packetId);
        return index < 0 ? null : messages[index];
    }

    void drop(int packetId) {
        int index = indexOf(packetId);
        if (index >= 0) {
            letGo(index);
            size--;
            System.arraycopy(packetIds, index + 1, packetIds, index, size - index);
            System.arraycopy(messages, index + 1, messages, index, size - index);
            messages[size] = null;
        }
    }

    /** Gives back all that it holds: the session has ended. */
    void letGo() {
        for (int i = 0; i < size; i++) {
            letGo(i);
        }
        size = 0;
    }

    private void letGo(int index) {
        Message message = messages[index];
        if (message != null) {
            message.letGo(memory);
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    List<Integer> packetIds() {
        List<Integer> ids = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            ids.add(packetIds[i]);
        }
        return ids;
    }

    private int indexOf(int packetId) {
        for (int i = 0; i < size; i++) {
            if (packetIds[i] == packetId) {
                return i;
            }
        }
        return -1;
    }
}
