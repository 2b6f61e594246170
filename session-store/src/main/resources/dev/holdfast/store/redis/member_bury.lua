-- KEYS: leases, the dead. ARGV: deadline, for how long ms the dead are looked after. Answers all of them: one that was
-- only slow may still take sessions until it notices.
local late = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)
for i = 1, #late do
  redis.call('ZREM', KEYS[1], late[i])
  redis.call('ZADD', KEYS[2], now, late[i])
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[2]))
local dead = redis.call('ZRANGE', KEYS[2], 0, -1)
table.insert(dead, 1, 1)
return dead
