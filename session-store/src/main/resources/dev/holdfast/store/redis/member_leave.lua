-- KEYS: leases, the dead. ARGV: head, gateway. What it still holds is reaped as a dead one's.
redis.call('ZREM', KEYS[1], ARGV[2])
redis.call('ZADD', KEYS[2], now, ARGV[2])
redis.call('PEXPIRE', KEYS[2], 2592000000)
return {1}
