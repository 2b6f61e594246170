// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** In which of two formats whoever scrapes wants the metrics. */
final class MetricsFormat {
    /** Prometheus' text format. */
    static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private static final String OPEN_METRICS_TYPE = "application/openmetrics-text";

    /** OpenMetrics' text format. */
    static final String OPEN_METRICS = OPEN_METRICS_TYPE + "; version=1.0.0; charset=utf-8";

    private MetricsFormat() {}

    /**
     * The content type of the answer: OpenMetrics for whoever asks for it by name and does not like the other one better.
     *
     * @param accept the request's header
     */
    static String wanted(@Nullable String accept) {
        double openMetrics = 0;
        double text = 0;
        for (String range : (accept == null ? "" : accept.toLowerCase(Locale.ROOT)).split(",")) {
            String[] parts = range.split(";");
            switch (parts[0].strip()) {
                case OPEN_METRICS_TYPE -> openMetrics = Math.max(openMetrics, quality(parts));
                case "text/plain", "text/*" -> text = Math.max(text, quality(parts));
                default -> {}
            }
        }
        return openMetrics > 0 && openMetrics >= text ? OPEN_METRICS : TEXT;
    }

    private static double quality(String[] parts) {
        for (String parameter : parts) {
            String stripped = parameter.strip();
            if (stripped.startsWith("q=")) {
                try {
                    return Double.parseDouble(stripped.substring(2));
                } catch (NumberFormatException e) {
                    return 0;
                }
            }
        }
        return 1;
    }
}
