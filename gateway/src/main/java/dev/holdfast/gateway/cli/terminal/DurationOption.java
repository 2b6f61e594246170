// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.terminal;

import dev.holdfast.gateway.config.value.DurationText;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A duration on the command line, written as in the configuration: {@code 30s}, {@code 5m}, {@code 12h}, {@code 30d}. */
public final class DurationOption implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
        try {
            return DurationText.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException("expected a duration as 30s, 5m, 12h or 30d: " + text);
        }
    }
}
