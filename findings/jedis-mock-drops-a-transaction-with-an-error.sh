#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   com.github.fppt:jedis-mock 1.1.11 from Maven Central, spoken to with jedis 6.2.0, beside a redis-server
# Guess:     a stand-in for Redis in tests does with MULTI what Redis does: a command that fails inside does not stop
#            the others, and EXEC answers each of them.
# Behaviour: in the mock nothing after the failing command is done, and EXEC answers nil, which in Redis means that a
#            WATCH was broken. A client that repeats then repeats without end. APPEND takes the TTL of a key, too; in
#            Redis it stays.
# For us:    the tests of this project run against a real Redis, not against a stand-in.
# Seen:      Redis: EXEC 2 answers, after 1, TTL kept / mock: EXEC nil, after null, TTL gone
# Exits with 1 if that has changed. Needs a JDK of 17 or newer, Maven, node and redis-server.
set -euo pipefail
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || { kill "$pid"; wait "$pid" || true; } 2> /dev/null; rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml << 'POM'
<project>
  <modelVersion>4.0.0</modelVersion><groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
  <dependency>
    <groupId>com.github.fppt</groupId><artifactId>jedis-mock</artifactId><version>1.1.11</version>
  </dependency>
  <dependency><groupId>redis.clients</groupId><artifactId>jedis</artifactId><version>6.2.0</version></dependency>
  </dependencies>
</project>
POM
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=path.txt > mvn.log

port=$(node -e 's = net.createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });')
redis-server --port "$port" --bind 127.0.0.1 --save "" --dir "$work" > redis.log &
pid=$!
until redis-cli -p "$port" ping > ping.log 2>&1; do sleep 0.1; done
cat > Errors.java << 'JAVA'
import com.github.fppt.jedismock.RedisServer;
import redis.clients.jedis.Jedis;

class Errors {
    public static void main(String[] args) throws Exception {
        var mock = RedisServer.newRedisServer().start();
        System.out.println("Redis: " + run("127.0.0.1", Integer.parseInt(args[0]))
                + " / mock: " + run(mock.getHost(), mock.getBindPort()));
        mock.stop();
    }

    private static String run(String host, int port) {
        try (Jedis redis = new Jedis(host, port)) {
            redis.set("text", "x");
            var transaction = redis.multi();
            transaction.lpush("text", "1");
            transaction.set("after", "1");
            var answers = transaction.exec();
            redis.setex("expiring", 100, "a");
            redis.append("expiring", "b");
            return "EXEC " + (answers == null ? "nil" : answers.size() + " answers") + ", after " + redis.get("after")
                    + ", TTL " + (redis.ttl("expiring") > 0 ? "kept" : "gone");
        }
    }
}
JAVA
seen=$(java -Xmx200m -cp "$(cat path.txt)" Errors.java "$port" 2> java.log)
echo "$seen"
[ "$seen" = "Redis: EXEC 2 answers, after 1, TTL kept / mock: EXEC nil, after null, TTL gone" ]
