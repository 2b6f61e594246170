// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import dev.holdfast.gateway.config.binding.ConfigProblem;
import dev.holdfast.gateway.config.binding.ProblemList;
import java.util.List;
import java.util.stream.Collectors;

/** Settings of authentication that cannot be trusted: the gateway refuses to start. Says what is wrong, never a key. */
public final class AuthConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<ConfigProblem> problems;

    /** Made with a sentence for the operator. */
    public AuthConfigException(String message) {
        super(message);
        this.problems = List.of(new ConfigProblem("", "", message));
    }

    private AuthConfigException(List<ConfigProblem> problems) {
        super(problems.stream().map(ConfigProblem::toString).collect(Collectors.joining(System.lineSeparator())));
        this.problems = problems;
    }

    /** Throws if there is anything to complain of. */
    public static void throwIfAny(ProblemList found) throws AuthConfigException {
        if (!found.problems().isEmpty()) {
            throw new AuthConfigException(found.problems());
        }
    }

    /** Everything that is wrong, with paths within the section that was read; at least one. */
    public List<ConfigProblem> problems() {
        return problems;
    }
}
