#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   mqemitter-redis 7.2.1 from npm, by which several Aedes brokers are one; with a redis-server
# Guess:     [ and ] are ordinary characters of an MQTT topic: a filter with them matches what it says.
# Behaviour: a filter without a wildcard does. One with + or # is given to PSUBSCRIBE as a pattern in which the rest is
#            not escaped: hall[1]/+ asks Redis for hall1/*. The subscriber gets nothing, not even what its own process
#            has emitted, and no error.
# For us:    this gateway matches the filters of subscriptions itself, not by patterns in Redis. Whoever moves topics
#            such as line[3]/state from Aedes with Redis should look whether their wildcards had ever matched.
# Seen:      messages: hall/+ 1 / hall[1] 1 / hall[1]/+ 0 / hall[1]/# 0
# Exits with 1 if that has changed. Needs node, npm and redis-server.
set -euo pipefail
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || { kill "$pid"; wait "$pid" || true; } 2> /dev/null; rm -rf "$work"' EXIT
cd "$work"
npm init -y > npm.log
npm install --silent --no-audit --no-fund mqemitter-redis@7.2.1 > npm.log 2>&1

port=$(node -e 's = net.createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });')
redis-server --port "$port" --bind 127.0.0.1 --save "" --dir "$work" > redis.log &
pid=$!
until redis-cli -p "$port" ping > ping.log 2>&1; do sleep 0.1; done
cat > filters.mjs << 'JS'
import emitter from "mqemitter-redis";
const seen = [];
const pairs = [["hall/+", "hall/a"], ["hall[1]", "hall[1]"], ["hall[1]/+", "hall[1]/a"], ["hall[1]/#", "hall[1]/a"]];
for (const [filter, topic] of pairs) {
  const broker = emitter({ host: "127.0.0.1", port: Number(process.argv[2]) });
  let came = 0;
  await new Promise((done) => broker.on(filter, (_, next) => { came++; next(); }, done));
  await new Promise((done) => broker.emit({ topic }, done));
  await new Promise((done) => setTimeout(done, 500));
  seen.push(`${filter} ${came}`);
  broker.close();
}
console.log(`messages: ${seen.join(" / ")}`);
process.exit();
JS
seen=$(node filters.mjs "$port")
echo "$seen"
[ "$seen" = "messages: hall/+ 1 / hall[1] 1 / hall[1]/+ 0 / hall[1]/# 0" ]
