// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Random commands, each of whose answers a tiny reference model must agree with. */
interface ModelContract extends SessionStoreContractPart {
    int COMMANDS_A_RUN = 150;

    @Test
    default void whateverIsAskedInWhateverOrderTheModelAgrees() {
        // -Dholdfast.seed=... repeats a run that failed.
        Long given = Long.getLong("holdfast.seed");
        for (int run = 0; run < fixture().modelRuns(); run++) {
            long seed = given == null ? 20_260_801L + run : given;
            ModelRun model = new ModelRun(
                    store(), otherProcess(), time(), fixture().willWord(), "run" + run, new SplittableRandom(seed));
            try {
                for (int i = 0; i < COMMANDS_A_RUN; i++) {
                    model.step();
                }
            } catch (AssertionError disagreement) {
                throw new AssertionError(
                        "seed " + seed + ", after:\n" + String.join("\n", model.history()), disagreement);
            } finally {
                model.end();
            }
        }
    }
}
