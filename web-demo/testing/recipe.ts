// SPDX-License-Identifier: Apache-2.0
// The files that a document shows, as they stand there.
import { readFileSync } from "node:fs";

/** The code blocks of a Markdown page that a comment names, `<!-- recipe: NAME -->`: text by name. */
export function recipeOf(page: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const [, name = "", text = ""] of readFileSync(page, "utf8").matchAll(/<!-- recipe: (\S+) -->\n```\w*\n([^]*?)\n```/g)) {
    files.set(name, `${text}\n`);
  }
  return files;
}
