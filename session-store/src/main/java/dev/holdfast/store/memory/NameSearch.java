// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.session.OperatorAccess.NamePage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/**
 * Finds a page of names in a set that has no order: those next behind the last page, in the order of characters. Looks at all of
 * them, and keeps no more than a page.
 */
final class NameSearch {
    private NameSearch() {}

    static NamePage page(Iterable<String> names, String prefix, String cursor, int atMost) {
        return page(names, prefix, cursor, atMost, name -> true);
    }

    /**
     * Finds one page.
     *
     * @param cursor the last name of the page before, empty for the first one
     * @param also asked only of names that begin with the prefix
     */
    static NamePage page(Iterable<String> names, String prefix, String cursor, int atMost, Predicate<String> also) {
        PriorityQueue<String> lowest = new PriorityQueue<>(Comparator.reverseOrder());
        boolean isMore = false;
        for (String name : names) {
            boolean isWanted = name.startsWith(prefix) && name.compareTo(cursor) > 0;
            if (isWanted && lowest.size() == atMost && name.compareTo(lowest.element()) > 0) {
                isMore = true;
            } else if (isWanted && also.test(name)) {
                lowest.add(name);
                if (lowest.size() > atMost) {
                    lowest.remove();
                    isMore = true;
                }
            }
        }
        List<String> page = new ArrayList<>(lowest);
        Collections.sort(page);
        return new NamePage(page, isMore && !page.isEmpty() ? page.get(page.size() - 1) : null);
    }
}
