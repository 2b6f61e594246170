// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

/**
 * How much of the heap may be held for clients. The rest of the heap is for the program itself, for what is on its way
 * through it, and for the collector to breathe.
 *
 * @param bytes all together, at least 1 MiB
 */
public record MemoryBudget(long bytes) {
    private static final long LEAST = 1 << 20;
    private static final int PART_OF_HEAP = 2;

    /** Refuses what nothing can be done with. */
    public MemoryBudget {
        if (bytes < LEAST) {
            throw new IllegalArgumentException("a budget of " + bytes + " bytes, expected at least " + LEAST);
        }
    }

    /**
     * The budget of this process.
     *
     * @param configured in bytes; 0 for half of the heap
     * @param maxHeapBytes as {@link Runtime#maxMemory} tells
     */
    public static MemoryBudget of(long configured, long maxHeapBytes) {
        return new MemoryBudget(Math.max(LEAST, configured > 0 ? configured : maxHeapBytes / PART_OF_HEAP));
    }
}
