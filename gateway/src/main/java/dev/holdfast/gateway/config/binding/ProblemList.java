// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

import java.util.ArrayList;
import java.util.List;

/** Collects complaints about settings of which nobody knows any more where they were written. */
public final class ProblemList implements Complaints {
    private final List<ConfigProblem> problems = new ArrayList<>();

    @Override
    public void about(String path, String what) {
        problems.add(new ConfigProblem("", path, what));
    }

    /** In the order in which they came. */
    public List<ConfigProblem> problems() {
        return List.copyOf(problems);
    }
}
