// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

/** Where a check says what is wrong with settings. It goes on after that, so that one run finds everything. */
@FunctionalInterface
public interface Complaints {
    /**
     * Adds a problem.
     *
     * @param path the setting within the section that is checked, {@code keys.pem-file} or {@code issuers[0].audience};
     *     empty for the section itself
     * @param what what is wrong, and what would be right
     */
    void about(String path, String what);

    /** The complaints of a section within this one, {@code jwt} or {@code issuers[0]}. */
    default Complaints in(String section) {
        return (path, what) -> about(Key.join(section, path), what);
    }
}
