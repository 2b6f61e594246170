// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.terminal;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Rows in columns, two spaces between, a heading above. Cells are escaped: each row is one line whatever is in it. Printed a
 * part at a time, it keeps the widths that it has had. One thread.
 */
public final class Table {
    private static final String GAP = "  ";
    private static final char RIGHT = '>';

    private final List<String> names = new ArrayList<>();
    private final List<Boolean> isRight = new ArrayList<>();
    private final List<Integer> widths = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();
    private boolean hasHeading;

    /**
     * A table of these columns.
     *
     * @param columns their names; one that begins with {@code >} is aligned to the right
     */
    public Table(String... columns) {
        for (String column : columns) {
            boolean right = column.charAt(0) == RIGHT;
            names.add(right ? column.substring(1) : column);
            isRight.add(right);
            widths.add(names.get(names.size() - 1).length());
        }
    }

    /** Adds a row with a value for each column; texts are escaped here. */
    public void row(Object... values) {
        if (values.length != names.size()) {
            throw new IllegalArgumentException(values.length + " values for " + names.size() + " columns");
        }
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            String cell = Words.escaped(String.valueOf(values[i]));
            cells.add(cell);
            widths.set(i, Math.max(widths.get(i), cell.codePointCount(0, cell.length())));
        }
        rows.add(cells);
    }

    /** Prints the rows that have come since the last time, with the heading if it is the first one; nothing if there are none. */
    public void print(PrintWriter out) {
        print(out, "");
    }

    /** The same with something before each line. */
    public void print(PrintWriter out, String indent) {
        if (!hasHeading && !rows.isEmpty()) {
            hasHeading = true;
            out.println(indent + line(names));
        }
        rows.forEach(row -> out.println(indent + line(row)));
        rows.clear();
        out.flush();
    }

    private String line(List<String> cells) {
        List<String> padded = new ArrayList<>();
        for (int i = 0; i < cells.size(); i++) {
            String cell = cells.get(i);
            String pad = " ".repeat(Math.max(0, widths.get(i) - cell.codePointCount(0, cell.length())));
            padded.add(isRight.get(i) ? pad + cell : cell + pad);
        }
        return padded.stream().collect(Collectors.joining(GAP)).stripTrailing();
    }
}
