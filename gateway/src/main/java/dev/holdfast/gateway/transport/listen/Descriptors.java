// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.listen;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** The file descriptors of this process. */
public final class Descriptors {
    /** What is kept back of them for files, for Redis, for the internal listener (24), and for what is closed and not yet given back. */
    public static final int RESERVE = 80;

    private Descriptors() {}

    /**
     * How many connections all listeners for clients together may have open. When the kernel has no descriptor left,
     * accepting fails for all listeners, the internal one too, and XNIO waits longer and longer before it tries again.
     *
     * @return 1 at least; {@link Integer#MAX_VALUE} where the system does not tell
     */
    static int forConnections() {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)) {
            return Integer.MAX_VALUE;
        }
        long left = system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - RESERVE;
        return (int) Math.max(1, Math.min(left, Integer.MAX_VALUE));
    }
}
