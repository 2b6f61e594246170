-- KEYS: leases, the dead. ARGV: head, for how long ms the dead are looked after. Answers all of them: one that was
-- only slow may still take sessions until it notices.
local late = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)
for i = 1, #late do
  redis.call('ZREM', KEYS[1], late[i])
  redis.call('ZADD', KEYS[2], now, late[i])
end
local dead = redis.call('ZRANGE', KEYS[2], 0, -1)
-- After they have been named: also one that was buried before all gateways were away for long is reaped.
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[2]))
-- Where no gateway ever comes again nothing is to stay for ever: 30 days.
redis.call('PEXPIRE', KEYS[1], 2592000000)
redis.call('PEXPIRE', KEYS[2], 2592000000)
table.insert(dead, 1, 1)
return dead
