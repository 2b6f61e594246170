// SPDX-License-Identifier: Apache-2.0

/** What a string of MQTT can be at most, in UTF-8. */
const MOST_BYTES = 65_535;

/** Whether it is a topic name, by MQTT 5.0 section 4.7: a server ends the connection over one that is not. */
export function isTopic(name: string): boolean {
  return isText(name) && !/[+#]/.test(name);
}

/** Whether it is a topic filter, by MQTT 5.0 sections 4.7 and 4.8.2. */
export function isFilter(filter: string): boolean {
  if (!isText(filter) || (/^\$share(\/|$)/.test(filter) && !/^\$share\/[^/+#]+\/./.test(filter))) return false;
  const levels = levelsOf(filter);
  return levels.every((level, at) => level === "+" || (level === "#" && at === levels.length - 1) || !/[+#]/.test(level));
}

function isText(text: string): boolean {
  return text !== "" && !text.includes("\0") && new TextEncoder().encode(text).length <= MOST_BYTES;
}

/** Of a shared subscription, of what it shares. */
function levelsOf(filter: string): string[] {
  return filter.split("/").slice(filter.startsWith("$share/") ? 2 : 0);
}

/** Whether a topic name matches a topic filter, by MQTT 5.0 section 4.7; a shared subscription by what it shares. */
export function matches(filter: string, topic: string): boolean {
  const levels = levelsOf(filter);
  const names = topic.split("/");
  if (topic.startsWith("$") && (levels[0] === "#" || levels[0] === "+")) return false;
  for (const [at, level] of levels.entries()) {
    if (level === "#") return true;
    if (at >= names.length || (level !== "+" && level !== names[at])) return false;
  }
  return levels.length === names.length;
}
