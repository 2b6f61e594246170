#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   mqtt-pattern 2.1.1, mqtt-match 3.0.0, mqtt-wildcard 3.0.9 and mqtt-emitter 4.1.0 from npm: which handler a
#            message is for
# Guess:     what a client matches by itself, to find the handler of a message, follows the rules of the server that
#            sent it: a level may be empty [MQTT-4.7.3-1], and # leaves out topics that begin with $ [MQTT-4.7.2-1].
# Behaviour: none of the four leaves out $SYS. In mqtt-pattern + does not take an empty level: a message that the server
#            delivers for a/+ finds no handler. The others take it.
# For us:    topics with an empty level (a/ or /a) are delivered by this gateway, and may still be lost in the client.
# Seen:      pattern: a/+ a/, +/f /f, # $SYS/x / match: # $SYS/x / wildcard: # $SYS/x / emitter: # $SYS/x
# Exits with 1 if that has changed. Needs node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y > npm.log
npm install --silent --no-audit --no-fund mqtt-pattern@2.1.1 mqtt-match@3.0.0 mqtt-wildcard@3.0.9 mqtt-emitter@4.1.0 > npm.log 2>&1

cat > match.cjs << 'JS'
const { MQTTEmitter } = require("mqtt-emitter");
const matchers = {
  pattern: (filter, topic) => require("mqtt-pattern").matches(filter, topic),
  match: require("mqtt-match"),
  wildcard: (filter, topic) => require("mqtt-wildcard")(topic, filter) !== null,
  emitter: (filter, topic) => {
    const emitter = new (MQTTEmitter ?? require("mqtt-emitter"))();
    let came = false;
    emitter.on(filter, () => (came = true));
    emitter.emit(topic, "");
    return came;
  },
};
const wrong = (matches) =>
  [["a/+", "a/", true], ["+/f", "/f", true], ["a/#", "a", true], ["#", "$SYS/x", false]]
    .filter(([filter, topic, right]) => matches(filter, topic) !== right)
    .map(([filter, topic]) => `${filter} ${topic}`).join(", ");
console.log(Object.entries(matchers).map(([name, matches]) => `${name}: ${wrong(matches)}`).join(" / "));
JS
seen=$(node match.cjs)
echo "$seen"
[ "$seen" = 'pattern: a/+ a/, +/f /f, # $SYS/x / match: # $SYS/x / wildcard: # $SYS/x / emitter: # $SYS/x' ]
