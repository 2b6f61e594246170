-- Has the sweep visit a session. KEYS: a shard of the session index, whose scores are the times of the visits. ARGV: head, client
-- id, time. A visit is never put off: the caller may have been overtaken, or refused. A visit that is too early does no harm.
redis.call('ZADD', KEYS[1], 'LT', ARGV[3], ARGV[2])
return {1}
