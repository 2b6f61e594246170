// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

/**
 * Whoever causes work that is more than the usual share of a packet: it waits until that is done, and its rate pays for it.
 * Long work is done for it in turn with that of others, by {@code equals}. Called on its own thread.
 */
public interface Debtor {
    /** For what no client has caused just now, such as wills. */
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

    /** A message of its found a queue without room for it, so that one had to give way. */
    void foundFullQueue();
}
