// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

/**
 * One thing that is wrong in the configuration.
 *
 * @param origin where it is written, or empty for what is nowhere written
 * @param path the setting, dotted
 * @param what what is wrong, what was expected, and an example or the nearest known name
 */
public record ConfigProblem(String origin, String path, String what) {
    /** One line: {@code origin: path: what}. */
    @Override
    public String toString() {
        return (origin.isEmpty() ? "" : origin + ": ") + (path.isEmpty() ? "" : path + ": ") + what;
    }
}
