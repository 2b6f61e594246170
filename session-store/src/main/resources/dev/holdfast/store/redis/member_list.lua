-- KEYS: leases, the dead. ARGV: head.
local living = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. int(now), '+inf')
table.insert(living, 1, 1)
return living
