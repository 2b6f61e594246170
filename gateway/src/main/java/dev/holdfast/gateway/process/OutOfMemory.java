// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.process;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends the process when an error says that it cannot go on, so that a supervisor starts another one. A gateway that has run
 * out of memory has lost threads or half of what they were doing; alive it would only look alive.
 *
 * <p>Three ways lead here: an error that no code has caught (a thread would die), one that a library has caught and
 * logged ({@link FatalErrorFilter}), and a heap that stays full ({@link HeapWatch}). Any thread.
 */
public final class OutOfMemory {
    /** The exit code: failed. */
    static final int EXIT_CODE = 1;

    private static final int DEEPEST_CAUSE = 16;

    // Made while there is memory: nothing may have to be allocated for the last words.
    private static final Runtime RUNTIME = Runtime.getRuntime();
    private static final List<Class<?>> NAMED_BY_HANDLERS =
            List.of(IOException.class, OutOfMemoryError.class, Error.class);
    private static final FileOutputStream STDERR = new FileOutputStream(FileDescriptor.err);
    private static final byte[] LAST_WORDS = words(
            "out of memory. The process ends with code 1. Look at -Xmx beside limits.* of the configuration,"
                    + " at jvm_memory_used_bytes and mqtt_gateway_* of the last scrape, and at the clients that came last");
    private static final byte[] BROKEN = words(
            "an error that no thread can go on after. The process ends with code 1. Look at the lines before this one,"
                    + " and report them");

    private OutOfMemory() {}

    /** Has every error that no code catches end the process. To be called once, before other threads start. */
    public static void watchThreads() {
        rehearse();
        Thread.setDefaultUncaughtExceptionHandler(OutOfMemory::uncaught);
    }

    private static void uncaught(Thread thread, Throwable failure) {
        if (!(failure instanceof Error)) {
            System.err.println("holdfast: the thread " + thread.getName() + " has ended; this is a bug:");
            failure.printStackTrace();
        } else if (isFatal(failure)) {
            end(LAST_WORDS);
        } else {
            try {
                failure.printStackTrace();
            } finally {
                end(BROKEN);
            }
        }
    }

    /**
     * Does once what the end will do, but end. A class that is named in a method is loaded when the method first comes to it, which
     * takes memory; the verifier has loaded most of them before, but not where an archive of classes (CDS, AOT) makes it superfluous.
     */
    private static void rehearse() {
        Throwable like = new IllegalStateException(new OutOfMemoryError());
        if (!isFatal(like) || isFatal(new StackOverflowError()) || NAMED_BY_HANDLERS.isEmpty()) {
            throw new IllegalStateException(like);
        }
        say(new byte[0]);
    }

    /**
     * Whether a failure, or what caused it, says that the JVM itself is out of something. A stack that is too deep is
     * not one of them: it is over when the call has returned.
     */
    static boolean isFatal(@Nullable Throwable failure) {
        Throwable each = failure;
        for (int depth = 0; each != null && depth < DEEPEST_CAUSE; depth++) {
            if (each instanceof VirtualMachineError && !(each instanceof StackOverflowError)) {
                return true;
            }
            each = each.getCause();
        }
        return false;
    }

    /** Says why and ends the process, without shutdown hooks: they would need what is not there. */
    static void end() {
        end(LAST_WORDS);
    }

    private static void end(byte[] words) {
        say(words);
        RUNTIME.halt(EXIT_CODE);
    }

    private static void say(byte[] words) {
        try {
            STDERR.write(words);
        } catch (IOException | OutOfMemoryError unsaid) {
            // nobody reads it; the code says enough
        }
    }

    private static byte[] words(String text) {
        return ("holdfast: " + text + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
