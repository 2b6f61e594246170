-- ARGV: head, whether the call comes late or again, bell, topic, entry, expiry ms or ''. Answers whether the topic is
-- new, and how many there are.
local late, bell, topic, entry, expires = ARGV[2] == '1', ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local before = redis.call('HGET', kept, topic)
-- A gateway may have stood still with it while its publisher had it, and later ones, kept by another.
if late and before and arrival(before) > arrival(entry) then return {1, 0, redis.call('HLEN', kept)} end
-- The same message again is a retry: whether it was new is told as it was the first time, at the price of one count.
local new = not before or before == entry
redis.call('HSET', kept, topic, entry)
if expires == '' then redis.call('ZREM', expiries, topic) else redis.call('ZADD', expiries, expires, topic) end
if not before then tell('+', topic, bell) end
return {1, new and 1 or 0, redis.call('HLEN', kept)}
