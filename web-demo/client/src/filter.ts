// SPDX-License-Identifier: Apache-2.0

/** Whether a topic name matches a topic filter, by MQTT 5.0 section 4.7; a shared subscription by what it shares. */
export function matches(filter: string, topic: string): boolean {
  const levels = (filter.startsWith("$share/") ? filter.split("/").slice(2) : filter.split("/")) as string[];
  const names = topic.split("/");
  if (topic.startsWith("$") && (levels[0] === "#" || levels[0] === "+")) return false;
  for (const [at, level] of levels.entries()) {
    if (level === "#") return true;
    if (at >= names.length || (level !== "+" && level !== names[at])) return false;
  }
  return levels.length === names.length;
}
