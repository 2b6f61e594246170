// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.process;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Ends the process when anything logs that memory has run out. XNIO, Undertow, netty and Redisson catch every error of a
 * task, log it and go on; a log is the one place that all of them pass. Named by {@code logback.xml}; asked for every log
 * call, whatever its level, before a line is made of it.
 */
public final class FatalErrorFilter extends TurboFilter {
    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] params,
            @Nullable Throwable failure) {
        if (failure != null && OutOfMemory.isFatal(failure)) {
            OutOfMemory.end();
        }
        return FilterReply.NEUTRAL;
    }
}
