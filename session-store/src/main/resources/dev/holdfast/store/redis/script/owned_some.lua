-- KEYS: the attaches a gateway holds. ARGV: head, at most.
local some = redis.call('SRANDMEMBER', KEYS[1], ARGV[2])
table.insert(some, 1, 1)
return some
