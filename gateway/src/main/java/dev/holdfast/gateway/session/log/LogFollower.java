// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.log;

/** Who reads a log at this gateway: one session of one I/O thread. On that thread. */
public abstract class LogFollower {
    /** Where it stands among the followers of its log. */
    int place;

    /** There may be more in the log than when the follower last looked, or a page that it had asked for has come. */
    protected abstract void wake();
}
