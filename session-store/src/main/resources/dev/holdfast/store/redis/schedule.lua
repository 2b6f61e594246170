-- KEYS: a shard of the session index, score = when the sweep looks at it. ARGV: deadline, client id, score or 'now'.
redis.call('ZADD', KEYS[1], ARGV[3] == 'now' and now or ARGV[3], ARGV[2])
return {1}
