// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    fileParallelism: false, // two cores, and each file starts gateways of its own
    projects: [
      { test: { name: "unit", include: ["*/test/*.test.ts"], exclude: ["**/*.gateway.test.ts"] } },
      {
        test: {
          name: "gateways",
          include: ["*/test/*.gateway.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          maxConcurrency: 4,
          retry: 1, // on a busy machine a test may wait too short a time; the report says "retry x1"
        },
      },
    ],
  },
});
