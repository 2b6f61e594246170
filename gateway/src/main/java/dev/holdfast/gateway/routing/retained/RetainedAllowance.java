// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing.retained;

/** How many retained messages one SUBSCRIBE may still bring. On the session's thread. */
final class RetainedAllowance {
    private final Runnable whenExceeded;
    private int left;
    private boolean isExceeded;

    /**
     * An allowance of which nothing has been taken.
     *
     * @param whenExceeded called once, when there is one more
     */
    RetainedAllowance(int most, Runnable whenExceeded) {
        this.left = most;
        this.whenExceeded = whenExceeded;
    }

    /** Takes one; false if there were no more to be taken. */
    boolean take() {
        if (left > 0) {
            left--;
            return true;
        }
        if (!isExceeded) {
            isExceeded = true;
            whenExceeded.run();
        }
        return false;
    }

    /** Whether there was a message beyond the allowance. */
    boolean isExceeded() {
        return isExceeded;
    }
}
