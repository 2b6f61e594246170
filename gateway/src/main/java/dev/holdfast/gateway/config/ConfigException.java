// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.ConfigProblem;
import java.util.List;
import java.util.stream.Collectors;

/** The configuration cannot be used: everything that is wrong with it, not only the first. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<ConfigProblem> problems;

    ConfigException(List<ConfigProblem> problems) {
        super(problems.stream().map(ConfigProblem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** In the order of the sources; at least one. */
    public List<ConfigProblem> problems() {
        return problems;
    }
}
