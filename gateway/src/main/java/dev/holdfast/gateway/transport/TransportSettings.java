// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.limits.MemoryBudget;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The bounds of the transport.
 *
 * @param ioThreads the number of I/O threads, at least 1
 * @param backlog connections that may wait in the kernel for being accepted
 * @param maxPendingBytes output that may wait for a slow peer; beyond it the connection is aborted as
 *     {@link CloseCause#SLOW}
 * @param writeStall how long pending output may make no progress before the connection is aborted as SLOW
 * @param closePatience how long a closing connection may take to send what is pending and to hear the peer close
 * @param prefaceTimeout how long a connection may take to send its PROXY header, where one is asked for
 * @param sweepPeriod how often each wire is looked at for these bounds and its listener hears
 *     {@link WireListener#tick()}
 * @param pooledChunks the 8 KiB output chunks each I/O thread keeps in direct memory; more are made on the heap
 * @param memory the account of what is held for clients
 * @param maxPerAddress connections of one address, from their accept on; 0 for no limit, null for three quarters of what there
 *     is room for
 * @param connectRates how many may begin a TLS handshake, and later send a CONNECT
 */
public record TransportSettings(
        int ioThreads,
        int backlog,
        int maxPendingBytes,
        Duration writeStall,
        Duration closePatience,
        Duration prefaceTimeout,
        Duration sweepPeriod,
        int pooledChunks,
        MemoryAccount memory,
        @Nullable Integer maxPerAddress,
        ConnectRates connectRates) {

    /** One I/O thread per core, 1 MiB of output, 30 s of stall, 5 s for a close and for a PROXY header, an account of
     * its own, no rates. */
    public static TransportSettings defaults() {
        return new TransportSettings(
                Runtime.getRuntime().availableProcessors(),
                4096,
                1 << 20,
                Duration.ofSeconds(30),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                1024,
                new MemoryAccount(MemoryBudget.of(0, Runtime.getRuntime().maxMemory())),
                0,
                ConnectRates.off());
    }

    /** Refuses bounds that cannot work. */
    public TransportSettings {
        if (ioThreads < 1 || backlog < 1 || maxPendingBytes < 1 || pooledChunks < 0) {
            throw new IllegalArgumentException("ioThreads, backlog and maxPendingBytes must be positive");
        }
    }

    /** These settings with another number of I/O threads. */
    public TransportSettings withIoThreads(int threads) {
        return new TransportSettings(
                threads,
                backlog,
                maxPendingBytes,
                writeStall,
                closePatience,
                prefaceTimeout,
                sweepPeriod,
                pooledChunks,
                memory,
                maxPerAddress,
                connectRates);
    }

    /** These settings with another bound on pending output. */
    public TransportSettings withMaxPendingBytes(int bytes) {
        return new TransportSettings(
                ioThreads,
                backlog,
                bytes,
                writeStall,
                closePatience,
                prefaceTimeout,
                sweepPeriod,
                pooledChunks,
                memory,
                maxPerAddress,
                connectRates);
    }

    /** These settings with other times; what tests shorten. */
    public TransportSettings withTimes(Duration stall, Duration patience, Duration preface, Duration sweep) {
        return new TransportSettings(
                ioThreads,
                backlog,
                maxPendingBytes,
                stall,
                patience,
                preface,
                sweep,
                pooledChunks,
                memory,
                maxPerAddress,
                connectRates);
    }

    /** These settings with another number of connections of one address; 0 for no limit. */
    public TransportSettings withMaxPerAddress(int most) {
        return new TransportSettings(
                ioThreads,
                backlog,
                maxPendingBytes,
                writeStall,
                closePatience,
                prefaceTimeout,
                sweepPeriod,
                pooledChunks,
                memory,
                most,
                connectRates);
    }

    /** These settings with rates of those who come. */
    public TransportSettings withConnectRates(ConnectRates rates) {
        return new TransportSettings(
                ioThreads,
                backlog,
                maxPendingBytes,
                writeStall,
                closePatience,
                prefaceTimeout,
                sweepPeriod,
                pooledChunks,
                memory,
                maxPerAddress,
                rates);
    }
}
