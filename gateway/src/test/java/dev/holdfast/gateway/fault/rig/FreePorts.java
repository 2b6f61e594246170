// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** Ports of this machine that nobody has, nor gets while a process that had one of them is away for a while. */
public final class FreePorts {
    private static final int LOWEST_PORT = 10_000;
    private static final int HIGHEST_PORT = 19_000;

    /** What has been given already: who asked may not listen there yet. */
    private static final Set<Integer> GIVEN = new HashSet<>();

    private FreePorts() {}

    /**
     * The first of so many neighbouring ports that are free. Below what the kernel gives to whoever asks for any: another
     * gateway, or a connection, might take one of them.
     */
    public static synchronized int first(int count) {
        while (true) {
            int first = ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT);
            List<Integer> ports = IntStream.range(first, first + count).boxed().toList();
            if (Collections.disjoint(GIVEN, ports) && areFree(first, count)) {
                GIVEN.addAll(ports);
                return first;
            }
        }
    }

    private static boolean areFree(int first, int count) {
        for (int port = first; port < first + count; port++) {
            try (ServerSocket one = new ServerSocket(port)) {
                if (!one.isBound()) {
                    return false;
                }
            } catch (IOException taken) {
                return false;
            }
        }
        return true;
    }
}
