// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

/** A command cannot do what it was asked, for a reason that the operator can act on. */
public final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1;

    /** It was tried and failed. */
    public static final int FAILED = 1;
    /** It was asked wrongly: flags or configuration. */
    public static final int USAGE = 2;
    /** Somebody else refuses: a gateway, or the check of a token. */
    public static final int REFUSED = 3;
    /** Nobody has answered in time; it may still be done. */
    public static final int TIMED_OUT = 4;

    private final int exitCode;

    /**
     * A failure.
     *
     * @param message complete, for people
     */
    public CommandFailure(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** A failure to do what was rightly asked, with the cause appended to the message. */
    public static CommandFailure failed(String message, Throwable cause) {
        String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        CommandFailure failure = new CommandFailure(FAILED, "holdfast: " + message + ": " + why);
        failure.initCause(cause);
        return failure;
    }

    /** A failure that is the whole story. */
    public static CommandFailure failed(String message) {
        return new CommandFailure(FAILED, "holdfast: " + message);
    }

    /** What the process ends with. */
    public int exitCode() {
        return exitCode;
    }
}
