-- ARGV: head, gateway. What it still holds is reaped as a dead one's.
redis.call('ZREM', leases, ARGV[2])
redis.call('ZADD', dead, now, ARGV[2])
redis.call('PEXPIRE', dead, TTL)
return {1}
