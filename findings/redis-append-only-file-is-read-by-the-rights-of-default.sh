#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Package:   redis-server 7.0.15 from Debian 12, with an append-only file and an ACL
# Guess:     an ACL judges clients. What is in the append-only file was allowed when it was written, and is read as it is.
# Behaviour: Redis reads the file as its user "default". A transaction in it, and what a script has written is one, is left
#            out at a start when that user may not do it; a command by itself is not judged. Redis starts, and says it
#            in a line of its log and nowhere else. When the file is next rewritten what was left out is gone.
# For us:    the users.acl that deploy/redis had gave default a ping and nothing else, as guides to hardening do: a restart
#            lost every session. default is off there now, with all rights; FleetTest kills its Redis and starts it again.
# Seen:      rights of default +ping: plain 1, in a transaction 0, by a script 0
#            rights of default +@all, but off: plain 1, in a transaction 1, by a script 1
# Exits with 1 if that has changed. Needs redis-server 7.0.15 (apt-get install redis-server).
set -euo pipefail
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || { kill "$pid"; wait "$pid" || true; } 2> /dev/null; rm -rf "$work"' EXIT
cd "$work"
redis-server --version | grep -o 'v=[0-9.]*'
port=$((20000 + RANDOM % 12000))
app() { redis-cli -p "$port" --user app --pass secret --no-auth-warning "$@"; }
start() {
  redis-server --port "$port" --bind 127.0.0.1 --save "" --dir "$1" --appendonly yes --appendfsync always --aclfile "$1/users.acl" > "$1/log" &
  pid=$!
  until app ping > ping.log 2>&1 && grep -q PONG ping.log; do sleep 0.1; done
}
crash() {
  kill -9 "$pid"
  wait "$pid" 2> /dev/null || true
  pid=
}
seen() { # seen NAME LINE: what is there after a restart, where the user default has the rights of LINE
  mkdir "$1"
  printf 'user default %s\nuser app on >secret ~* &* +@all\n' "$2" > "$1/users.acl"
  start "$work/$1"
  app set plain 1 > set.log
  printf 'multi\nset transaction 1\nset other 1\nexec\n' | app > multi.log
  app eval 'redis.call("set", "script", 1) redis.call("set", "more", 1)' 0 > eval.log
  crash
  start "$work/$1"
  echo "plain $(app exists plain), in a transaction $(app exists transaction), by a script $(app exists script)"
  crash
}
seen few 'on nopass resetkeys -@all +ping' > few.txt
seen all 'off resetpass ~* &* +@all' > all.txt
few=$(cat few.txt) all=$(cat all.txt)
echo "rights of default +ping: $few"
echo "rights of default +@all, but off: $all"
[ "$few" = "plain 1, in a transaction 0, by a script 0" ] && [ "$all" = "plain 1, in a transaction 1, by a script 1" ]
