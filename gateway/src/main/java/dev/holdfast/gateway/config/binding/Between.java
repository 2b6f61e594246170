// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The smallest and the largest value that a setting may have, both included, written as in the file. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Between {
    /** The smallest. */
    String min();

    /** The largest. */
    String max();
}
