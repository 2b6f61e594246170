-- KEYS: the attaches that a gateway holds. ARGV: head, at most. Answers 1 and some of them, by chance.
local some = redis.call('SRANDMEMBER', KEYS[1], ARGV[2])
table.insert(some, 1, 1)
return some
