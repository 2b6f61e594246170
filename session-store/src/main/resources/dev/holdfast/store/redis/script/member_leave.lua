-- A gateway ends. ARGV: head, gateway. Sessions that it still holds are reaped as those of a dead gateway.
redis.call('ZREM', leases, ARGV[2])
redis.call('ZADD', dead, now, ARGV[2])
redis.call('PEXPIRE', dead, TTL)
return {1}
