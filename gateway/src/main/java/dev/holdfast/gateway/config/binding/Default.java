// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The value of a setting that nobody sets, written as in the file. A setting without this annotation is a section of
 * its own or {@code @Nullable}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Default {
    /** Means that {@code --dev} changes nothing. */
    String SAME = "\0";

    /** The default. Items of a list are separated by spaces; the empty text is the empty list. */
    String value();

    /** The default under {@code --dev}. */
    String dev() default SAME;
}
