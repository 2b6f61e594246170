// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.connection;

/**
 * The client whose packet causes more work than packets usually do. Its connection is not read until that work is done, and the work
 * is counted against its rate. Long work of equal debtors shares turns ({@link SessionThread#gradually}). Called on the debtor's thread.
 */
public interface Debtor {
    /** Stands for work that no connected client has caused, such as the distribution of wills. */
    Debtor NOBODY = new Debtor() {
        @Override
        public boolean isWaiting() {
            return false;
        }

        @Override
        public void begun() {}

        @Override
        public void done() {}

        @Override
        public void owes(long steps) {}

        @Override
        public void foundFullQueue() {}
    };

    /** Whether something that has begun is not done. */
    boolean isWaiting();

    /** Something has begun that takes more than a turn: nothing more is to be taken from this client until it is done. */
    void begun();

    /** One thing that had begun is done. */
    void done();

    /**
     * Counts steps of a search that were beyond the usual.
     *
     * @param steps some 10 to 60 ns each
     */
    void owes(long steps);

    /** A message of this client has found a full queue: the queue has dropped a message. */
    void foundFullQueue();
}
