// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keys from a file, read again when it changes. A broken file never replaces good keys while the gateway runs. */
final class FileKeys implements KeySource {
    static final String NONE_FITS = ": no key that fits the algorithms of the issuer and is strong enough";

    private static final Logger LOG = LoggerFactory.getLogger(FileKeys.class);

    /** What tells one version of a file from another without reading it. */
    private record Stamp(long modifiedMillis, long size) {}

    private final KeyFile kind;
    private final Path file;
    private final Function<List<RawKey>, KeySet> keySet;
    private final ScheduledExecutorService worker;
    private final ScheduledFuture<?> watch;

    // On the worker only, after construction.
    private @Nullable Stamp seen;
    private List<RawKey> raw;

    private volatile KeySet current;

    /** Reads the file at once, on the caller's thread, and watches it afterwards. */
    FileKeys(
            KeyFile kind,
            Path file,
            Function<List<RawKey>, KeySet> keySet,
            ScheduledExecutorService worker,
            Duration watchEvery)
            throws IOException {
        this.kind = kind;
        this.file = file;
        this.keySet = keySet;
        this.worker = worker;
        this.seen = stamp(file);
        this.raw = kind.read(file);
        this.current = keySet.apply(raw);
        if (current.isEmpty()) {
            throw new IOException(file + NONE_FITS);
        }
        this.watch = worker.scheduleWithFixedDelay(
                this::readIfChanged, watchEvery.toMillis(), watchEvery.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public KeySet current() {
        return current;
    }

    @Override
    public CompletableFuture<Search> search(String kid) {
        return CompletableFuture.completedFuture(Search.UNKNOWN);
    }

    @Override
    public CompletableFuture<Search> searchAgain(KeySet used) {
        return CompletableFuture.completedFuture(current() == used ? Search.UNKNOWN : Search.LOOK_AGAIN);
    }

    @Override
    public void reload() {
        worker.execute(this::read);
    }

    @Override
    public void close() {
        watch.cancel(false);
    }

    private void readIfChanged() {
        Stamp now = stamp(file);
        if (now != null && !now.equals(seen)) {
            read();
        }
    }

    private void read() {
        seen = stamp(file);
        try {
            List<RawKey> fresh = kind.read(file);
            if (fresh.equals(raw)) {
                return;
            }
            KeySet set = keySet.apply(fresh);
            if (set.isEmpty()) {
                LOG.warn("{}: no key that fits the issuer's algorithms; the keys read before stay", file);
                return;
            }
            raw = fresh;
            current = set;
            LOG.info("{}: keys read again, {} in it", file, fresh.size());
        } catch (IOException e) {
            LOG.warn("{}; the keys read before stay", e.getMessage());
        }
    }

    private static @Nullable Stamp stamp(Path file) {
        try {
            return new Stamp(Files.getLastModifiedTime(file).toMillis(), Files.size(file));
        } catch (IOException e) {
            return null;
        }
    }
}
