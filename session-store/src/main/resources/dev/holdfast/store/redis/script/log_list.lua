-- Has the sweep look at a log, not before it may end. KEYS: the list of all logs. ARGV: head, filter, ms from now.
redis.call('ZADD', KEYS[1], 'GT', int(now + tonumber(ARGV[3])), ARGV[2])
return {1}
